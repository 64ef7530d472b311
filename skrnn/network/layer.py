"""One layer: a recurrence, or two that read in opposite directions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.bidirectional import per_direction, reverse
from skrnn.network.cells import Cell
from skrnn.network.parameters import Parameters
from skrnn.network.recurrence import Recurrence
from skrnn.network.trace import LayerState, LayerTrace, StepHook
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Layer:
    """
    Recurrences over the same steps, their states side by side.

    There is one that reads onwards, or also one that reads each sequence from its end to its
    beginning (Schuster and Paliwal 1997). All that concerns one direction alone (its trace, its
    states, their gradients) stands in the order in which that direction reads.

    Parameters
    ----------
    name : str
        Prefix of its parameters; the reading direction backwards adds "_reverse".
    cell : Cell
        The pointwise rule.
    n_inputs : int
        D.
    n_units : int
        H, in each direction.
    bidirectional : bool
        Whether there are two directions.

    References
    ----------
    M. Schuster, K. K. Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on
    Signal Processing 45, 1997.
    """

    name: str
    cell: Cell
    n_inputs: int
    n_units: int
    bidirectional: bool = False

    @cached_property
    def directions(self) -> tuple[Recurrence, ...]:
        """The recurrences, the one that reads onwards first."""
        names = (self.name, f"{self.name}_reverse")[: 1 + self.bidirectional]
        return tuple(Recurrence(name, self.cell, self.n_inputs, self.n_units) for name in names)

    @property
    def n_outputs(self) -> int:
        """Units of all directions."""
        return len(self.directions) * self.n_units

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return {name: s for direction in self.directions for name, s in direction.shapes.items()}

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """
        Draw this layer's initial parameters.

        Parameters
        ----------
        parameters : Parameters
            Where to put them.
        generator : numpy.random.Generator
            Source of randomness; the directions draw from it in turn.
        """
        for direction in self.directions:
            direction.initialize(parameters, generator)

    def initial_state(self, n_sequences: int, dtype: np.dtype[np.floating]) -> LayerState:
        """
        Return the state of each direction before its first step: zero.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.

        Returns
        -------
        LayerState
            The states.
        """
        return tuple(d.initial_state(n_sequences, dtype) for d in self.directions)

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        initial: LayerState,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> LayerTrace:
        """
        Run over a batch in each direction.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        x : array of shape (T, D, B)
            Inputs.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        initial : LayerState
            States before the first step.
        workspace : Workspace
            Holds the traces until the next call.
        keep : bool, default=True
            Whether to keep what `backward` needs.

        Returns
        -------
        LayerTrace
            A trace for each direction.
        """
        readings = (x, reverse(x, lengths)) if self.bidirectional else (x,)
        return tuple(
            direction.forward(parameters, reading, lengths, state, workspace, keep=keep)
            for direction, reading, state in zip(self.directions, readings, initial, strict=True)
        )

    def outputs(
        self,
        trace: LayerTrace,
        lengths: IntArray,
        mask: FloatArray | None,
        workspace: Workspace,
    ) -> FloatArray:
        """
        Return what the layer above reads: the hidden states of all directions at the same step.

        Parameters
        ----------
        trace : LayerTrace
            What `forward` returned.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        mask : array of shape (n_outputs, B) or None
            Dropout.
        workspace : Workspace
            Memory.

        Returns
        -------
        array of shape (T, n_outputs, B)
            Outputs in the order of x.
        """
        hidden = [kept.states[0][1:] for kept in trace]
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
        self, d_outputs: FloatArray, lengths: IntArray, mask: FloatArray | None
    ) -> tuple[FloatArray, ...]:
        """
        Turn the gradient of the outputs into that of the hidden states.

        Parameters
        ----------
        d_outputs : array of shape (T, n_outputs, B)
            Gradient of what `outputs` returned; overwritten.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        mask : array of shape (n_outputs, B) or None
            Dropout.

        Returns
        -------
        tuple of arrays of shape (T, H, B)
            One for each direction.
        """
        if mask is not None:
            d_outputs *= mask
        onwards, *backwards = per_direction(d_outputs, len(self.directions))
        return onwards, *(reverse(part, lengths) for part in backwards)

    def backward(
        self,
        parameters: Parameters,
        trace: LayerTrace,
        lengths: IntArray,
        d_hidden: tuple[FloatArray, ...],
        d_last: LayerState,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
    ) -> LayerState:
        """
        Propagate the gradient back through all steps of each direction.

        Parameters
        ----------
        parameters : Parameters
            The network's, unchanged since `forward`.
        trace : LayerTrace
            What `forward` returned.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        d_hidden : tuple of arrays of shape (T, H, B)
            For each direction, what `Recurrence.backward` asks for.
        d_last : LayerState
            For each direction, what `Recurrence.backward` asks for.
        gradients : Parameters
            Added to.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to dLoss/dh at every step.
        d_x : array of shape (T, D, B), optional
            Where to write the gradient of the inputs, in their order.

        Returns
        -------
        LayerState
            Gradients of the states before the first step.
        """
        d_readings = [d_x] * len(self.directions)
        if d_x is not None and self.bidirectional:
            d_reversed = workspace.empty(f"{self.name}.d_reversed", d_x.shape)
            d_readings[1] = d_reversed
        d_initial = tuple(
            direction.backward(parameters, kept, d, last, gradients, workspace, at_step, d_reading)
            for direction, kept, d, last, d_reading in zip(
                self.directions, trace, d_hidden, d_last, d_readings, strict=True
            )
        )
        if d_x is not None and self.bidirectional:
            d_x += reverse(d_reversed, lengths)
        return d_initial
