"""States: what belongs to the sequences of a batch and goes with them from window to window."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray, IntArray

State: TypeAlias = dict[str, npt.NDArray[Any]]
"""
Arrays by name, sequences along the last axis.

"layer_0.hidden" (H, B) and what else a recurrence carries; "readout.pooled" (H, B), what the
readout has gathered; "n_steps" (B,), the steps so far; with dropout, "layer_0.mask", on all units
of a layer.
"""

StepHook: TypeAlias = Callable[[FloatArray], object]
"""What is done, in place, to dLoss/dh of shape (H, B) before it goes back through a step."""


def take(state: State, columns: IntArray | slice) -> State:
    """Return the state of some of the sequences: a copy; of a slice, views."""
    return {name: array[..., columns] for name, array in state.items()}


def put(state: State, columns: IntArray, part: State) -> State:
    """Return a copy of a state, in which some of the sequences have the state of `part`."""
    after = {name: array.copy() for name, array in state.items()}
    for name, array in after.items():
        array[..., columns] = part[name]
    return after


def at_end(steps: FloatArray, lengths: IntArray | None) -> FloatArray:
    """Return the item (H, B) after each sequence's last step; `steps` is (T + 1, H, B)."""
    if lengths is None:
        last: FloatArray = steps[-1].copy()
        return last
    ends: FloatArray = np.ascontiguousarray(steps[lengths, :, np.arange(len(lengths))].T)
    return ends


def place_at_end(steps: FloatArray, values: FloatArray, lengths: IntArray, segment: slice) -> None:
    """Write values (H, B) at the last step of each sequence that ends in a segment, (T, H, B)."""
    here = np.flatnonzero((segment.start < lengths) & (lengths <= segment.stop))
    steps[lengths[here] - 1 - segment.start, :, here] = values[:, here].T


def segments(n_steps: int, length: int | None, block: int = 1) -> list[slice]:
    """Cut time into parts of some length, rounded up to whole blocks; None for one part."""
    length = n_steps if length is None else block * max(ceil(length / block), 1)
    return [slice(begin, min(begin + length, n_steps)) for begin in range(0, n_steps, length)]


def within(lengths: IntArray, segment: slice) -> IntArray:
    """Return how many of its steps each sequence has in a part of time."""
    inside: IntArray = np.maximum(np.minimum(lengths, segment.stop) - segment.start, 0)
    return inside
