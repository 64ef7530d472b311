"""What a pass over time leaves, and what the way back works with."""

from __future__ import annotations

from typing import NamedTuple

from skrnn.network.states import State, at_end
from skrnn.network.wide import WideInputs
from skrnn.types import FloatArray, IntArray


class Step(NamedTuple):
    """Views of one step: what the products read and write, then what the cell does."""

    products: tuple[tuple[FloatArray, FloatArray], ...]
    gates: FloatArray
    recurrent: FloatArray
    previous: tuple[FloatArray, ...]
    new: tuple[FloatArray, ...]
    tape: tuple[FloatArray, ...]


class Trace(NamedTuple):
    """
    What a forward pass in one direction leaves, in the order of reading.

    `inputs` (T + 1, D + 1 + H, B) is what the products read at each step: x, 1 and the hidden state
    before it; of the last item only the hidden state, that after the last step, means anything.
    `states` (T + 1, H, B) by name are those before the first step and after each. `steps` view
    these, and gates and tape as the cell left them; if they are not kept, in the memory of one.
    `gates` (T, G*H, B), `tape`, each (T, H, B), and `recurrent` (G*H, B) are what compiled loops
    take instead; the first two have one step then if they are not kept. `wide` has x where it is
    wide, and `inputs` (T + 1, 1 + H, B) have not.
    """

    inputs: FloatArray
    states: dict[str, FloatArray]
    steps: list[Step]
    gates: FloatArray
    tape: tuple[FloatArray, ...]
    recurrent: FloatArray
    wide: WideInputs | None = None

    @property
    def hidden(self) -> FloatArray:
        """The first of the states."""
        return next(iter(self.states.values()))


class Unrolled(NamedTuple):
    """
    What a network leaves in the workspace when it has run over a segment of time.

    `x` (T, D, B) are the inputs, `lengths` (B,) the steps of each sequence in it, `ragged` the
    same, but None if each has all. `before` is the state before it. `pooled` (T + 1, H, B) is what
    the readout has gathered up to each step, by the name of the state.
    """

    x: FloatArray
    lengths: IntArray
    ragged: IntArray | None
    before: State
    traces: list[list[Trace]]
    pooled: dict[str, FloatArray]

    def after(self) -> State:
        """Return the state after each sequence's last step, in new arrays."""
        carried = [trace.states for traces in self.traces for trace in traces] + [self.pooled]
        ends = {
            name: at_end(steps, self.ragged) for states in carried for name, steps in states.items()
        }
        return self.before | ends | {"n_steps": self.before["n_steps"] + self.lengths}


class ForwardPass(NamedTuple):
    """
    What the backward pass needs of x (T, D, B), of `lengths` (B,) steps.

    `states` are those before each of the segments, `last` is what the last one left.
    """

    x: FloatArray
    lengths: IntArray
    segments: list[slice]
    states: list[State]
    last: Unrolled


class Backward(NamedTuple):
    """Memory for the way back through one step; `outs` are d_gates and, if apart, d_recurrent."""

    outs: list[FloatArray]
    products: list[FloatArray]
    scratch: FloatArray
    transposed_u: FloatArray
    through_u: FloatArray
    new: list[FloatArray]
    previous: list[FloatArray]
