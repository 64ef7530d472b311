"""Time cut into segments, and each sequence's place in them."""

from __future__ import annotations

import numpy as np

from skrnn.types import FloatArray, IntArray


def segments(n_steps: int, length: int | None) -> list[slice]:
    """
    Cut time into segments.

    Parameters
    ----------
    n_steps : int
        T.
    length : int or None
        Steps of a segment; the last one may have fewer. None for a single one.

    Returns
    -------
    list of slice
        The segments.
    """
    length = n_steps if length is None else length
    return [
        slice(first, min(first + length, n_steps)) for first in range(0, n_steps, max(length, 1))
    ]


def within(lengths: IntArray, segment: slice) -> IntArray:
    """
    Return how many steps of each sequence lie within a segment.

    Parameters
    ----------
    lengths : array of int of shape (B,)
        Steps of each sequence.
    segment : slice
        The segment.

    Returns
    -------
    array of int of shape (B,)
        Numbers of steps, 0 where the sequence has ended before.
    """
    inside: IntArray = np.maximum(np.minimum(lengths, segment.stop) - segment.start, 0)
    return inside


def at_end(steps: FloatArray, lengths: IntArray) -> FloatArray:
    """
    Return what stands at the end of each sequence.

    Parameters
    ----------
    steps : array of shape (T + 1, H, B)
        Something before the first step and after each.
    lengths : array of int of shape (B,)
        Steps of each sequence; 0 for what is before the first.

    Returns
    -------
    array of shape (H, B)
        A copy.
    """
    return np.ascontiguousarray(steps[lengths, :, np.arange(len(lengths))].T)


def place_at_end(steps: FloatArray, values: FloatArray, lengths: IntArray, segment: slice) -> None:
    """
    Write something that belongs to the end of each sequence to where it belongs.

    Parameters
    ----------
    steps : array of shape (T, H, B)
        The steps of a segment; changed at the last step of each sequence that ends there.
    values : array of shape (H, B)
        What belongs to the ends.
    lengths : array of int of shape (B,)
        Steps of each sequence.
    segment : slice
        The segment.
    """
    here = np.flatnonzero((segment.start < lengths) & (lengths <= segment.stop))
    steps[lengths[here] - 1 - segment.start, :, here] = values[:, here].T
