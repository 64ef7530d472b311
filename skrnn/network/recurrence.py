"""One direction of one layer: every recurrent matrix product and both time loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.compiled import engine
from skrnn.network.initializers import INITIALIZERS, Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.products import adder
from skrnn.network.states import State, StepHook
from skrnn.network.trace import Backward, Step, Trace
from skrnn.network.wide import WideInputs, is_wide
from skrnn.network.workspace import Workspace
from skrnn.spec import resolve
from skrnn.types import FloatArray, IntArray

if TYPE_CHECKING:
    from skrnn.network.compiled.loops import Loops


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

    All that is read at a step stands in one array, as the parameters do, so that neither biases
    nor, without `separate_recurrent`, inputs take a product or a sum of their own, here or in the
    gradients of the parameters. Only W x of wide inputs is added by itself, for a block of steps at
    once. `n_inputs` is D, `n_units` H. The `engine`, "numpy" or "numba", takes the
    steps; those of wide inputs are NumPy's.
    """

    name: str
    cell: Cell
    n_inputs: int
    n_units: int
    engine: str = "numpy"

    @cached_property
    def state_names(self) -> tuple[str, ...]:
        """Names of what is carried from step to step, the hidden state first."""
        return tuple(f"{self.name}.{state}" for state in self.cell.states)

    @cached_property
    def matrices(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """Shapes of the parameters, side by side in the matrices A and A'."""
        n_rows = len(self.cell.gates) * self.n_units
        W = {f"{self.name}.input_weights": (n_rows, self.n_inputs)}
        U = {f"{self.name}.recurrent_weights": (n_rows, self.n_units)}
        b, c = {f"{self.name}.bias": (n_rows,)}, {f"{self.name}.recurrent_bias": (n_rows,)}
        if self.cell.separate_recurrent:
            return {f"{self.name}.A": {**W, **b}, f"{self.name}.A'": {**c, **U}}
        return {f"{self.name}.A": {**W, **b, **U}}

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """Draw the weights, each gate on its own, and set biases as the cell wants them."""
        recurrent_init = resolve(self.cell.recurrent_init, INITIALIZERS)
        for kind, rule, n_columns in (
            ("input_weights", Glorot(gain=0.5), self.n_inputs),
            ("recurrent_weights", recurrent_init, self.n_units),
        ):
            matrix = parameters[f"{self.name}.{kind}"]  # (G*H, n_columns)
            for block in np.split(matrix, len(self.cell.gates)):  # views of (H, n_columns)
                block[...] = rule.draw(self.n_units, n_columns, generator)
        parameters[f"{self.name}.bias"][...] = self.cell.initial_bias(self.n_units, generator)

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray | None,
        initial: State,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> Trace:
        """
        Run over x (T, D, B) from the initial states.

        `lengths` (B,) are the steps of each sequence; None if each has all. The trace lies in the
        workspace until the next call. Without `keep` it has no gates for `backward`.
        """
        n_steps, D, n_sequences = x.shape
        trace = workspace.bind(
            f"{self.name}.forward",
            (n_steps, n_sequences, keep, self.engine),
            lambda: self._trace(n_steps, n_sequences, workspace, keep=keep),
        )
        if is_wide(self.n_inputs):
            trace = trace._replace(wide=WideInputs(x, self._n_rows, workspace))
        else:
            trace.inputs[:-1, :D] = x
        for name, state in trace.states.items():
            state[0] = initial[name]
        W, matrices = self._split(parameters)
        if self._is_compiled:  # and the trace has no steps for the loop below
            engine.forward(self._loops_in(x.dtype), matrices, trace)
        for t, (products, gates, recurrent, previous, new, tape) in enumerate(trace.steps):
            for A, (read, out) in zip(matrices, products, strict=True):
                np.dot(A, read, out)  # (1): (G*H, D+1+H) (D+1+H, B)
            if trace.wide is not None:
                trace.wide.forward(t, W, gates)  # (1)
            self.cell.forward(gates, recurrent, previous, new, tape)  # (2)
        # No result depends on a state beyond its sequence's end, but the gradient of U has it times
        # zero; an unbounded cell may overflow there, and 0 * inf is nan.
        if lengths is not None:
            padding = np.arange(n_steps)[:, None] >= lengths  # (T, B)
            trace.hidden[1:].transpose(0, 2, 1)[padding] = 0
        return trace

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
        Propagate the gradient back through all steps; return that of the states before the first.

        `d_hidden` (T, H, B) are gradients of the hidden states as far as they pass through no later
        state, `d_last` those of the states after the last step; what is not in it is zero.
        `gradients` are added to, `d_x` (T, D, B) is written. `at_step` is applied to dLoss/dh at
        every step, from the last to the first.
        """
        W, _ = self._split(parameters)
        d_W, d_matrices = self._split(gradients)
        n_sequences = d_hidden.shape[2]
        d = workspace.bind(
            f"{self.name}.backward",
            n_sequences,
            lambda: self._memory(n_sequences, d_matrices, workspace),
        )
        d.transposed_u[...] = parameters.matrices[self._names[-1]][
            :, -self.n_units :
        ].T  # read at each step
        d_new, d_previous = d.new, d.previous
        for name, d_state in zip(self.state_names, d_previous, strict=True):
            d_state[...] = d_last.get(name, 0)
        if self._is_compiled:  # as in `forward`
            d_previous = engine.backward(
                self._loops_in(W.dtype), W, trace, d, d_hidden, d_matrices, d_x, at_step
            )
        of_matrices = zip(d_matrices, d.outs, d.products, strict=True)
        adders = [adder(*of_matrix) for of_matrix in of_matrices if trace.steps]
        for t in reversed(range(len(trace.steps))):
            products, gates, _, previous, new, tape = trace.steps[t]
            d_new, d_previous = d_previous, d_new
            d_new[0] += d_hidden[t]
            if at_step is not None:
                at_step(d_new[0])
            for d_state in d_previous:
                d_state.fill(0)
            self.cell.backward(  # (2)
                gates, previous, new, tape, d_new, d_previous, d.outs[0], d.outs[-1], d.scratch
            )
            np.dot(d.transposed_u, d.outs[-1], d.through_u)  # (1): (H, G*H) (G*H, B) -> (H, B)
            d_previous[0] += d.through_u
            for add, (read, _) in zip(adders, products, strict=True):
                add(read)  # (1): (G*H, B) (B, D+1+H)
            if trace.wide is not None:
                trace.wide.backward(t, W, d.outs[0], d_W, d_x)  # (1)
            elif d_x is not None:
                np.dot(W.T, d.outs[0], d_x[t])  # (1): (D, G*H) (G*H, B) -> (D, B)
        return {
            name: d_state.copy() for name, d_state in zip(self.state_names, d_previous, strict=True)
        }

    @cached_property
    def _names(self) -> tuple[str, ...]:
        """Names of A and, with `separate_recurrent`, A'."""
        return tuple(self.matrices)

    @cached_property
    def _loops_in(self) -> Callable[[np.dtype[np.floating]], Loops]:
        """What returns the compiled loops in some precision."""
        return engine.compiler_of(self.cell)

    @property
    def _is_compiled(self) -> bool:
        """Whether compiled loops take the steps."""
        return self.engine == "numba" and not is_wide(self.n_inputs)

    @property
    def _n_rows(self) -> int:
        """G*H."""
        return len(self.cell.gates) * self.n_units

    def _split(self, parameters: Parameters) -> tuple[FloatArray, list[FloatArray]]:
        """Return views of W and of what is multiplied at each step: A and A', without a wide W."""
        first, *rest = (parameters.matrices[name] for name in self._names)
        at_each_step = first[:, self.n_inputs :] if is_wide(self.n_inputs) else first
        return first[:, : self.n_inputs], [at_each_step, *rest]

    def _trace(self, n_steps: int, n_sequences: int, workspace: Workspace, *, keep: bool) -> Trace:
        """Return memory for a forward pass, where x, 1 and all that steps view is in its place."""
        D, H, n_rows = 0 if is_wide(self.n_inputs) else self.n_inputs, self.n_units, self._n_rows
        of_steps = workspace.empty if keep else workspace.overlaid
        inputs = workspace.empty(f"{self.name}.inputs", (n_steps + 1, D + 1 + H, n_sequences))
        hidden = inputs[:, D + 1 :]
        inputs[:, D] = 1
        states = hidden, *(workspace.empty(name, hidden.shape) for name in self.state_names[1:])
        tape = [
            of_steps(f"{self.name}.tape.{name}", (n_steps, H, n_sequences))
            for name in self.cell.tape
        ]
        gates = of_steps(f"{self.name}.gates", (n_steps, n_rows, n_sequences))
        if self.cell.separate_recurrent:
            recurrent = workspace.overlaid(f"{self.name}.recurrent", gates.shape)
            products = [(inputs[:-1, : D + 1], gates), (inputs[:-1, D:], recurrent)]
        else:
            recurrent, products = gates, [(inputs[:-1], gates)]
        steps: list[Step] = []
        if not self._is_compiled:  # arrays are iterated, as to index them takes three times as long
            pairs, at = [zip(*pair, strict=True) for pair in products], [*zip(*states, strict=True)]
            taped = zip(*tape, strict=True) if tape else repeat(())
            steps = [*map(Step, zip(*pairs, strict=True), gates, recurrent, at, at[1:], taped)]
        n_kept = n_steps if keep else 1
        return Trace(
            inputs,
            dict(zip(self.state_names, states, strict=True)),
            steps,
            gates[:n_kept],
            tuple(kept[:n_kept] for kept in tape),
            recurrent[0],
        )

    def _memory(
        self, n_sequences: int, d_matrices: list[FloatArray], workspace: Workspace
    ) -> Backward:
        """Return memory for the way back."""
        n_rows = self._n_rows
        of_gates, of_state = (n_rows, n_sequences), (self.n_units, n_sequences)
        outs = [
            workspace.empty(f"{self.name}.d_{kind}", of_gates)
            for kind in ("gates", "recurrent")[: len(self._names)]
        ]
        new, previous = (
            [workspace.empty(f"{name}.d_{side}", of_state) for name in self.state_names]
            for side in ("new", "previous")
        )
        return Backward(
            outs,
            [workspace.empty(f"{self.name}.product", matrix.shape) for matrix in d_matrices],
            workspace.empty(f"{self.name}.scratch", of_gates),
            workspace.empty(f"{self.name}.transposed_u", (self.n_units, n_rows)),
            workspace.empty(f"{self.name}.through_u", of_state),
            new,
            previous,
        )
