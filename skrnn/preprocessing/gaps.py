"""Gaps in sequences: where the next known values stand, and what comes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Gaps:
    """
    Which values of (m, D) steps are known, and when each step was.

    `times` (m,) never decrease within a sequence.
    """

    sequences: Sequences
    times: FloatArray

    @cached_property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Which values are NaN, (m, D)."""
        return np.isnan(self.sequences.steps)

    @cached_property
    def starts(self) -> IntArray:
        """Row of the first step of each step's sequence, (m, 1)."""
        return np.repeat(self.sequences.starts, self.sequences.lengths)[:, None]

    @cached_property
    def last(self) -> IntArray:
        """Row of each feature's last known value so far, (m, D); before `starts` if none is."""
        return _last(~self.missing, self.starts)

    @cached_property
    def following(self) -> IntArray:
        """Row of each feature's next known value, (m, D); beyond the sequence if none is."""
        m = len(self.missing)
        ends = self.starts + np.repeat(self.sequences.lengths, self.sequences.lengths)[:, None]
        return m - 1 - _last(~self.missing[::-1], m - ends[::-1])[::-1]

    def filled(self, means: FloatArray, method: str) -> FloatArray:
        """Return steps with the mean (D,) of its feature, or what lies around, for each NaN."""
        steps = self.sequences.steps.copy()
        row, feature = np.nonzero(self.missing)
        new = means.astype(steps.dtype)[feature]
        if method != "mean" and row.size:
            last = self.last[row, feature]
            after = last >= self.starts[row, 0]
            row_after, last, of_these = row[after], last[after], feature[after]
            values = steps[last, of_these]
            if method == "linear":
                values += self._rise(values, row_after, last, of_these)
            new[after] = values
        steps[self.missing] = new
        return steps

    def _rise(
        self, values: FloatArray, row: IntArray, last: IntArray, feature: IntArray
    ) -> FloatArray:
        """Return how far a line to the next known value has risen; 0 where there is none."""
        following = self.following[row, feature]
        end = self.sequences.starts + self.sequences.lengths
        is_between = following < np.repeat(end, self.sequences.lengths)[row]
        following = np.where(is_between, following, last)
        span = self.times[following] - self.times[last]
        share = np.divide(self.times[row] - self.times[last], span, where=span > 0, out=0 * span)
        rise: FloatArray = share * (self.sequences.steps[following, feature] - values)
        return rise

    def elapsed(self) -> FloatArray:
        """Return the time since each feature was last known before a step, (m, D)."""
        before = np.empty_like(self.last)
        before[0], before[1:] = 0, self.last[:-1]
        elapsed: FloatArray = self.times[:, None] - self.times[np.maximum(before, self.starts)]
        return elapsed


def _last(known: npt.NDArray[np.bool_], starts: IntArray) -> IntArray:
    """Return the last row so far that is known, or the row before `starts` (m, 1): (m, D)."""
    rows = np.arange(len(known))[:, None]
    last: IntArray = np.maximum.accumulate(np.where(known, rows, -1), axis=0)
    return np.maximum(last, starts - 1)
