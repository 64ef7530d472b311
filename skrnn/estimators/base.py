"""The skeleton of every estimator: fit, predict and what they share."""

from __future__ import annotations

import warnings
from abc import ABC
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import fields
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
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.network.cells import CELLS
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.rules import InvalidParameterError, Rules
from skrnn.sequences.check import check_finite
from skrnn.sequences.sequences import Sequences
from skrnn.spec import Spec, resolve
from skrnn.training.clipping import Clipping
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_scores
from skrnn.training.loop import train
from skrnn.training.monitor import Monitor
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.progress import Progress, Recipe
from skrnn.training.report import print_epoch
from skrnn.types import FloatArray

_FAMILIES: dict[str, Mapping[str, type[Spec]]] = {"cell": CELLS, "optimizer": OPTIMIZERS}


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
            self._build(data.sequences)
            data, validation = self._hold_out(data, X_val, y_val, sample_weight_val)
            self.n_iter_ = self._train(data, validation, self.max_iter)
            self._publish()
        if self.n_iter_ == self.max_iter and not self._progress.monitor.is_done:
            warnings.warn(
                f"Training stopped at max_iter={self.max_iter} epochs, before more than "
                f"n_iter_no_change={self.n_iter_no_change} in a row failed to improve by "
                f"tol={self.tol:g}. Give it a larger max_iter, or a larger tol if this will do.",
                ConvergenceWarning,
                stacklevel=2,
            )
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
        self._build(data.sequences)
        n_epochs = self._train(data, None, n_epochs=1)
        self.n_iter_ = n_epochs if begins else self.n_iter_ + n_epochs
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

    def _build(self, sequences: Sequences) -> None:
        """Make the network and the state of its training, or a copy of the state to go on with."""
        cell = deepcopy(resolve(self.cell, CELLS))  # set_params must not reach a fitted network
        optimizer = deepcopy(resolve(self.optimizer, OPTIMIZERS))
        network = Network(
            cell=cell,
            n_inputs=sequences.n_features,
            layer_sizes=tuple(np.atleast_1d(self.hidden_layer_sizes).tolist()),
            n_outputs=self._n_outputs,
            bidirectional=bool(self.bidirectional),
            pooling=self.readout,
        )
        if hasattr(self, "_progress"):
            if network != self.network_:
                before, after = vars(self.network_), vars(network)
                changes = (
                    f"{field.name} was {before[field.name]!r} and is now {after[field.name]!r}"
                    for field in fields(Network)
                    if before[field.name] != after[field.name]
                )
                raise ValueError(
                    f"Training cannot go on with another network: {'; '.join(changes)}. Set "
                    f"warm_start=False to begin anew."
                )
            self._progress = deepcopy(self._progress)
            self._progress.go_on(optimizer, float(self.tol), self.n_iter_no_change)
            return
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        monitor = Monitor(float(self.tol), self.n_iter_no_change)
        self.network_ = network
        self._progress = Progress.begin(seed, network, optimizer, monitor, sequences.steps.dtype)

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

    def _train(self, data: Dataset, validation: Dataset | None, n_epochs: int) -> int:
        """Train, and return the number of epochs it took."""
        # Plain numbers: those of NumPy would bring their own precision into the arithmetic.
        k, threshold = self.truncation_length, self.clip_threshold
        recipe = Recipe(
            network=self.network_,
            truncation_length=None if k is None else int(k),
            target_replication=float(self.target_replication),
            dropout=float(self.dropout),
            clipping=Clipping(self.clip_by, None if threshold is None else float(threshold)),
            learning_rate=float(self.learning_rate),
            alpha=float(self.alpha),
            batch_size=200 if self.batch_size == "auto" else int(self.batch_size),
            shuffle=self.shuffle,
        )
        score = None if validation is None else self._scorer(validation)
        report = print_epoch if self.verbose else None
        n_before = len(self._progress.monitor.loss_curve)
        train(recipe, self._progress, data, n_epochs, score, report)
        return len(self._progress.monitor.loss_curve) - n_before

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
        self.loss_ = monitor.loss_curve[-1]
        self.best_loss_ = None if self.early_stopping else monitor.best_loss
        self.validation_scores_ = list(monitor.validation_scores) if self.early_stopping else None
        self.best_validation_score_ = monitor.best_score if self.early_stopping else None

    def _scores(self, X: Any) -> FloatArray:
        """Return the network's output for each sequence of X, of shape (n_samples, K)."""
        check_is_fitted(self)
        sequences = self._check_sequences(X, reset=False)
        return predict_scores(self.network_, self.parameters_, sequences)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
