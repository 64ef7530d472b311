"""Losses: functions of scores that return their value and its gradient."""

from __future__ import annotations

import numpy as np

from skrnn.types import FloatArray, IntArray


def log_softmax(scores: FloatArray) -> FloatArray:
    """
    Return log probabilities along the first axis.

    Parameters
    ----------
    scores : array of shape (K, B)
        Any finite numbers.

    Returns
    -------
    array of shape (K, B)
        ``scores - log sum_k exp(scores)``, shifted by the maximum so that nothing overflows.
    """
    shifted = scores - scores.max(axis=0)
    log_p: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=0))
    return log_p


def cross_entropy(
    scores: FloatArray, targets: IntArray, shares: FloatArray
) -> tuple[float, FloatArray]:
    """
    Weighted cross-entropy of softmax(scores).

    ::

        p = softmax(scores)
        value    = - sum_b shares_b log p[target_b, b]
        d_scores =   shares_b (p_kb - [k = target_b])

    Parameters
    ----------
    scores : array of shape (K, B)
        Scores of the classes, a column per sequence.
    targets : array of int of shape (B,)
        The right class of each column.
    shares : array of shape (B,)
        Each column's part in the mean. This is the only place where weights are multiplied in.

    Returns
    -------
    value : float
        The loss.
    d_scores : array of shape (K, B)
        Its gradient.
    """
    log_p = log_softmax(scores)
    columns = np.arange(len(targets))
    value = -float(shares @ log_p[targets, columns])
    d_scores = np.exp(log_p)
    d_scores[targets, columns] -= 1
    d_scores *= shares
    return value, d_scores
