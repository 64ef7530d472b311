"""A collection of sequences in one array, from which padded batches are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Sequences:
    """
    All time steps of all sequences, one sequence after the other.

    `steps` (sum of lengths, D) are inputs, targets or weights, `lengths` (n,) the steps of each.
    """

    steps: FloatArray
    lengths: IntArray

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def n_features(self) -> int:
        """D, the number of features of a step."""
        return int(self.steps.shape[1])

    @cached_property
    def starts(self) -> IntArray:
        """Where in `steps` each sequence begins."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def n_steps_of_each(self) -> int | None:
        """The steps of every sequence, if they have equally many."""
        n_steps = int(self.lengths.max(initial=0))
        return n_steps if (self.lengths == n_steps).all() else None

    @property
    def sums(self) -> FloatArray:
        """Sum over the steps of each sequence, of shape (n, D)."""
        if self.n_steps_of_each == 1:
            return self.steps
        sums: FloatArray = np.add.reduceat(self.steps, self.starts)
        return sums

    def place(self, row: int) -> str:
        """Say for an error where a row of `steps` stands."""
        index = int(np.searchsorted(self.starts, row, side="right")) - 1
        return f"sequence {index}, time step {row - self.starts[index]}"

    def __iter__(self) -> Iterator[FloatArray]:
        for start, length in zip(self.starts, self.lengths, strict=True):
            yield self.steps[start : start + length]

    def astype(self, dtype: npt.DTypeLike) -> Sequences:
        """Return them in another precision, where what is beyond its range becomes infinite."""
        with np.errstate(over="ignore"):
            return Sequences(self.steps.astype(dtype, copy=False), self.lengths)

    def take(self, members: IntArray) -> Sequences:
        """Return a copy of some of the sequences, in this order."""
        return Sequences(self.steps.take(self.rows(members), axis=0), self.lengths[members])

    def rows(self, members: IntArray) -> IntArray:
        """Return where in `steps` some of the sequences stand; `members` if each has one step."""
        if self.n_steps_of_each == 1:
            return members
        lengths = self.lengths[members]
        before = self.starts[members] - np.cumsum(lengths) + lengths
        return np.arange(lengths.sum()) + np.repeat(before, lengths)

    def pad(
        self, members: IntArray, begin: IntArray | None = None, end: IntArray | None = None
    ) -> FloatArray:
        """
        Cut the steps from `begin` to `end` out of some sequences and lay them side by side.

        All three are (B,), None for whole sequences; the result is (T, D, B), with zeros after a
        sequence's end.
        """
        rows, valid = self._window(members, begin, end)
        x = self.steps.take(rows, axis=0).transpose(0, 2, 1)
        if valid is not None:
            x *= valid[:, None, :]
        return x

    def places(
        self, members: IntArray, begin: IntArray, end: IntArray
    ) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Return where in `steps` those of a window stand, (T, B), and which are no padding."""
        rows, valid = self._window(members, begin, end)
        return rows, np.ones(rows.shape, dtype=bool) if valid is None else valid

    def _window(
        self, members: IntArray, begin: IntArray | None, end: IntArray | None
    ) -> tuple[IntArray, npt.NDArray[np.bool_] | None]:
        """Return rows of steps of a window (T, B), and which are no padding; None for all."""
        first = self.starts[members]
        if begin is None and self.n_steps_of_each is not None:
            return first + np.arange(self.n_steps_of_each)[:, None], None
        lengths = self.lengths[members] if end is None else end
        if begin is not None:
            first, lengths = first + begin, lengths - begin
        n_steps = int(lengths.max(initial=0))
        time = np.arange(n_steps)[:, None]
        rows = first + time
        if (lengths == n_steps).all():
            return rows, None
        valid = time < lengths
        return np.where(valid, rows, 0), valid
