"""Reading backwards: each sequence from its own end, whatever its neighbours' lengths."""

from __future__ import annotations

import numpy as np

from skrnn.types import FloatArray, IntArray


def per_direction(outputs: FloatArray, n_directions: int) -> list[FloatArray]:
    """
    Return the part of each direction; for few parts, slices are quicker than `np.split`.

    Parameters
    ----------
    outputs : array of shape (T, n_directions * H, B)
        Something for all units of a layer.
    n_directions : int
        1 or 2.

    Returns
    -------
    list of arrays of shape (T, H, B)
        Views, the direction that reads onwards first.
    """
    n_units = outputs.shape[1] // n_directions
    return [outputs[:, i * n_units : (i + 1) * n_units] for i in range(n_directions)]


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
