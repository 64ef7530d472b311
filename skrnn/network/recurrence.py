"""One direction of one layer: every recurrent matrix product and both time loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.initializers import INITIALIZERS, Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.products import add_products, add_steps
from skrnn.network.trace import State, StepHook, Trace
from skrnn.network.workspace import Workspace
from skrnn.spec import resolve
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Recurrence:
    """
    A cell run over time.

    ::

        (1)  gates_t     = W x_t + b
        (2)  recurrent_t = U h_(t-1), plus c with the cell's `separate_recurrent`
        (3)  states_t    = cell(gates_t, recurrent_t, states_(t-1)), h_t the first of them

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

        Returns
        -------
        Trace
            All that happened.
        """
        W, U, b = self._weights(parameters)
        n_steps, _, n_sequences = x.shape
        block = self.n_units, n_sequences
        gates = workspace.empty(f"{self.name}.gates", (n_steps, *b.shape, n_sequences))
        states = tuple(
            workspace.empty(f"{self.name}.{state}", (n_steps + 1, *block))
            for state in self.cell.states
        )
        tape = tuple(
            workspace.empty(f"{self.name}.{kept}", (n_steps, *block)) for kept in self.cell.tape
        )
        recurrent = workspace.empty(f"{self.name}.recurrent", gates.shape[1:])
        for state, first in zip(states, initial, strict=True):
            state[0] = first

        np.matmul(W, x, out=gates)  # (1): (G*H, D) (T, D, B) -> (T, G*H, B)
        gates += b[:, None]
        hidden = states[0]
        c = None
        if self.cell.separate_recurrent:
            c = parameters[f"{self.name}.recurrent_bias"][:, None]
        for t in range(n_steps):
            np.matmul(U, hidden[t], out=recurrent)  # (2): (G*H, H) (H, B) -> (G*H, B)
            if c is not None:
                recurrent += c
            self.cell.forward(  # (3)
                gates[t],
                recurrent,
                [state[t] for state in states],
                [state[t + 1] for state in states],
                [kept[t] for kept in tape],
            )

        # No result depends on a state beyond its sequence's end, but the gradient of U has it times
        # zero; an unbounded cell may overflow there, and 0 * inf is nan.
        padding = np.arange(n_steps)[:, None] >= lengths  # (T, B)
        if padding.any():
            hidden[1:].transpose(0, 2, 1)[padding] = 0
        return Trace(x, gates, states, tape)

    def backward(
        self,
        parameters: Parameters,
        trace: Trace,
        d_hidden: FloatArray,
        d_last: State,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
    ) -> tuple[FloatArray, State]:
        """
        Propagate the gradient back through all steps.

        Parameters
        ----------
        parameters : Parameters
            The network's, unchanged since `forward`.
        trace : Trace
            What `forward` returned.
        d_hidden : array of shape (T, H, B)
            Gradients of the states h_t, as far as they pass through no later step.
        d_last : State
            Gradients of the states after the last step, as far as they pass through later ones.
        gradients : Parameters
            Where the gradients, summed over steps and sequences, are added.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to dLoss/dh at every step, from the last to the first.

        Returns
        -------
        d_gates : array of shape (T, G * H, B)
            Gradients of ``W x + b``, from which `backward_inputs` goes on.
        d_initial : State
            Gradients of the states before the first step.
        """
        _, U, _ = self._weights(parameters)
        gates, states, tape = trace.gates, trace.states, trace.tape
        separate = self.cell.separate_recurrent
        d_gates = workspace.empty(f"{self.name}.d_gates", gates.shape)
        d_recurrent = (
            workspace.empty(f"{self.name}.d_recurrent", gates.shape) if separate else d_gates
        )
        scratch = workspace.empty(f"{self.name}.scratch", gates.shape[1:])
        block = states[0].shape[1:]
        through_U = workspace.empty(f"{self.name}.through_U", block)
        d_new, d_previous = (
            [workspace.empty(f"{self.name}.d_{state}.{side}", block) for state in self.cell.states]
            for side in ("new", "previous")
        )
        for d, last in zip(d_previous, d_last, strict=True):
            d[...] = last

        for t in reversed(range(len(gates))):
            d_new, d_previous = d_previous, d_new
            d_new[0] += d_hidden[t]
            if at_step is not None:
                at_step(d_new[0])
            for d in d_previous:
                d.fill(0)
            self.cell.backward(  # (3)
                gates[t],
                [state[t] for state in states],
                [state[t + 1] for state in states],
                [kept[t] for kept in tape],
                d_new,
                d_previous,
                d_gates[t],
                d_recurrent[t],
                scratch,
            )
            np.matmul(U.T, d_recurrent[t], out=through_U)  # (2): (H, G*H) (G*H, B) -> (H, B)
            d_previous[0] += through_U

        d_W, d_U, d_b = self._weights(gradients)
        add_products(d_W, d_gates, trace.x)  # (1): (G*H, D)
        add_products(d_U, d_recurrent, states[0][:-1])  # (2): (G*H, H)
        add_steps(d_b, d_gates)
        if separate:
            add_steps(gradients[f"{self.name}.recurrent_bias"], d_recurrent)
        return d_gates, tuple(d.copy() for d in d_previous)

    def backward_inputs(self, parameters: Parameters, d_gates: FloatArray) -> FloatArray:
        """
        Return the gradient of the inputs, which only a layer below or a test asks for.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        d_gates : array of shape (T, G * H, B)
            What `backward` returned.

        Returns
        -------
        array of shape (T, D, B)
            Gradient of x.
        """
        W, _, _ = self._weights(parameters)
        d_x: FloatArray = np.matmul(W.T, d_gates)  # (D, G*H) (T, G*H, B) -> (T, D, B)
        return d_x

    def _weights(self, parameters: Parameters) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return W, U and b."""
        names = ("input_weights", "recurrent_weights", "bias")
        W, U, b = (parameters[f"{self.name}.{name}"] for name in names)
        return W, U, b
