"""Which sequences form a batch, and which of their steps a window of truncated BPTT."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skrnn.types import IntArray

LENGTH_BLUR = 0.25
"""How far lengths are blurred before sorting, as a share of them: a trade of padding for mixing."""

STEP_COST = 64
"""What a step takes whatever its columns are, in columns: a dozen calls of NumPy."""


def batches(
    lengths: IntArray, batch_size: int, generator: np.random.Generator | None
) -> list[IntArray]:
    """
    Divide sequences into batches, each sequence once, and return the members of each.

    Sequences are sorted by their length times a random factor. Those of equal length thereby come
    in random order, those of similar length mix, and short ones are not padded up to long ones.
    The batches then come in random order too, as equal in size as they can be, so that no sequence
    weighs more for being in a small one. Without a generator all keep their order.
    """
    n_batches = -(-len(lengths) // batch_size)
    if generator is None:
        return np.array_split(np.arange(len(lengths)), n_batches)
    blurred = lengths * generator.uniform(1, 1 + LENGTH_BLUR, len(lengths))
    by_length = np.array_split(blurred.argsort(kind="stable"), n_batches)
    return [by_length[i] for i in generator.permutation(n_batches)]


def similar_lengths(lengths: IntArray) -> list[slice]:
    """
    Divide sequences (B,), short ones first, where to run them apart takes less than to pad them.

    A step takes the time of its columns and of `STEP_COST` more: each part is cut where that gains
    most, until nothing does. Lengths in another order are left together.
    """
    n = len(lengths)
    if n < 2 or lengths[0] == lengths[-1] or (np.diff(lengths) < 0).any():
        return [slice(0, n)]
    cuts = np.arange(1, n)
    apart = lengths[:-1] * (cuts + STEP_COST) + lengths[-1] * (n - cuts + STEP_COST)
    cut = int(np.argmin(apart))
    if apart[cut] >= lengths[-1] * (n + STEP_COST):
        return [slice(0, n)]
    short, long = similar_lengths(lengths[: cut + 1]), similar_lengths(lengths[cut + 1 :])
    return [*short, *(slice(s.start + cut + 1, s.stop + cut + 1) for s in long)]


def blocks(begin: IntArray, end: IntArray, n_steps: int) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Divide the steps (B,) from `begin` to `end` into blocks of `n_steps`, at most.

    Yield first steps, and those after the last; empty where a sequence has none left.
    """
    for done in range(0, int((end - begin).max(initial=0)), n_steps):
        yield np.minimum(begin + done, end), np.minimum(begin + done + n_steps, end)
