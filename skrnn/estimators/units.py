"""The units of a regression's targets: what is learnt is free of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from skrnn.network.losses import RegressionLoss
from skrnn.training.inference import NonFiniteError
from skrnn.types import FloatArray


@dataclass(frozen=True)
class Units:
    """
    From targets to what a network learns, and from its scores to predictions.

    ::

        learnt     = (y - origin) / size
        prediction = origin + size * loss.predict(score)

    Origin and size, of shape (K,), are mean and standard deviation of each output, or 0 and the
    mean where the loss is relative; `shape` is that of a single target, () or (K,).
    """

    loss: RegressionLoss
    origin: FloatArray
    size: FloatArray
    shape: tuple[int, ...]

    @classmethod
    def of(cls, loss: RegressionLoss, y: FloatArray, weights: FloatArray) -> Self:
        """
        Measure targets of shape (m, ...), in float64, by weights of shape (m,), not all zero.

        Origin and size are rounded to 24 bits, so that the order of the sums makes no difference:
        weights then equal copies to the bit.
        """
        counts = weights > 0
        values, weights = y[counts].reshape(counts.sum(), -1), weights[counts]
        mean = np.average(values, axis=0, weights=weights)
        if loss.relative:
            if not mean.all():
                raise ValueError("loss='poisson' needs at least one target above 0 in each output.")
            return cls(loss, np.zeros_like(mean), _rounded(mean), y.shape[1:])
        largest = np.abs(values - mean).max(axis=0)
        largest[largest == 0] = 1.0
        variance = np.average(np.square((values - mean) / largest), axis=0, weights=weights)
        size = _rounded(largest * np.sqrt(variance))
        constant = size <= 1e-12 * np.abs(mean)  # but for rounding
        size[constant] = 1.0
        origin = np.where(constant, values[0], np.round(mean / size * 2**24) / 2**24 * size)
        return cls(loss, origin, size, y.shape[1:])

    def encode(self, y: FloatArray) -> FloatArray:
        """Return what is learnt of targets (m, ...), in float64: units of their own, (m, K)."""
        return (y.reshape(len(y), -1) - self.origin) / self.size

    def decode(self, scores: FloatArray) -> FloatArray:
        """
        Return what scores of shape (m, K) predict, of shape (m, ...) and in the units of y.

        It is in float64, as float32 may tell nothing apart in those units; what is beyond that
        range, such as the exponential of a large score, raises `NonFiniteError`.
        """
        with np.errstate(over="ignore"):
            predictions = self.origin + self.size * self.loss.predict(scores.astype(np.float64))
        if not np.isfinite(predictions).all():
            raise NonFiniteError(
                "A prediction is beyond the range of float64. Scale the inputs to about unit "
                "variance, as those of the fit were."
            )
        return predictions.reshape(len(scores), *self.shape)


def _rounded(values: FloatArray) -> FloatArray:
    """Return values to 24 bits."""
    mantissa, exponent = np.frexp(values)
    rounded: FloatArray = np.ldexp(np.round(mantissa * 2**24) / 2**24, exponent)
    return rounded
