"""The skeleton of every estimator: fit, predict and what they share."""

from __future__ import annotations

import warnings
from abc import ABC
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.data import (
    as_container,
    check_sample_weight,
    check_sequences,
    has_rows,
    rank_mismatch,
)
from skrnn.estimators.holdout import split
from skrnn.estimators.hyperparameters import RULES, check_hyperparameters
from skrnn.estimators.recipe import check_same_network, network_of, recipe_of
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.network.cells import CELLS
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.rules import InvalidParameterError, Rules
from skrnn.sequences.check import check_finite
from skrnn.sequences.sequences import Sequences
from skrnn.spec import Spec
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_scores
from skrnn.training.loop import train
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.progress import Progress, Recipe
from skrnn.training.report import print_epoch
from skrnn.training.schedules import SCHEDULES
from skrnn.training.starts import best_of
from skrnn.types import FloatArray

_FAMILIES: dict[str, Mapping[str, type[Spec]]] = {
    "cell": CELLS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}


class BaseSequenceEstimator(BaseEstimator, ABC):
    """
    A recurrent network behind scikit-learn's interface.

    A subclass stores the hyperparameters and says what a target is: how y is encoded and weighed,
    how many outputs that makes, and what score early stopping watches.
    """

    _rules: ClassVar[Rules] = RULES

    network_: Network
    parameters_: Parameters
    n_iter_: int
    _progress: Progress  # there from the first fit on: all that is needed to go on with it
    _fitted_on_rows: bool

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """
        Train the network; if that fails, the estimator is left as it was.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like of shape (n_samples,)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights; None means 1 for each. In full batches (`batch_size` at least
            n_samples) and without `class_weight`, a whole weight equals as many copies of the
            sequence, bit for bit, unless early stopping chooses what to hold out.
        X_val, y_val : like X and y, default=None
            With ``early_stopping=True``: what to watch, instead of a fraction of X. In a search,
            scikit-learn cuts fit parameters that are as long as X into folds; give another number.
        sample_weight_val : array-like, default=None
            Weights of the sequences in X_val.

        Returns
        -------
        self
            The estimator, fitted.
        """
        with unchanged_on_error(self):
            if not self.warm_start and hasattr(self, "_progress"):
                del self._progress
            data = self._check(X, y, sample_weight)
            recipe = self._build(data.sequences, self._n_epochs + int(self.max_iter))
            data, validation = self._hold_out(data, X_val, y_val, sample_weight_val)
            complaint = self._train(recipe, data, validation)
            self._publish()
        if complaint is not None:
            warnings.warn(complaint, ConvergenceWarning, stacklevel=2)
        return self

    def set_params(self, **params: Any) -> Self:
        """
        Change hyperparameters; ``optimizer__beta_1`` and ``cell__update_bias`` reach into objects.

        Parameters
        ----------
        **params
            New values by name.

        Returns
        -------
        self
            The estimator.
        """
        for name in params:
            outer, _, inner = name.partition("__")
            value = params.get(outer, getattr(self, outer, None))
            if inner and isinstance(value, str) and value in _FAMILIES.get(outer, {}):
                raise InvalidParameterError(
                    f"{name!r} needs an object to change, but {outer} is {value!r}. Give "
                    f"{outer}={_FAMILIES[outer][value].__name__}() first."
                )
        super().set_params(**params)
        return self

    def _fit_one_epoch(self, X: Any, y: Any, sample_weight: Any, all_targets: Any) -> None:
        """Begin, or go on with what an earlier call left, and train for one epoch."""
        if self.early_stopping:
            raise ValueError(
                "partial_fit cannot be used with early_stopping=True: no call sees all the data "
                "from which to set some aside. Score the estimator between calls instead."
            )
        data = self._check(X, y, sample_weight, all_targets)
        begins = not hasattr(self, "_progress")
        recipe = self._build(data.sequences, int(self.max_iter))
        train(recipe, self._progress, data, 1, report=print_epoch if self.verbose else None)
        self.n_iter_ = 1 if begins else self.n_iter_ + 1
        self._publish()

    def _check(self, X: Any, y: Any, sample_weight: Any, all_targets: Any = None) -> Dataset:
        """Check hyperparameters and data; learn what X and y are like unless training goes on."""
        check_hyperparameters(self, self._rules)
        begins = not hasattr(self, "_progress")
        targets = self._check_targets(y)
        if begins:
            known = targets if all_targets is None else self._check_targets(all_targets)
            self._learn_targets(known)
        return self._check_data(X, targets, sample_weight, reset=begins)

    def _check_data(self, X: Any, targets: Any, sample_weight: Any, *, reset: bool) -> Dataset:
        """Return X, checked targets and weights as arrays that training understands."""
        sequences = self._check_sequences(X, reset=reset)
        encoded = self._encode(targets)
        if len(encoded) != len(sequences):
            raise ValueError(f"X has {len(sequences)} sequences, but y has {len(encoded)} targets.")
        weights = check_sample_weight(sample_weight, len(sequences))
        return Dataset(sequences, encoded, self._weigh(encoded, weights))

    def _check_sequences(self, X: Any, *, reset: bool) -> Sequences:
        """Return X as sequences, in the rank, width and precision of the fit unless that is new."""
        X = as_container(X)
        if reset:
            sequences = check_sequences(self, X, int(self.n_step_features), reset=True)
            self._fitted_on_rows = has_rows(X)
            return sequences
        if has_rows(X) != self._fitted_on_rows:
            raise ValueError(f"{type(self).__name__} {rank_mismatch(X)}")
        sequences = check_sequences(self, X, self.network_.n_inputs, reset=False)
        dtype = self._progress.parameters.flat.dtype
        if sequences.steps.dtype == dtype:
            return sequences
        sequences = sequences.astype(dtype)
        check_finite(sequences)  # what is finite in float64 need not be so in float32
        return sequences

    def _build(self, sequences: Sequences, horizon: int) -> Recipe:
        """Make the network and the state of its training, or a copy of the state to go on with."""
        network = network_of(self, sequences.n_features, self._n_outputs)
        recipe = recipe_of(self, network, horizon)
        if hasattr(self, "_progress"):
            check_same_network(self.network_, network)
            self._progress = deepcopy(self._progress)
            self._progress.go_on(recipe)
        else:
            self.network_ = network
            seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
            self._progress = Progress.begin(recipe, seed, sequences.steps.dtype)
        return recipe

    def _hold_out(
        self, data: Dataset, X_val: Any, y_val: Any, sample_weight_val: Any
    ) -> tuple[Dataset, Dataset | None]:
        """Return what to train on and what to validate on."""
        given = X_val is not None
        if given != (y_val is not None) or (sample_weight_val is not None and not given):
            raise ValueError(
                "X_val and y_val must be given together; sample_weight_val, with them."
            )
        if given and not self.early_stopping:
            raise ValueError("X_val and y_val need early_stopping=True; they serve nothing else.")
        if given:
            try:
                targets = self._check_targets(y_val)
                return data, self._check_data(X_val, targets, sample_weight_val, reset=False)
            except ValueError as error:
                raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
        if not self.early_stopping:
            return data, None
        return split(data, float(self.validation_fraction), self._progress.seed)

    def _train(self, recipe: Recipe, data: Dataset, validation: Dataset | None) -> str | None:
        """Train, from several beginnings unless one goes on; return what there is to warn of."""
        first, n_before, max_iter = self._progress, self._n_epochs, int(self.max_iter)
        dtype = data.sequences.steps.dtype
        score = None if validation is None else self._scorer(validation)
        report = print_epoch if self.verbose else None
        self._progress, complaint = best_of(
            first,
            n_starts=1 if n_before else int(self.n_init),
            begin=lambda start: Progress.begin(recipe, first.seed, dtype, start),
            run=lambda progress: train(recipe, progress, data, max_iter, score, report),
        )
        self.n_iter_ = self._n_epochs - n_before
        return complaint

    def _task(self, X: Any, y: Any) -> tuple[Recipe, Parameters, Dataset]:
        """Return how X and y would be learnt, from which parameters; to be called on a copy."""
        data = self._check(X, y, None)
        recipe = self._build(data.sequences, int(self.max_iter))
        return recipe, getattr(self, "parameters_", self._progress.parameters), data

    @property
    def _n_epochs(self) -> int:
        """Epochs so far."""
        return len(self._progress.monitor.loss_curve) if hasattr(self, "_progress") else 0

    def _scorer(self, validation: Dataset) -> Callable[[Parameters], float]:
        """Return the function that scores parameters on a validation set."""

        def score(parameters: Parameters) -> float:
            scores = predict_scores(self.network_, parameters, validation.sequences)
            value: float = self._validation_score(scores, validation)
            return value

        return score

    def _publish(self) -> None:
        """Set the public attributes that tell of the training."""
        monitor = self._progress.monitor
        self.parameters_ = self._progress.best
        self.t_ = self._progress.n_seen
        self.loss_curve_ = list(monitor.loss_curve)
        self.gradient_norm_curve_ = np.array(monitor.gradient_norms)
        self.clip_rate_curve_ = list(monitor.clip_rates)
        self.loss_ = monitor.loss_curve[-1]
        self.best_loss_ = None if self.early_stopping else monitor.best_loss
        self.validation_scores_ = list(monitor.validation_scores) if self.early_stopping else None
        self.best_validation_score_ = monitor.best_score if self.early_stopping else None

    def _scores(self, X: Any) -> FloatArray:
        """Return the network's output for each sequence of X, of shape (n_samples, K)."""
        self._check_fitted()
        sequences = self._check_sequences(X, reset=False)
        return predict_scores(self.network_, self.parameters_, sequences)

    def _check_fitted(self) -> None:
        check_is_fitted(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
