"""One direction of one layer: every recurrent matrix product and both time loops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.initializers import INITIALIZERS, Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.products import add_product, take_apart
from skrnn.network.trace import State, StepHook, Trace
from skrnn.network.workspace import Workspace
from skrnn.spec import resolve
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Recurrence:
    """
    A cell run over time.

    ::

        (1)  gates_t     = A [x_t; 1; h_(t-1)],  A = [W b U]
        (2)  states_t    = cell(gates_t, states_(t-1)), h_t the first of them

    and with the cell's `separate_recurrent`

    ::

        (1)  gates_t     = A [x_t; 1],           A = [W b]
             recurrent_t = A' [1; h_(t-1)],      A' = [c U]
        (2)  states_t    = cell(gates_t, recurrent_t, states_(t-1)), h_t the first of them

    All that is read at a step stands in one array, so that neither biases nor, without
    `separate_recurrent`, inputs take a product or a sum of their own, here or in the gradients of
    the parameters.

    Parameters
    ----------
    name : str
        Prefix of its parameters and of its arrays in the workspace.
    cell : Cell
        The pointwise rule.
    n_inputs : int
        D.
    n_units : int
        H.
    """

    name: str
    cell: Cell
    n_inputs: int
    n_units: int

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        n_rows = len(self.cell.gates) * self.n_units
        shapes: dict[str, tuple[int, ...]] = {
            f"{self.name}.input_weights": (n_rows, self.n_inputs),
            f"{self.name}.recurrent_weights": (n_rows, self.n_units),
            f"{self.name}.bias": (n_rows,),
        }
        if self.cell.separate_recurrent:
            shapes[f"{self.name}.recurrent_bias"] = (n_rows,)
        return shapes

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """
        Draw the initial weights, gate by gate, and the bias; c stays zero.

        Input weights begin at half the usual range: at the whole of it, inputs that are not scaled
        saturate the cell, and scaled ones gain nothing.

        Parameters
        ----------
        parameters : Parameters
            Where to put them.
        generator : numpy.random.Generator
            Source of randomness.
        """
        recurrent_init = resolve(self.cell.recurrent_init, INITIALIZERS)
        for kind, rule, n_columns in (
            ("input_weights", Glorot(gain=0.5), self.n_inputs),
            ("recurrent_weights", recurrent_init, self.n_units),
        ):
            matrix = parameters[f"{self.name}.{kind}"]  # (G*H, n_columns)
            for block in np.split(matrix, len(self.cell.gates)):  # views of (H, n_columns)
                block[...] = rule.draw(self.n_units, n_columns, generator)
        parameters[f"{self.name}.bias"][...] = self.cell.initial_bias(self.n_units, generator)

    def initial_state(self, n_sequences: int, dtype: np.dtype[np.floating]) -> State:
        """
        Return the state before the first step of a sequence: zero.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.

        Returns
        -------
        tuple of arrays of shape (H, B)
            One for each of the cell's states.
        """
        return tuple(np.zeros((self.n_units, n_sequences), dtype) for _ in self.cell.states)

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        initial: State,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> Trace:
        """
        Run over a batch of sequences, all of them to the end of the longest.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        x : array of shape (T, D, B)
            Inputs.
        lengths : array of shape (B,)
            Steps of each sequence; what follows is padding.
        initial : State
            States before the first step.
        workspace : Workspace
            Holds the trace until the next call.
        keep : bool, default=True
            Whether to keep gates and tape of all steps, for `backward`, or only those of the last.

        Returns
        -------
        Trace
            The states, and what else `backward` needs if it is kept.
        """
        (n_steps, D, n_sequences), H = x.shape, self.n_units
        n_rows = len(self.cell.gates) * H
        of_steps = workspace.empty if keep else workspace.overlaid
        inputs = workspace.empty(f"{self.name}.inputs", (n_steps + 1, D + 1 + H, n_sequences))
        hidden = inputs[:, D + 1 :]
        others = (
            workspace.empty(f"{self.name}.state.{state}", hidden.shape)
            for state in self.cell.states[1:]
        )
        states = hidden, *others
        tape = tuple(
            of_steps(f"{self.name}.tape.{name}", (n_steps, H, n_sequences))
            for name in self.cell.tape
        )
        gates = of_steps(f"{self.name}.gates", (n_steps, n_rows, n_sequences))
        recurrent = gates
        if self.cell.separate_recurrent:
            recurrent = workspace.overlaid(f"{self.name}.recurrent", gates.shape)
        inputs[:-1, :D] = x
        inputs[:, D] = 1
        for state, first in zip(states, initial, strict=True):
            state[0] = first

        matrices = (np.concatenate(blocks, axis=1) for blocks in self._blocks(parameters))
        # One product, or two with `separate_recurrent`; else `recurrent` is `gates`.
        products = [*zip(matrices, self._rows_read, (gates, recurrent), strict=False)]
        for t, (gates_t, *of_step) in enumerate(self._steps(gates, states, tape)):
            for A, read, out in products:
                np.matmul(A, inputs[t, read], out=out[t])  # (1): (G*H, D+1+H) (D+1+H, B)
            self.cell.forward(gates_t, recurrent[t], *of_step)  # (2)

        # No result depends on a state beyond its sequence's end, but the gradient of U has it times
        # zero; an unbounded cell may overflow there, and 0 * inf is nan.
        if lengths.min(initial=n_steps) < n_steps:
            padding = np.arange(n_steps)[:, None] >= lengths  # (T, B)
            hidden[1:].transpose(0, 2, 1)[padding] = 0
        return Trace(inputs, gates, states, tape)

    def backward(
        self,
        parameters: Parameters,
        trace: Trace,
        d_hidden: FloatArray,
        d_last: State,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
    ) -> State:
        """
        Propagate the gradient back through all steps and add the gradients of the parameters.

        Parameters
        ----------
        parameters : Parameters
            The network's, unchanged since `forward`.
        trace : Trace
            What `forward` returned, with `keep`.
        d_hidden : array of shape (T, H, B)
            Gradients of the states h_t, as far as they pass through no later step.
        d_last : State
            Gradients of the states after the last step, as far as they pass through later ones.
        gradients : Parameters
            Added to.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to dLoss/dh at every step, from the last to the first.
        d_x : array of shape (T, D, B), optional
            Where to write the gradient of the inputs, which only a layer below or a test asks for.

        Returns
        -------
        State
            Gradients of the states before the first step.
        """
        W, U, _ = self._weights(parameters)
        inputs, gates, states, tape = trace.inputs, trace.gates, trace.states, trace.tape
        of_gates, of_state = gates.shape[1:], states[0].shape[1:]
        d_gates = workspace.empty(f"{self.name}.d_gates", of_gates)
        d_recurrent = d_gates
        if self.cell.separate_recurrent:
            d_recurrent = workspace.empty(f"{self.name}.d_recurrent", of_gates)
        scratch = workspace.empty(f"{self.name}.scratch", of_gates)
        through_U = workspace.empty(f"{self.name}.through_U", of_state)
        d_new, d_previous = (
            [
                workspace.empty(f"{self.name}.d_{state}.{side}", of_state)
                for state in self.cell.states
            ]
            for side in ("new", "previous")
        )
        for d, last in zip(d_previous, d_last, strict=True):
            d[...] = last

        # They go on from the gradients so far: in one sum, however time is cut into segments.
        d_matrices = [np.concatenate(blocks, axis=1) for blocks in self._blocks(gradients)]
        spare = [workspace.empty(f"{self.name}.product", d_A.shape) for d_A in d_matrices]
        products = [*zip(d_matrices, (d_gates, d_recurrent), self._rows_read, spare, strict=False)]
        steps = [*self._steps(gates, states, tape)]
        for t in reversed(range(len(gates))):
            d_new, d_previous = d_previous, d_new
            d_new[0] += d_hidden[t]
            if at_step is not None:
                at_step(d_new[0])
            for d in d_previous:
                d.fill(0)
            self.cell.backward(  # (2)
                *steps[t], d_new, d_previous, d_gates, d_recurrent, scratch
            )
            np.matmul(U.T, d_recurrent, out=through_U)  # (1): (H, G*H) (G*H, B) -> (H, B)
            d_previous[0] += through_U
            for d_A, d_out, read, spare_A in products:
                add_product(d_A, d_out, inputs[t, read], spare_A)  # (1): (G*H, B) (B, D+1+H)
            if d_x is not None:
                np.matmul(W.T, d_gates, out=d_x[t])  # (1): (D, G*H) (G*H, B) -> (D, B)

        for blocks, d_A in zip(self._blocks(gradients), d_matrices, strict=True):
            take_apart(d_A, blocks)
        return tuple(d.copy() for d in d_previous)

    @property
    def _rows_read(self) -> tuple[slice, ...]:
        """Which of x, 1 and h each product reads."""
        if not self.cell.separate_recurrent:
            return (slice(None),)
        return slice(self.n_inputs + 1), slice(self.n_inputs, None)

    def _blocks(self, parameters: Parameters) -> tuple[tuple[FloatArray, ...], ...]:
        """Return what stands side by side in the matrix of each product."""
        W, U, b = self._weights(parameters)
        if not self.cell.separate_recurrent:
            return ((W, b[:, None], U),)
        c = parameters[f"{self.name}.recurrent_bias"]
        return (W, b[:, None]), (c[:, None], U)

    def _weights(self, parameters: Parameters) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return W, U and b."""
        names = ("input_weights", "recurrent_weights", "bias")
        W, U, b = (parameters[f"{self.name}.{name}"] for name in names)
        return W, U, b

    def _steps(
        self, gates: FloatArray, states: State, tape: State
    ) -> Iterator[tuple[FloatArray, State, State, State]]:
        """Return gates, states before and after, and tape of each step: quicker than indices."""
        before = zip(*(state[:-1] for state in states), strict=True)
        after = zip(*(state[1:] for state in states), strict=True)
        kept = zip(*tape, strict=True) if tape else repeat(())
        return zip(gates, before, after, kept, strict=False)  # what repeats has no end
