"""Losses: functions of scores that return their value and its gradient."""

from __future__ import annotations

import numpy as np

from skrnn.types import FloatArray, IntArray


def log_softmax(scores: FloatArray) -> FloatArray:
    """
    Return log probabilities along the last but one axis.

    Parameters
    ----------
    scores : array of shape (..., K, B)
        Any finite numbers.

    Returns
    -------
    array of shape (..., K, B)
        ``scores - log sum_k exp(scores)``, shifted by the maximum so that nothing overflows.
    """
    shifted = scores - scores.max(axis=-2, keepdims=True)
    log_p: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-2, keepdims=True))
    return log_p


def cross_entropy(
    scores: FloatArray, targets: IntArray, shares: FloatArray
) -> tuple[float, FloatArray]:
    """
    Weighted cross-entropy of softmax(scores).

    ::

        p = softmax(scores)
        value    = - sum_sb shares_sb log p[s, target_b, b]
        d_scores =   shares_sb (p_skb - [k = target_b])

    Parameters
    ----------
    scores : array of shape (S, K, B)
        Scores of the classes: a column per sequence, at its end (S = 1) or at each step.
    targets : array of int of shape (B,)
        The right class of each column.
    shares : array of shape (S, B)
        Each score's part in the mean. This is the only place where weights are multiplied in.

    Returns
    -------
    value : float
        The loss.
    d_scores : array of shape (S, K, B)
        Its gradient.
    """
    log_p = log_softmax(scores)
    columns = np.arange(len(targets))
    value = -float(np.vdot(shares, log_p[:, targets, columns]))
    d_scores = np.exp(log_p)
    d_scores[:, targets, columns] -= 1
    d_scores *= shares[:, None, :]
    return value, d_scores


def replicate(
    shares: FloatArray,
    lengths: IntArray,
    replication: float,
    begin: IntArray,
    fresh: IntArray,
    end: IntArray,
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
    begin, fresh, end : array of int of shape (B,)
        The window of each sequence that is wanted: its first step, the first one that counts, and
        the step after the last.

    Returns
    -------
    array of shape (T, B)
        The part of each step of the window; 0 for what does not count, and for padding.

    References
    ----------
    Z. C. Lipton, D. C. Kale, C. Elkan, R. Wetzel, "Learning to diagnose with LSTM recurrent neural
    networks", ICLR 2016.
    """
    time = begin + np.arange((end - begin).max())[:, None]  # (T, B)
    counts = (fresh <= time) & (time < end)
    parts = replication / lengths + (1 - replication) * (time == lengths - 1)
    step_shares: FloatArray = (shares * parts * counts).astype(shares.dtype)
    return step_shares
