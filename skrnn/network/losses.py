"""Losses: functions of scores that return their value and its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
from scipy.special import xlogy

from skrnn.rules import real, setting
from skrnn.spec import Spec
from skrnn.types import FloatArray, IntArray

Targets: TypeAlias = FloatArray | IntArray
"""What is right: numbers, or the numbers of classes."""


def log_softmax(scores: FloatArray) -> FloatArray:
    """
    Return log probabilities along the last but one axis of (..., K, B).

    That is ``scores - log sum_k exp(scores)``, shifted by the maximum so that nothing overflows.
    """
    log_p: FloatArray = scores - np.maximum.reduce(scores, axis=-2, keepdims=True)
    log_p -= np.log(np.add.reduce(np.exp(log_p), axis=-2, keepdims=True))
    return log_p


@dataclass
class Loss(Spec, ABC):
    """The cost of scores, given what is right."""

    negligible: ClassVar[float]
    """A training loss below which there is nothing left to learn."""

    @abstractmethod
    def __call__(
        self, scores: FloatArray, targets: Targets, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """
        Return the loss of each step and its gradient.

        Parameters
        ----------
        scores : array of shape (S, K, B)
            A column per sequence, at its end (S = 1) or at each step.
        targets : array of shape (S, K, B) or (1, K, B)
            What is right, at each step or at all of them; of classes, one number instead of K.
        weights : array of shape (S, B)
            Each score's part in the mean. This is the only place where weights are multiplied in.

        Returns
        -------
        values : array of shape (S,)
            Each step's part in the loss, which is their sum.
        d_scores : array of shape (S, K, B)
            Its gradient.
        """

    @abstractmethod
    def of_guessing(self, targets: Targets, weights: FloatArray, n_outputs: int) -> float:
        """
        Return what it costs always to predict the same: how often classes are, or the mean.

        Parameters
        ----------
        targets : array of shape (m, K), or (m, 1) for classes
            What is right.
        weights : array of shape (m,)
            Each target's part in the loss; their sum is 1.
        n_outputs : int
            K.

        Returns
        -------
        float
            The loss.
        """


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
        scores : array
            Scores.

        Returns
        -------
        array
            Of the same shape.
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


REGRESSION_LOSSES: dict[str, type[RegressionLoss]] = {
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "poisson": Poisson,
    "squared_error": SquaredError,
}
