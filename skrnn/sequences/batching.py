"""Which sequences form a batch, and which of their steps a window of truncated BPTT."""

from __future__ import annotations

from collections.abc import Iterator

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


def last_window(lengths: IntArray, truncation_length: int | None) -> IntArray:
    """
    Return where the window through which the gradient flows begins, for each sequence.

    Parameters
    ----------
    lengths : array of int of shape (B,)
        Steps of each sequence.
    truncation_length : int or None
        Steps from the end of each sequence to the beginning of its window; None for all.

    Returns
    -------
    array of int of shape (B,)
        First step of each window.
    """
    if truncation_length is None:
        return np.zeros_like(lengths)
    return np.maximum(lengths - min(truncation_length, int(lengths.max())), 0)


def blocks(end: IntArray, n_steps: int) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Divide the steps before `end` into blocks of `n_steps`, beginning with the first.

    Parameters
    ----------
    end : array of int of shape (B,)
        The step, different for each sequence, before which the blocks stop.
    n_steps : int
        Length of a block, at most.

    Yields
    ------
    begin, end : array of int of shape (B,)
        The block's part of each sequence; empty where the sequence has none left.
    """
    for first in range(0, int(end.max(initial=0)), n_steps):
        yield np.minimum(first, end), np.minimum(first + n_steps, end)
