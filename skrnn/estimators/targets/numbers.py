"""Numbers, one or several: of sequences, or of steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.metrics import d2_pinball_score, r2_score

from skrnn.estimators.targets.target import Target
from skrnn.estimators.targets.units import Units
from skrnn.network.losses import REGRESSION_LOSSES, Quantile, RegressionLoss
from skrnn.sequences.arrays import as_floats
from skrnn.sequences.steps import check_number, take_apart
from skrnn.spec import resolve
from skrnn.training.dataset import Dataset
from skrnn.training.plan import NUMBERS, Habits
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Numbers(Target):
    """Numbers whose errors cost what the hyperparameter says, in `units` once these are learnt."""

    habits: ClassVar[Habits] = NUMBERS
    metric = staticmethod(r2_score)

    cost: str | RegressionLoss
    units: Units = None  # type: ignore[assignment]  # until they are learnt

    def after(self, earlier: Self) -> Self:
        if self.per_step != earlier.per_step:
            now, before = ("steps", "sequences") if self.per_step else ("sequences", "steps")
            raise ValueError(f"y has targets for {now}, but those of the fit were for {before}.")
        return replace(self, units=earlier.units)

    def check(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> FloatArray:
        if y is None:
            raise ValueError("A regressor requires y to be passed, but the target y is None.")
        if self.per_step:
            values = take_apart(y, lengths, width, "y", read=as_floats)
            if values.ndim > 2:
                raise ValueError(
                    f"y must have one or more numbers for each step, not {values.shape[1:]} values."
                )
            owners = np.repeat(np.arange(len(lengths)), lengths)
        else:
            values = as_floats(y, "y")
            if values.ndim not in {1, 2}:
                raise ValueError(
                    f"y has {values.ndim} dimensions. Expected (n_samples,), (n_samples, "
                    f"n_outputs), (n_samples, n_timesteps, n_outputs), or a list with an array for "
                    f"each sequence."
                )
            if len(lengths) == 1 < len(values) == lengths[0]:
                raise ValueError(
                    "X is one sequence, and y has a value for each of its steps: pass [y]."
                )
            check_number(len(values), len(lengths), "y")
            owners = np.arange(len(lengths))
        values = values.astype(np.float64, copy=False)
        check_numbers(values, there, owners, positive=self.loss.relative)
        return values

    def learn(self, rows: FloatArray, weights: FloatArray, all_targets: Any) -> Self:
        if self.units is None:
            return replace(self, units=Units.of(self.loss, rows, weights))
        self._check_shape(rows)
        if self.loss.relative != self.units.loss.relative:
            raise ValueError(
                f"loss={self.cost!r} measures targets in other units than those of the first fit "
                f"did. Set it back, or begin anew: fit with warm_start=False."
            )
        units = self.units.learn(rows, weights)
        # By which loss scores are read matters only where one makes something else of them.
        links = {type(self.loss).predict, type(units.loss).predict} - {RegressionLoss.predict}
        if links and self.loss != units.loss:
            units = replace(units, loss=self.loss)
        return self if units is self.units else replace(self, units=units)

    def encode(self, rows: FloatArray) -> FloatArray:
        self._check_shape(rows)
        return self.units.encode(rows)

    @property
    def n_outputs(self) -> int:
        return len(self.units.origin) * self.loss.n_scores

    @property
    def loss(self) -> RegressionLoss:
        return resolve(self.cost, REGRESSION_LOSSES).plain()

    def read(self, scores: FloatArray) -> FloatArray:
        return self.units.decode(scores)

    def explained(self, scores: FloatArray, outputs: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return predictions; what a loss makes of scores is differentiated by differences."""
        scores, K = scores.astype(np.float64), len(self.units.size)
        rows = np.arange(len(scores)), outputs
        slopes = np.zeros_like(scores)
        for first in range(0, scores.shape[1], K):
            step = np.zeros_like(scores)
            step[rows[0], first + outputs] = 1e-5
            rise = self.units.read(scores + step)[rows] - self.units.read(scores - step)[rows]
            slopes[rows[0], first + outputs] = rise / 2e-5 * self.units.size[outputs]
        return self.units.decode(scores).reshape(-1, K)[rows], slopes

    def quantiles(self, scores: FloatArray) -> FloatArray:
        """Return the quantiles (m, ..., L) that scores (m, L K) say."""
        return np.moveaxis(self.units.decode(scores, levels=True), 1, -1)

    def score(self, said: FloatArray, validation: Dataset) -> float:
        there = validation.weights.steps[:, 0] > 0
        if there.sum() < 2:
            raise ValueError(
                "early_stopping needs at least two targets to validate on, or R^2 is not defined. "
                "Raise validation_fraction, or give X_val and y_val."
            )
        said, loss = said[there], self.units.loss
        targets, weights = validation.targets.steps[there], validation.weights.steps[there, 0]
        if not isinstance(loss, Quantile):
            return float(self.metric(targets, self.units.read(said), sample_weight=weights))
        quantiles = self.units.read(said, levels=True)
        scores = [
            d2_pinball_score(targets, quantiles[:, i], sample_weight=weights, alpha=level)
            for i, level in enumerate(loss.levels)
        ]
        return float(np.mean(scores))

    def _check_shape(self, rows: FloatArray) -> None:
        """Compare the outputs with those of the fit."""
        if rows.shape[1:] != self.units.shape:
            raise ValueError(
                f"y has targets of shape {rows.shape[1:]}, but those of the fit had "
                f"{self.units.shape}."
            )


def check_numbers(
    y: FloatArray, there: npt.NDArray[np.bool_], owners: IntArray, *, positive: bool
) -> None:
    """
    Raise an error for the first target that is not finite or, if `positive`, below 0.

    `y` has shape (m,) or (m, K); `there` says which targets count, `owners` to which sequence each
    belongs, both of shape (m,).
    """
    values = y.reshape(len(y), -1)
    wrong = there[:, None] & ~np.isfinite(values)
    if wrong.any():
        row, output = np.argwhere(wrong)[0]
        value = "NaN" if np.isnan(values[row, output]) else "infinity"
        raise ValueError(f"y contains {value}: {place_of(y, row, owners, output)}.")
    negative = there[:, None] & (values < 0)
    if positive and negative.any():
        row, output = np.argwhere(negative)[0]
        raise ValueError(
            f"loss='poisson' needs y that is not negative, but it is {values[row, output]}: "
            f"{place_of(y, row, owners, output)}."
        )


def place_of(y: npt.NDArray[Any], row: int, owners: IntArray, output: int = 0) -> str:
    """Say where a target is."""
    owner = owners[row]
    at_step = f", time step {row - np.searchsorted(owners, owner)}"
    of_output = f", output {output}" if y.ndim > 1 else ""
    return f"sequence {owner}{at_step if len(owners) > owners[-1] + 1 else ''}{of_output}"
