"""Cross-entropy of probabilities, of which one class is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import xlogy

from skrnn.network.losses.loss import Loss, Targets
from skrnn.types import FloatArray


def log_softmax(scores: FloatArray) -> FloatArray:
    """
    Return log probabilities along the last but one axis of (..., K, B).

    That is ``scores - log sum_k exp(scores)``, shifted by the maximum so that nothing overflows.
    """
    log_p: FloatArray = scores - np.maximum.reduce(scores, axis=-2, keepdims=True)
    log_p -= np.log(np.add.reduce(np.exp(log_p), axis=-2, keepdims=True))
    return log_p


@dataclass
class CrossEntropy(Loss):
    """
    Weighted cross-entropy of softmax(scores), where targets are classes from 0 to K - 1.

    ::

        p = softmax(scores)
        value_s  = - sum_b weights_sb log p[s, target_sb, b]
        d_scores =   weights_sb (p_skb - [k = target_sb])
    """

    negligible: ClassVar[float] = 0.05  # what is right has a probability of 0.95

    def __call__(
        self, scores: FloatArray, targets: Targets, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        log_p = log_softmax(scores)
        weights = weights[:, None]
        of_right = (targets == np.arange(scores.shape[1])[:, None]) * weights  # (S, K, B)
        rows, columns = (len(scores), 1, -1), (len(scores), -1, 1)
        values = -np.matmul(of_right.reshape(rows), log_p.reshape(columns))[:, 0, 0]
        d_scores: FloatArray = np.exp(log_p, out=log_p)
        d_scores *= weights
        d_scores -= of_right
        return values, d_scores

    def of_guessing(self, targets: Targets, weights: FloatArray, n_outputs: int) -> float:
        frequencies = np.bincount(targets[:, 0], weights, n_outputs)
        return -float(xlogy(frequencies, frequencies).sum())
