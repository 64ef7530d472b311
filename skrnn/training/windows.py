"""Windows of truncated BPTT, and how a loss is divided among their steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray


class Window(NamedTuple):
    """
    A window of truncated BPTT over each sequence of a batch, three times (B,).

    The gradient flows through the steps from `begin`; targets count from `counted_from` on, those
    before did in an earlier window; `end` is the step after the last. A sequence with
    ``counted_from == end`` has ended and takes no part.
    """

    begin: IntArray
    counted_from: IntArray
    end: IntArray

    def take(self, columns: IntArray | slice) -> Window:
        """Return the window of some of the sequences."""
        return Window(self.begin[columns], self.counted_from[columns], self.end[columns])


def last_window(lengths: IntArray, truncation_length: int | None) -> Window:
    """Return the window that ends with each sequence, whose last step alone counts."""
    if truncation_length is None:
        return Window(np.zeros(len(lengths), np.intp), lengths - 1, lengths)
    length = min(truncation_length, int(lengths.max()))
    return Window(np.maximum(lengths - length, 0), lengths - 1, lengths)


@dataclass(frozen=True)
class Windows:
    """
    Windows that cover sequences such that every step counts in exactly one.

    The last window ends with its sequence, each one before it `stride` steps earlier. So every
    window has its full length but for the first, which has what is left, and where all steps count.
    None as length is that of the longest sequence, None as stride the length.
    """

    lengths: IntArray
    truncation_length: int | None
    stride: int | None

    def __len__(self) -> int:
        return int(self._counts.max())

    def __iter__(self) -> Iterator[Window]:
        for i in range(len(self)):
            end = self.lengths - np.maximum(self._counts - 1 - i, 0) * self._step
            counted_from = (
                np.where(i < self._counts, end - self._step, end) if i > 0 else np.zeros_like(end)
            )
            yield Window(np.maximum(end - self._length, 0), counted_from, end)

    @cached_property
    def _length(self) -> int:
        """Steps of a window that is not cut short."""
        return _at_most(self.truncation_length, int(self.lengths.max()))

    @cached_property
    def _step(self) -> int:
        """Steps from window to window."""
        return _at_most(self.stride, self._length)

    @cached_property
    def _counts(self) -> IntArray:
        """How many windows each sequence has."""
        counts: IntArray = 1 - np.minimum(self._length - self.lengths, 0) // self._step  # upwards
        return counts


def _at_most(value: int | None, limit: int) -> int:
    """Return the smaller one of a value and its limit, where None is no value."""
    return limit if value is None else min(value, limit)


def replicate(
    weights: FloatArray, lengths: IntArray, replication: float, window: Window
) -> FloatArray:
    """
    Divide the weight (B,) of each sequence of n steps among the steps of a window, (T, B).

    ::

        loss_b = (1 - w) cost of step n_b  +  w / n_b  sum_t cost of step t

    What does not count, and padding, gets 0. The replication w is in [0, 1] (Z. C. Lipton et al.,
    "Learning to diagnose with LSTM recurrent neural networks", ICLR 2016).
    """
    time, counts = _steps(window)
    parts = replication / lengths + (1 - replication) * (time == lengths - 1)
    of_steps: FloatArray = (weights * parts * counts).astype(weights.dtype)
    return of_steps


def cut_out(weights: Sequences, members: IntArray, window: Window) -> FloatArray:
    """Return the weights (T, B) that the steps of a window have in their own right."""
    of_steps: FloatArray = weights.pad(members, window.begin, window.end)[:, 0]
    of_steps *= _steps(window)[1]
    return of_steps


def _steps(window: Window) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return the time of each step of a window, and which count, both (T, B)."""
    begin, counted_from, end = window
    time = begin + np.arange((end - begin).max())[:, None]
    return time, (counted_from <= time) & (time < end)
