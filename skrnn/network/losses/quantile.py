"""The cost of quantiles, one or several that do not cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from scipy.special import expit, ndtri

from skrnn.network.losses.loss import Targets
from skrnn.network.losses.regression import RegressionLoss
from skrnn.rules import Rule, check, is_several, real, setting
from skrnn.types import FloatArray


@dataclass
class Quantile(RegressionLoss):
    """
    The pinball loss, whose best prediction is a quantile; of several, none cross.

    Each output has a score z for each level. That of the level m nearest to 0.5 (of two, the lower)
    is a quantile by itself, and the others say how far it is from there to the next::

        q_m  = z_m + a_m
        q_l  = q_(l-1) + softplus(z_l + a_l)  for l > m
        q_l  = q_(l+1) - softplus(z_l + a_l)  for l < m
        r    = q_l - target
        cost = r ([r > 0] - level_l)

    The constants a are such that scores of 0 are the quantiles of a standard normal distribution.

    Parameters
    ----------
    level : float or sequence of float, default=0.5
        The share of targets that shall be below, or several in increasing order, each between 0 and
        1. `predict` returns the quantile of level m, ``predict_quantiles`` those of all.

    References
    ----------
    R. Koenker, G. Bassett, "Regression quantiles", Econometrica 46, 1978.
    """

    level: float | Sequence[float] = setting(
        0.5, real(0, 1, "()"), Rule("a sequence of these", is_several)
    )

    def check(self) -> None:
        super().check()
        levels: Any = self.level if is_several(self.level) else ()
        low = 0.0
        for i, level in enumerate(levels):
            check(f"level[{i}] of Quantile", level, real(low, 1, "()"))
            low = float(level)

    def plain(self) -> Self:
        levels = self.levels.tolist()
        return replace(self, level=levels if is_several(self.level) else levels[0])

    @property
    def levels(self) -> FloatArray:
        """All levels, of shape (L,)."""
        return np.atleast_1d(np.asarray(self.level, dtype=np.float64))

    @property
    def middle(self) -> int:
        """Which of the levels is nearest to 0.5."""
        return int(np.abs(self.levels - 0.5).round(12).argmin())

    @property
    def n_scores(self) -> int:
        return len(self.levels)

    @property
    def negligible(self) -> float:  # type: ignore[override]
        """A hundredth of what the quantiles of a normal distribution cost."""
        return 0.004 * float(np.exp(-0.5 * ndtri(self.levels) ** 2).mean())

    @property
    def shifts(self) -> FloatArray:
        """The constants a, of shape (L,)."""
        normal, m = ndtri(self.levels), self.middle
        shifts: FloatArray = np.insert(np.log(np.expm1(np.diff(normal))), m, normal[m])
        return shifts

    def quantiles(self, scores: FloatArray) -> FloatArray:
        """
        Return the quantiles that scores stand for.

        Parameters
        ----------
        scores : array of shape (n, L K, ...)
            Scores, those of a level next to each other.

        Returns
        -------
        array of shape (n, L, K, ...)
            They grow along the second axis, or stay the same.
        """
        z, m = self._shifted(scores), self.middle
        q = np.logaddexp(z, 0, dtype=z.dtype)
        q[:, :m] *= -1
        q[:, m] = z[:, m]
        np.cumsum(q[:, m:], axis=1, out=q[:, m:])
        np.cumsum(q[:, m::-1], axis=1, out=q[:, m::-1])
        return q

    def costs(self, scores: FloatArray, targets: Targets) -> FloatArray:
        r, slopes = self._errors(scores, targets)
        r *= slopes
        return r.reshape(scores.shape)

    def slopes(self, scores: FloatArray, targets: Targets) -> FloatArray:
        _, d = self._errors(scores, targets)  # d_q, which becomes d_z
        m, d_all = self.middle, np.add.reduce(d, axis=1)
        np.cumsum(d[:, :m], axis=1, out=d[:, :m])
        np.cumsum(d[:, :m:-1], axis=1, out=d[:, :m:-1])
        d[:, :m] *= -1
        d *= expit(self._shifted(scores))
        d[:, m] = d_all
        return d.reshape(scores.shape)

    def predict(self, scores: FloatArray) -> FloatArray:
        of_middle: FloatArray = self._shifted(scores)[:, self.middle]
        return of_middle

    def _shifted(self, scores: FloatArray) -> FloatArray:
        """Return z + a, of shape (n, L, K, ...), of scores (n, L K, ...)."""
        n, n_scores, *others = scores.shape
        shifts = self.shifts.reshape(-1, *[1] * (scores.ndim - 1)).astype(scores.dtype)
        shifted: FloatArray = scores.reshape(n, len(shifts), n_scores // len(shifts), *others)
        return shifted + shifts

    def _errors(self, scores: FloatArray, targets: Targets) -> tuple[FloatArray, FloatArray]:
        """Return r and the derivatives of its cost, (S, L, K, B) both; at a kink, their mean."""
        r = self.quantiles(scores) - targets[:, None]
        return r, np.heaviside(r, 0.5) - self.levels[:, None, None].astype(r.dtype)
