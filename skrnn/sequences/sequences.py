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
        The time steps.
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
        lengths = self.lengths[members]
        ends = np.cumsum(lengths)
        rows = np.arange(lengths.sum()) + np.repeat(self.starts[members] - ends + lengths, lengths)
        return Sequences(self.steps[rows], lengths)

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
        lengths = end - begin
        time = np.arange(lengths.max(initial=0))[:, None]  # (T, 1)
        valid = time < lengths  # (T, B)
        rows = np.where(valid, self.starts[members] + begin + time, 0)  # (T, B)
        x = np.ascontiguousarray(self.steps[rows].transpose(0, 2, 1))  # (T, D, B)
        if not valid.all():
            x *= valid[:, None, :]
        return Batch(x, lengths)
