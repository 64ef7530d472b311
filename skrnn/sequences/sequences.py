"""A collection of sequences in one array, from which padded batches are cut."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray, IntArray


class Batch(NamedTuple):
    """
    Sequences side by side, padded with zeros after the end.

    Parameters
    ----------
    x : array of shape (T, D, B)
        Time-major; columns are sequences.
    lengths : array of int of shape (B,)
        Steps of each; their maximum is T.
    """

    x: FloatArray
    lengths: IntArray


@dataclass(frozen=True)
class Sequences:
    """
    All time steps of all sequences, one sequence after the other.

    Parameters
    ----------
    steps : array of shape (sum of lengths, D)
        The time steps: inputs, targets or weights.
    lengths : array of int of shape (n,)
        Steps of each sequence.
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
    def _has_single_steps(self) -> bool:
        """Whether each sequence has one step, as targets of sequences have."""
        return bool((self.lengths == 1).all())

    @property
    def sums(self) -> FloatArray:
        """Sum over the steps of each sequence, of shape (n, D)."""
        sums: FloatArray = np.add.reduceat(self.steps, self.starts)
        return sums

    def __iter__(self) -> Iterator[FloatArray]:
        for start, length in zip(self.starts, self.lengths, strict=True):
            yield self.steps[start : start + length]

    def astype(self, dtype: npt.DTypeLike) -> Sequences:
        """
        Return the sequences in another precision.

        Parameters
        ----------
        dtype : dtype
            The precision. Values beyond its range become infinite.

        Returns
        -------
        Sequences
            Sharing memory where nothing changes.
        """
        with np.errstate(over="ignore"):
            return Sequences(self.steps.astype(dtype, copy=False), self.lengths)

    def take(self, members: IntArray) -> Sequences:
        """
        Return some of the sequences as a collection of their own.

        Parameters
        ----------
        members : array of int of shape (m,)
            Which, in this order.

        Returns
        -------
        Sequences
            A copy.
        """
        return Sequences(self.steps[self.rows(members)], self.lengths[members])

    def rows(self, members: IntArray) -> IntArray:
        """
        Return where some of the sequences stand.

        Parameters
        ----------
        members : array of int of shape (m,)
            Which, in this order.

        Returns
        -------
        array of int of shape (sum of their lengths,)
            Rows of `steps`; `members` itself if each has one.
        """
        if self._has_single_steps:
            return members
        lengths = self.lengths[members]
        before = self.starts[members] - np.cumsum(lengths) + lengths
        return np.arange(lengths.sum()) + np.repeat(before, lengths)

    def pad(self, members: IntArray, begin: IntArray, end: IntArray) -> Batch:
        """
        Cut one window out of each of some sequences and lay them side by side.

        Parameters
        ----------
        members : array of int of shape (B,)
            Which sequences.
        begin, end : array of int of shape (B,)
            First step of each window, and the step after its last.

        Returns
        -------
        Batch
            The windows.
        """
        rows, valid = self._window(members, begin, end)
        x = np.ascontiguousarray(self.steps[rows].transpose(0, 2, 1))  # (T, D, B)
        if not valid.all():
            x *= valid[:, None, :]
        return Batch(x, end - begin)

    def place(self, values: FloatArray, members: IntArray, begin: IntArray, end: IntArray) -> None:
        """
        Overwrite one window of each of some sequences: what `pad` does, the other way round.

        Parameters
        ----------
        values : array of shape (T, D, B)
            The windows' new steps, padding ignored.
        members : array of int of shape (B,)
            Which sequences.
        begin, end : array of int of shape (B,)
            First step of each window, and the step after its last.
        """
        rows, valid = self._window(members, begin, end)
        self.steps[rows[valid]] = values.transpose(0, 2, 1)[valid]

    def _window(
        self, members: IntArray, begin: IntArray, end: IntArray
    ) -> tuple[IntArray, npt.NDArray[np.bool_]]:
        """Return the row of each step of a window of each sequence, and which are no padding."""
        time = np.arange((end - begin).max(initial=0))[:, None]  # (T, 1)
        valid = time < end - begin  # (T, B)
        return np.where(valid, self.starts[members] + begin + time, 0), valid
