"""Which sequences form a batch, and which of their steps a window of truncated BPTT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from skrnn.types import IntArray

LENGTH_BLUR = 0.25
"""How far lengths are blurred before sorting, as a share of them: a trade of padding for mixing."""


def batches(
    lengths: IntArray, batch_size: int, generator: np.random.Generator | None
) -> list[IntArray]:
    """
    Divide sequences into batches, each sequence once.

    Sequences are sorted by their length times a random factor. Those of equal length thereby come
    in random order, those of similar length mix, and short ones are not padded up to long ones.
    The batches then come in random order too.

    Parameters
    ----------
    lengths : array of int of shape (n,)
        Steps of each sequence.
    batch_size : int
        Sequences in a batch, at most. Batches are as equal in size as they can be, so that no
        sequence weighs more for being in a small one.
    generator : numpy.random.Generator or None
        Source of randomness. None keeps the sequences in their order.

    Returns
    -------
    list of arrays of int
        Indices of the members of each batch.
    """
    n_batches = -(-len(lengths) // batch_size)
    if generator is None:
        return np.array_split(np.arange(len(lengths)), n_batches)
    blurred = lengths * generator.uniform(1, 1 + LENGTH_BLUR, len(lengths))
    by_length = np.array_split(np.argsort(blurred, kind="stable"), n_batches)
    return [by_length[i] for i in generator.permutation(n_batches)]


class Window(NamedTuple):
    """
    A window of truncated BPTT over each sequence of a batch.

    Parameters
    ----------
    begin : array of int of shape (B,)
        The first step through which the gradient flows.
    fresh : array of int of shape (B,)
        The first step whose target counts; those before did in an earlier window.
    end : array of int of shape (B,)
        The step after the last. A sequence with ``fresh == end`` has ended and takes no part.
    """

    begin: IntArray
    fresh: IntArray
    end: IntArray


def last_window(lengths: IntArray, truncation_length: int | None) -> Window:
    """
    Return the window that ends with each sequence, whose last step alone counts.

    Parameters
    ----------
    lengths : array of int of shape (B,)
        Steps of each sequence.
    truncation_length : int or None
        Steps of the window, at most; None for all.

    Returns
    -------
    Window
        The window.
    """
    length = _at_most(truncation_length, int(lengths.max()))
    return Window(np.maximum(lengths - length, 0), lengths - 1, lengths)


@dataclass(frozen=True)
class Windows:
    """
    Windows that cover sequences such that every step counts in exactly one.

    The last window ends with its sequence, each one before it `stride` steps earlier. So every
    window has its full length but for the first, which has what is left, and where all steps count.

    Parameters
    ----------
    lengths : array of int of shape (B,)
        Steps of each sequence.
    truncation_length : int or None
        Steps of a window, at most; None for all.
    stride : int or None
        Steps from window to window, at most `truncation_length`; None for that.
    """

    lengths: IntArray
    truncation_length: int | None
    stride: int | None

    def __len__(self) -> int:
        return int(self._counts.max())

    def __iter__(self) -> Iterator[Window]:
        for i in range(len(self)):
            end = self.lengths - np.maximum(self._counts - 1 - i, 0) * self._step
            fresh = (
                np.where(i < self._counts, end - self._step, end) if i > 0 else np.zeros_like(end)
            )
            yield Window(np.maximum(end - self._length, 0), fresh, end)

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


def blocks(begin: IntArray, end: IntArray, n_steps: int) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Divide the steps from `begin` to `end` into blocks of `n_steps`.

    Parameters
    ----------
    begin, end : array of int of shape (B,)
        The first step in each sequence, and the step after the last.
    n_steps : int
        Length of a block, at most.

    Yields
    ------
    first, last : array of int of shape (B,)
        The block's part of each sequence; empty where the sequence has none left.
    """
    for done in range(0, int((end - begin).max(initial=0)), n_steps):
        yield np.minimum(begin + done, end), np.minimum(begin + done + n_steps, end)
