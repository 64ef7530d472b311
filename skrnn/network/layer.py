"""One layer: a recurrence, or two that read in opposite directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.parameters import Parameters
from skrnn.network.recurrence import Recurrence
from skrnn.network.states import State, StepHook
from skrnn.network.trace import Trace
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


def per_direction(outputs: FloatArray, n_directions: int) -> list[FloatArray]:
    """Return views (T, H, B) of each direction's part of (T, n_directions * H, B)."""
    n_units = outputs.shape[1] // n_directions
    return [outputs[:, i * n_units : (i + 1) * n_units] for i in range(n_directions)]


def reverse(steps: FloatArray, lengths: IntArray | None) -> FloatArray:
    """
    Turn each sequence of (T, R, B) round, padding staying behind it.

    Step t of a sequence of n steps becomes its step n - 1 - t; of lengths None, each has all steps.
    Done twice, it changes nothing; as a permutation it is its own transpose and so serves gradients
    too.
    """
    if lengths is None or (lengths == len(steps)).all():
        return steps[::-1]
    time = np.arange(len(steps))[:, None]
    source = np.where(time < lengths, lengths - 1 - time, time)  # (T, B)
    columns = np.arange(len(lengths))
    return np.ascontiguousarray(steps[source, :, columns].transpose(0, 2, 1))


@dataclass(frozen=True)
class Layer:
    """
    Recurrences over the same steps, their states side by side.

    There is one that reads onwards, or also one that reads each sequence from its end to its
    beginning (M. Schuster, K. K. Paliwal, "Bidirectional recurrent neural networks", IEEE
    Transactions on Signal Processing 45, 1997). All that concerns one direction alone (its trace,
    its states, their gradients) stands in the order in which that direction reads. `n_inputs` is D;
    `n_units` is H, in each direction.
    """

    name: str
    cell: Cell
    n_inputs: int
    n_units: int
    bidirectional: bool = False
    engine: str = "numpy"

    @cached_property
    def directions(self) -> tuple[Recurrence, ...]:
        """The recurrences, the one that reads onwards first."""
        names = (self.name, f"{self.name}_reverse")[: 1 + self.bidirectional]
        return tuple(
            Recurrence(name, self.cell, self.n_inputs, self.n_units, self.engine) for name in names
        )

    @cached_property
    def mask(self) -> str:
        """The name that its dropout mask (outputs, B) has in a state, if there is one."""
        return f"{self.name}.mask"

    @property
    def n_outputs(self) -> int:
        """Units of all directions."""
        return (1 + self.bidirectional) * self.n_units

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray | None,
        initial: State,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> list[Trace]:
        """Run over x (T, D, B) in each direction; as `Recurrence.forward`, a trace for each."""
        traces = []
        for i, direction in enumerate(self.directions):
            reading = reverse(x, lengths) if i > 0 else x
            traces.append(
                direction.forward(parameters, reading, lengths, initial, workspace, keep=keep)
            )
        return traces

    def outputs(
        self,
        traces: Sequence[Trace],
        lengths: IntArray | None,
        mask: FloatArray | None,
        workspace: Workspace,
    ) -> FloatArray:
        """
        Return what is passed on at each step: (T, outputs, B), times a dropout mask (outputs, B).

        It lies in the workspace until the next call.
        """
        hidden = [trace.hidden[1:] for trace in traces]
        if not self.bidirectional and mask is None:
            return hidden[0]
        if self.bidirectional:
            hidden[1] = reverse(hidden[1], lengths)
        n_steps, _, n_sequences = hidden[0].shape
        outputs = workspace.empty(f"{self.name}.outputs", (n_steps, self.n_outputs, n_sequences))
        np.concatenate(hidden, axis=1, out=outputs)
        if mask is not None:
            outputs *= mask
        return outputs

    def backward_outputs(
        self, d_outputs: FloatArray, lengths: IntArray | None, mask: FloatArray | None
    ) -> list[FloatArray]:
        """Return the gradients (T, H, B) of each direction's states; `d_outputs` is overwritten."""
        if mask is not None:
            d_outputs *= mask
        onwards, *backwards = per_direction(d_outputs, len(self.directions))
        return [onwards, *(reverse(part, lengths) for part in backwards)]

    def backward(
        self,
        parameters: Parameters,
        traces: Sequence[Trace],
        lengths: IntArray | None,
        d_hidden: Sequence[FloatArray],
        d_last: State,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
    ) -> State:
        """Propagate the gradient back in each direction; as `Recurrence.backward`."""
        d_initial: State = {}
        for i, direction in enumerate(self.directions):
            d_reading = d_x
            if i > 0 and d_x is not None:
                d_reading = d_reversed = workspace.empty(f"{self.name}.d_reversed", d_x.shape)
            d_initial |= direction.backward(
                parameters, traces[i], d_hidden[i], d_last, gradients, workspace, at_step, d_reading
            )
            if i > 0 and d_x is not None:
                d_x += reverse(d_reversed, lengths)
        return d_initial
