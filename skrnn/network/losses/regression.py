"""Costs of numbers, each of which has one score."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import xlogy

from skrnn.network.losses.loss import Loss, Targets
from skrnn.rules import real, setting
from skrnn.types import FloatArray


@dataclass
class RegressionLoss(Loss):
    """
    Weighted mean over the K outputs of a cost of each.

    ::

        value_s  = sum_kb weights_sb / K cost(scores_skb, targets_skb)
        d_scores =        weights_sb / K slope(scores_skb, targets_skb)
    """

    negligible: ClassVar[float] = 0.005  # of the squared error, where R^2 is 0.99

    relative: ClassVar[bool] = False
    """Whether targets, none of them negative, are in units of their mean, not centred on it."""

    @property
    def n_scores(self) -> int:
        """Scores of each output: those of the K outputs, then as many others."""
        return 1

    def __call__(
        self, scores: FloatArray, targets: Targets, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        parts = weights[:, None, :] / scores.shape[1]  # (S, 1, B)
        values: FloatArray = np.add.reduce(parts * self.costs(scores, targets), axis=(1, 2))
        d_scores = self.slopes(scores, targets)
        d_scores *= parts
        return values, d_scores

    def of_guessing(self, targets: Targets, weights: FloatArray, n_outputs: int) -> float:
        costs = self.costs(np.zeros((1, n_outputs, len(targets))), targets.T[None])  # (1, K, m)
        return float(costs[0].mean(axis=0) @ weights)

    @abstractmethod
    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        """
        Return the cost of each score.

        Parameters
        ----------
        scores : array of shape (S, K, B)
            Scores.
        targets : array of shape (S, K, B) or (1, K, B)
            What is right.

        Returns
        -------
        array of shape (S, K, B)
            Costs, 0 for what is right.
        """

    @abstractmethod
    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        """
        Return the derivative of each cost in its score.

        Parameters
        ----------
        scores : array of shape (S, K, B)
            Scores.
        targets : array of shape (S, K, B) or (1, K, B)
            What is right.

        Returns
        -------
        array of shape (S, K, B)
            A new array.
        """

    def predict(self, scores: FloatArray) -> FloatArray:
        """
        Return what scores predict, in the units that are learnt.

        Parameters
        ----------
        scores : array of shape (m, n_scores K)
            Scores.

        Returns
        -------
        array of shape (m, K)
            Predictions.
        """
        return scores


@dataclass
class SquaredError(RegressionLoss):
    """
    Half the squared error, whose best prediction is the mean.

    ::

        cost  = (score - target)^2 / 2
        slope =  score - target
    """

    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        costs: FloatArray = 0.5 * np.square(scores - targets)
        return costs

    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        return scores - targets


@dataclass
class AbsoluteError(RegressionLoss):
    """
    The absolute error, whose best prediction is the median.

    ::

        cost  = |score - target|
        slope = sign(score - target)
    """

    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        return np.abs(scores - targets)

    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        return np.sign(scores - targets)


@dataclass
class Huber(RegressionLoss):
    """
    Half the squared error up to a threshold, and a straight line beyond it, for outliers (Huber).

    ::

        r     = score - target
        cost  = r^2 / 2  if |r| <= threshold,  threshold (|r| - threshold / 2)  else
        slope = min(max(r, -threshold), threshold)

    Parameters
    ----------
    threshold : float, default=1.35
        Where the line begins, in standard deviations of the targets. The default loses 5 % of
        efficiency where errors are normal with a standard deviation of 1.

    References
    ----------
    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics 35,
    1964.
    """

    threshold: float = setting(1.35, real(0, ends="()"))

    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        distance = np.abs(scores - targets)
        near = np.minimum(distance, self.threshold)
        costs: FloatArray = near * (distance - 0.5 * near)
        return costs

    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        return np.clip(scores - targets, -self.threshold, self.threshold)


@dataclass
class Poisson(RegressionLoss):
    """
    Half the Poisson deviance of exp(score), for counts and rates.

    ::

        cost  = exp(score) - target - target (score - log target)
        slope = exp(score) - target
    """

    relative: ClassVar[bool] = True

    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        rates: FloatArray = np.exp(scores)
        costs: FloatArray = rates - targets * (1 + scores)
        costs += xlogy(targets, targets)
        return costs

    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        rates: FloatArray = np.exp(scores)
        rates -= targets
        return rates

    def predict(self, scores: FloatArray) -> FloatArray:
        predictions: FloatArray = np.exp(scores)
        return predictions
