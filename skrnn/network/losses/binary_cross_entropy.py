"""Cross-entropy of probabilities of labels, any number of which are right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, xlogy

from skrnn.network.losses.loss import Loss, Targets
from skrnn.types import FloatArray


@dataclass
class BinaryCrossEntropy(Loss):
    """
    Weighted mean over the K labels of the cross-entropy of each, where targets are 0 or 1.

    ::

        p = 1 / (1 + exp(-scores))
        value_s  = - sum_kb weights_sb / K (target log p + (1 - target) log(1 - p))_skb
        d_scores =          weights_sb / K (p - target)_skb
    """

    negligible: ClassVar[float] = 0.05  # what is right has a probability of 0.95

    def __call__(
        self, scores: FloatArray, targets: Targets, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        parts = weights[:, None, :] / scores.shape[1]  # (S, 1, B)
        costs = np.logaddexp(0, scores) - targets * scores
        d_scores: FloatArray = expit(scores)
        d_scores -= targets
        d_scores *= parts
        costs *= parts
        return np.add.reduce(costs, axis=(1, 2)), d_scores

    def of_guessing(self, targets: Targets, weights: FloatArray, n_outputs: int) -> float:
        frequencies = weights @ targets
        entropies = -xlogy(frequencies, frequencies) - xlogy(1 - frequencies, 1 - frequencies)
        return float(entropies.mean())
