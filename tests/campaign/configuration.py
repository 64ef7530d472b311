"""A configuration: an estimator, its data, and the form in which they are given."""

from copy import deepcopy
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

import skrnn
from skrnn import Quantile
from skrnn.estimators.constraints import takes_all_at_once
from tests.campaign.data import LABELS, OF_ROWS, Data


@dataclass(frozen=True, repr=False)
class Configuration:
    """
    All that a law needs, and all that a script has to say to repeat it.

    Of the sequences, which have `lengths`, the last `n_validation` are given to validate on, and
    the last `n_copies` before these are the first ones again. There are `n_values` classes, or
    numbers in a target; the latter have a mean and a deviation as `units` say.
    """

    estimator: str
    parameters: dict[str, Any]
    lengths: tuple[int, ...]
    seed: int
    form: str = "list"
    dtype: str = "float64"
    n_features: int = 1
    n_values: int = 2
    labels: str = "strings"
    per_step: bool = False
    weights: str = "none"
    n_copies: int = 0
    n_validation: int = 0
    units: tuple[float, float] = (0.0, 1.0)

    def __repr__(self) -> str:
        told = [
            f"    {field.name}={getattr(self, field.name)!r},\n"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        ]
        return f"Configuration(\n{''.join(told)})"

    def make(self, **changes: Any) -> Any:
        """Return the estimator, or one that differs from it."""
        return getattr(skrnn, self.estimator)(**deepcopy(self.parameters) | changes)

    def fit(self, data: Data | None = None, form: str | None = None, **changes: Any) -> Any:
        """Return an estimator after its fit."""
        return self.make(**changes).fit(**self.given(data, form))

    def given(self, data: Data | None = None, form: str | None = None) -> dict[str, Any]:
        """Return the arguments of `fit`, with what is given to validate on."""
        given = (data or self.data).given(form or self.form)
        if self.n_validation == 0:
            return given
        validation = self.validation.given(form or self.form)
        return given | {f"{name}_val": value for name, value in validation.items()}

    def said(self, model: Any, data: Data | None = None, form: str | None = None) -> Any:
        """Return probabilities or predictions, a row for each target."""
        X = (data or self.data).given(form or self.form)["X"]
        values = model.predict(X) if self.is_regressor else model.predict_proba(X)
        rows = self.in_a_row(values, form)
        return rows.reshape(len(rows), -1)

    def in_a_row(self, values: Any, form: str | None = None) -> Any:
        """Return what is said of sequences, or of all their steps one after the other."""
        step_by_step = self.is_regressor or (form or self.form) not in OF_ROWS
        return np.concatenate(list(values)) if self.per_step and step_by_step else values

    @cached_property
    def fitted(self) -> Any:
        """The estimator after its fit; not to be changed."""
        return self.fit()

    def copy_of_fitted(self) -> Any:
        """Return the estimator after its fit, to be changed."""
        return deepcopy(self.fitted)

    @cached_property
    def model(self) -> Any:
        """The estimator, to ask for its hyperparameters."""
        return self.make()

    @property
    def is_regressor(self) -> bool:
        """Whether targets are numbers."""
        return self.estimator == "RNNSequenceRegressor"

    def choose(self, *options: Any) -> Any:
        """Return one of some options, the same one each time."""
        return options[np.random.default_rng(self.seed).integers(len(options))]

    @property
    def is_tagger(self) -> bool:
        """Whether each step has a label."""
        return self.estimator == "RNNSequenceTagger"

    @property
    def is_single(self) -> bool:
        """Whether it computes in float32."""
        return self.dtype == "float32"

    @property
    def takes_steps(self) -> bool:
        """Whether the optimiser goes step by step, unlike L-BFGS."""
        return not takes_all_at_once(self.model)

    @property
    def ends_with_training(self) -> bool:
        """Whether the learning rate goes by `max_iter`."""
        schedule = self.model.schedule
        return schedule == "one_cycle" or "cosine" in str(schedule).lower()

    @property
    def is_balanced(self) -> bool:
        """Whether classes have weights that follow from y."""
        return self.parameters.get("class_weight") == "balanced"

    @property
    def every_step(self) -> bool:
        """Whether each step has a part in the loss."""
        return self.per_step or self.parameters.get("target_replication", 0) > 0

    @property
    def has_kinks(self) -> bool:
        """Whether the loss has no derivative at some places."""
        p = self.parameters
        is_max = p.get("readout") == "max"
        is_relu = "relu" in str(self.model.cell)
        return is_max or is_relu or p.get("loss") == "absolute_error" or self.learns_quantiles

    @property
    def learns_quantiles(self) -> bool:
        """Whether several quantiles are learnt, which early stopping scores by their own metric."""
        return isinstance(self.parameters.get("loss"), Quantile)

    @property
    def holds_out(self) -> bool:
        """Whether early stopping chooses sequences to hold out."""
        return self.model.early_stopping is True and self.n_validation == 0

    @property
    def validates(self) -> bool:
        """Whether a score on other sequences is watched."""
        return self.holds_out or self.n_validation > 0

    @property
    def data(self) -> Data:
        """What to train on."""
        return self._all.take(range(len(self.lengths) - self.n_validation))

    @property
    def validation(self) -> Data:
        """What to validate on, none of it without weight."""
        given = self._all.take(range(len(self.lengths) - self.n_validation, len(self.lengths)))
        weights = given.weights and [w + 1 for w in given.weights]
        return Data(given.x, given.y, weights, given.per_step)

    @cached_property
    def _all(self) -> Data:
        """Everything; the first targets have weight and all classes."""
        rng, n, k = np.random.default_rng(self.seed), len(self.lengths), self.n_values
        ends = np.cumsum(self.lengths)[:-1]
        x = rng.normal(size=(sum(self.lengths), self.n_features)).astype(self.dtype)
        x[rng.random(x.shape) < 0.1] = 0.0
        for feature in self.parameters.get("categorical_features", ()):
            x[:, feature] = np.round(x[:, feature])
        n_targets = len(x) if self.per_step else n
        if self.is_regressor:
            y: Any = self.units[0] + self.units[1] * rng.normal(size=(n_targets, k))
            if "oisson" in str(self.model.loss):
                y = self.units[1] * rng.poisson(2.0, size=(n_targets, k))
                y[0] += self.units[1]
            if k == 1 and not self.per_step:
                y = y[:, 0]
        else:
            codes = rng.integers(k, size=n_targets)
            codes[:k] = np.arange(k)
            y = LABELS[self.labels][codes]
        weights: Any = rng.integers(4, size=len(x)).astype(float)
        if self.weights != "whole":
            weights *= rng.uniform(0.5, 2.0, size=len(x))
        weights[:4] = 1.0
        weights = np.split(weights, ends) if self.weights == "of steps" else list(weights[:n])
        x = np.split(x, ends)
        y = np.split(y, ends) if self.per_step else list(y)
        last = n - self.n_validation
        for i in range(self.n_copies):
            for part in (x, y, weights):
                part[last - 1 - i] = part[i]
            x[last - 1 - i] = np.where(x[i] == 0, -x[i], x[i])  # which is the same
        return Data(x, y, None if self.weights == "none" else weights, self.per_step)
