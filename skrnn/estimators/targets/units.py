"""The units of a regression's targets: what is learnt is free of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from skrnn.network.losses import RegressionLoss
from skrnn.training.inference import NonFiniteError
from skrnn.types import FloatArray

ENOUGH_TARGETS = 10.0
"""Of fewer, a deviation may by chance be a small part of that of the rest."""

NEARLY_EQUAL = 0.01
"""Deviation, in parts of the mean, of targets from which others may be far."""

FAR = 10.0
"""In units so many times too small, targets are hardly learnt."""


@dataclass(frozen=True)
class Units:
    """
    From targets to what a network learns, and from its scores to predictions.

    ::

        learnt     = (y - origin) / size
        prediction = origin + size * loss.predict(score)

    Origin and size, of shape (K,), are mean and standard deviation of each output, or 0 and the
    mean where the loss is relative; `n_targets` (K,) is the weight of what told them, and `shape`
    that of a single target, () or (K,). An output that was constant so far has its value as origin,
    and a size of 0: whatever the score, which learns to be 0, that is predicted.
    """

    loss: RegressionLoss
    origin: FloatArray
    size: FloatArray
    shape: tuple[int, ...]
    n_targets: FloatArray | float = ENOUGH_TARGETS  # of what was saved without

    @classmethod
    def of(cls, loss: RegressionLoss, y: FloatArray, weights: FloatArray) -> Self:
        """Measure targets of shape (m, ...), in float64, by weights of shape (m,), not all zero."""
        values, parts = _counting(y, weights)
        if loss.relative and not values.any():
            raise ValueError("loss='poisson' needs at least one target above 0.")
        origin, size = _measure(loss, values, parts)
        return cls(loss, origin, size, y.shape[1:], np.full(len(origin), parts.sum()))

    def learn(self, y: FloatArray, weights: FloatArray) -> Self:
        """
        Return units that know more where they are unknown, from what `of` takes.

        They are known after enough targets that are not nearly equal, whatever the calls in which
        these came. Of those that are, no more count than a later call has, and their units stay
        unless this one's are far apart in them.
        """
        few = self.n_targets < ENOUGH_TARGETS
        unknown = few | (self.size <= NEARLY_EQUAL * np.abs(self.origin))
        if not unknown.any():
            return self
        values, parts = _counting(y, weights)
        origin, size = _measure(self.loss, values, parts)
        unknown &= (origin != self.origin) | (size != self.size)  # the same again tells no more
        past = np.where(few, self.n_targets, np.minimum(self.n_targets, parts.sum()))
        middle = self.origin + self.loss.relative * self.size
        values = np.vstack([middle - self.size, middle + self.size, values])  # two for the past
        columns = np.broadcast_to(parts[:, None], (len(parts), len(past)))
        origin, size = _measure(self.loss, values, np.vstack([past / 2, past / 2, columns]))
        better = unknown & (few | (size > FAR * self.size))
        if not better.any():
            return self
        return replace(
            self,
            origin=np.where(better, origin, self.origin),
            size=np.where(better, size, self.size),
            n_targets=np.where(better, past + parts.sum(), self.n_targets),
        )

    def encode(self, y: FloatArray) -> FloatArray:
        """Return what is learnt of targets (m, ...), in float64: units of their own, (m, K)."""
        unknown = self.size == 0
        size = np.where(unknown, np.maximum(1, np.abs(self.origin)), self.size)
        learnt: FloatArray = (y.reshape(len(y), -1) - self.origin) / size
        learnt += unknown * self._of_zeros
        return learnt

    def read(self, scores: FloatArray, *, levels: bool = False) -> FloatArray:
        """
        Return what scores of a row (m, ...) predict, in float64 and the units that are learnt.

        It has shape (m, K) or, of a loss with `levels`, (m, L, K) for the quantiles of each.
        """
        loss: Any = self.loss
        scores = np.where(np.tile(self.size > 0, loss.n_scores), scores.astype(np.float64), 0)
        said: FloatArray = loss.quantiles(scores) if levels else loss.predict(scores)
        return np.where(self.size > 0, said, self._of_zeros)

    def decode(self, scores: FloatArray, *, levels: bool = False) -> FloatArray:
        """
        Return what `read` does in the units of y, of shape (m, ...) or (m, L, ...).

        It is in float64, as float32 may tell nothing apart in those units; what is beyond that
        range, such as the exponential of a large score, raises `NonFiniteError`.
        """
        with np.errstate(over="ignore"):
            predictions: FloatArray = self.origin + self.size * self.read(scores, levels=levels)
        if not np.isfinite(predictions).all():
            raise NonFiniteError(
                "A prediction is beyond the range of float64. Scale the inputs to about unit "
                "variance, as those of the fit were."
            )
        return predictions.reshape(*predictions.shape[:-1], *self.shape)

    @property
    def _of_zeros(self) -> FloatArray:
        """What scores of 0 predict of each output, (K,), which is learnt of a constant."""
        zeros = np.zeros((1, self.loss.n_scores * len(self.size)))
        of_zeros: FloatArray = self.loss.predict(zeros)[0]
        return of_zeros


def _counting(y: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the targets that have weight, (m, K), and the weights (m,)."""
    counts = weights > 0
    return y[counts].reshape(counts.sum(), -1), weights[counts]


def _measure(
    loss: RegressionLoss, values: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """
    Return origin and size of values (m, K), by weights (m,) or (m, K).

    Both are rounded to 24 bits, so that the order of the sums makes no difference: weights then
    equal copies to the bit.
    """
    with np.errstate(over="ignore"):
        mean = np.average(values, axis=0, weights=weights)
    if not np.isfinite(mean).all():
        raise ValueError("y must have a finite mean; divide it by its largest value.")
    largest = np.abs(values - mean).max(axis=0)
    largest[largest == 0] = 1.0
    variance = np.average(np.square((values - mean) / largest), axis=0, weights=weights)
    size = _rounded(largest * np.sqrt(variance))
    constant = size <= 1e-12 * np.abs(mean)  # but for rounding
    size[constant] = 1.0
    if loss.relative:
        origin, size = np.zeros_like(mean), _rounded(mean)
    else:
        origin = np.round(mean / size * 2**24) / 2**24 * size
    return np.where(constant, values.min(axis=0), origin), np.where(constant, 0.0, size)


def _rounded(values: FloatArray) -> FloatArray:
    """Return values to 24 bits."""
    mantissa, exponent = np.frexp(values)
    rounded: FloatArray = np.ldexp(np.round(mantissa * 2**24) / 2**24, exponent)
    return rounded
