"""What a pass over time leaves, and what the way back works with."""

from __future__ import annotations

from typing import NamedTuple

from skrnn.network.wide import WideInputs
from skrnn.types import FloatArray


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


class Backward(NamedTuple):
    """Memory for the way back through one step; `outs` are d_gates and, if apart, d_recurrent."""

    outs: list[FloatArray]
    products: list[FloatArray]
    scratch: FloatArray
    transposed_u: FloatArray
    through_u: FloatArray
    new: list[FloatArray]
    previous: list[FloatArray]
