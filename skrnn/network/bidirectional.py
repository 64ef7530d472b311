"""Reading backwards: each sequence from its own end, whatever its neighbours' lengths."""

from __future__ import annotations

import numpy as np

from skrnn.types import FloatArray, IntArray


def reverse(steps: FloatArray, lengths: IntArray) -> FloatArray:
    """
    Turn each sequence round, padding staying behind it.

    Parameters
    ----------
    steps : array of shape (T, R, B)
        Sequences side by side.
    lengths : array of int of shape (B,)
        Steps of each.

    Returns
    -------
    array of shape (T, R, B)
        Step t of a sequence of n steps is its step n - 1 - t. Done twice, it changes nothing; as a
        permutation it is its own transpose and so serves gradients too.
    """
    if (lengths == len(steps)).all():
        return steps[::-1]
    time = np.arange(len(steps))[:, None]
    source = np.where(time < lengths, lengths - 1 - time, time)  # (T, B)
    columns = np.arange(len(lengths))
    return np.ascontiguousarray(steps[source, :, columns].transpose(0, 2, 1))
