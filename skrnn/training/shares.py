"""How a loss is divided among the steps of a window."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from skrnn.sequences.batching import Window
from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray


def replicate(
    shares: FloatArray, lengths: IntArray, replication: float, window: Window
) -> FloatArray:
    """
    Divide each sequence's part in the loss among its steps (Lipton et al. 2016).

    ::

        loss_b = (1 - w) cost of step n_b  +  w / n_b  sum_t cost of step t

    Parameters
    ----------
    shares : array of shape (B,)
        Each sequence's part.
    lengths : array of int of shape (B,)
        n, the steps of each, at least 1.
    replication : float
        w, in [0, 1]: the part that is divided evenly. The rest belongs to the last step.
    window : Window
        Which steps of each sequence are wanted.

    Returns
    -------
    array of shape (T, B)
        The part of each step of the window; 0 for what does not count, and for padding.

    References
    ----------
    Z. C. Lipton, D. C. Kale, C. Elkan, R. Wetzel, "Learning to diagnose with LSTM recurrent neural
    networks", ICLR 2016.
    """
    time, counts = _steps(window)
    parts = replication / lengths + (1 - replication) * (time == lengths - 1)
    step_shares: FloatArray = (shares * parts * counts).astype(shares.dtype)
    return step_shares


def cut_out(shares: Sequences, members: IntArray, window: Window) -> FloatArray:
    """
    Return the parts that steps have in their own right.

    Parameters
    ----------
    shares : Sequences
        The part of each step of each sequence.
    members : array of int of shape (B,)
        Which sequences.
    window : Window
        Which steps of each are wanted.

    Returns
    -------
    array of shape (T, B)
        The part of each step of the window; 0 for what does not count, and for padding.
    """
    parts: FloatArray = shares.pad(members, window.begin, window.end).x[:, 0]
    parts *= _steps(window)[1]
    return parts


def _steps(window: Window) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return the steps (T, B) of a window, and which of them count."""
    begin, fresh, end = window
    time = begin + np.arange((end - begin).max())[:, None]
    return time, (fresh <= time) & (time < end)
