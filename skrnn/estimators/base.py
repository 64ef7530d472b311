"""The skeleton of every estimator: fit, predict and what they share."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.advice import advise
from skrnn.estimators.callbacks import CallbackSupportMixin, with_callbacks
from skrnn.estimators.constraints import check_hyperparameters, check_targets_suit, is_auto
from skrnn.estimators.doors import OpenDoors
from skrnn.estimators.fitted import attributes_of
from skrnn.estimators.formats import Versioned
from skrnn.estimators.holdout import hold_out, refuse_hold_out
from skrnn.estimators.hyperparameters import Hyperparameters, documented
from skrnn.estimators.resolved import check_same_network, recipe_of
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.scoring import judge_of
from skrnn.estimators.stream import Streamable
from skrnn.estimators.targets.target import Target
from skrnn.estimators.watch import Watch
from skrnn.estimators.x_format import XFormat, as_container, width_of
from skrnn.network.compiled.engine import prepare
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sample_weight import check_sample_weight
from skrnn.sequences.sequences import Sequences
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_rows
from skrnn.training.loop import train
from skrnn.training.plan import Plan
from skrnn.training.progress import Progress, Recipe
from skrnn.training.report import EpochLine, say, worker
from skrnn.types import FloatArray


@documented
class BaseSequenceEstimator(
    CallbackSupportMixin, Versioned, Streamable, OpenDoors, Hyperparameters, ABC
):
    """
    A recurrent network behind scikit-learn's interface.

    A subclass says which kind of target it takes, and how it is called.

    Attributes
    ----------
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was a data frame with string names.
    x_format_, target_ : XFormat and Target
        What X was like when training began, and what was learnt of y: classes, or units.
    network_ : Network
        What was trained: cell, layer sizes, numbers of inputs and outputs.
    parameters_ : Parameters
        Its weights by name, for instance ``parameters_["layer_0.recurrent_weights"]``: a mapping
        whose arrays are views.
    n_iter_ : int
        Epochs of the last `fit`, plus one for each later `partial_fit`.
    t_ : int
        Sequences seen in training, each as often as it was; with `n_init`, by the fit that is kept.
    batch_size_, learning_rate_, schedule_, max_iter_ : int, float, Schedule and int
        What these hyperparameters came to. Where they are "auto", the data decide with which
        training began; `partial_fit` and warm starts go on with it.
    loss_, best_loss_ : float
        Training loss of the last epoch, and the smallest: None where a score was watched.
    loss_curve_ : list of float
        Loss plus penalty in each epoch, averaged over its batches as the weights moved.
    gradient_norm_curve_ : ndarray of shape (n_epochs, 2)
        Median and maximum, over each epoch's updates, of the gradient's norm before it was clipped
        as a whole or by value.
    clip_rate_curve_ : list of float
        Share of the updates in each epoch in which anything was clipped.
    validation_scores_, validation_loss_curve_ : list of float or None
        Score, by `scoring`, and loss, without penalty, on the held-out sequences after each epoch,
        weighted by sample and class weights; None where none was watched.
    best_validation_score_ : float or None
        That of `parameters_` on the last validation set.
    skrnn_version_ : str
        Version of skrnn in which it was last trained.
    """

    __metadata_request__fit: ClassVar[dict[str, bool]] = {"groups": False}  # a splitter's, mostly

    network_: Network
    parameters_: Parameters
    n_iter_: int
    x_format_: XFormat
    _target: Target
    _plan: Plan
    _progress: Progress  # there from the first fit on: all that is needed to go on with it

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
        groups: Any = None,
    ) -> Self:
        """
        Train the network; if that fails, the estimator is left as it was.

        From scikit-learn 1.9 on, callbacks that `set_callbacks` was given are told of the fit, of
        each epoch (the task "epoch") and, with several of them, of each start (the task "start").

        Ctrl-C in a later epoch than the first ends training with the epochs before, and a warning
        says so. At any other time it makes the fit fail.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays
            Their targets, in any form that the class accepts.
        sample_weight : array-like of shape (n_samples,), or like y, default=None
            Their weights; None means 1 for each. With targets for steps, a sequence's weight is
            that of each of its steps, or steps have their own; a step of weight 0 has no target,
            whatever y says. In full batches (`batch_size` at least n_samples) and without class
            weights, a whole weight equals as many copies of the sequence, bit for bit, unless early
            stopping chooses what to hold out.
        X_val, y_val : like X and y, default=None
            What early stopping shall watch, instead of a fraction of X. In a search, scikit-learn
            cuts fit parameters that are as long as X into folds; give another number.
        sample_weight_val : like sample_weight, default=None
            Weights of the targets in y_val.
        groups : array-like of shape (n_samples,), default=None
            Which sequences belong together, such as those of a patient: early stopping holds out
            whole groups of X. Pipelines and searches route them as metadata, after
            ``set_fit_request(groups=True)``. Where X is not divided, they play no part.

        Returns
        -------
        self
            The estimator, fitted.
        """
        with unchanged_on_error(self):  # around what takes callbacks down, which may fail too
            complaint = self._fit(X, y, sample_weight, groups, (X_val, y_val, sample_weight_val))
            if complaint is not None:
                warnings.warn(complaint, ConvergenceWarning, stacklevel=2)
            return self

    @with_callbacks
    def _fit(
        self, X: Any, y: Any, sample_weight: Any, groups: Any, validation_set: tuple[Any, Any, Any]
    ) -> str | None:
        """Do what `fit` does, and return what there is to warn of."""
        check_hyperparameters(self)
        n_before = self._progress.n_epochs if self.warm_start and self._has_begun else 0
        watch = Watch(
            self,
            (X, y, sample_weight),
            n_starts=1 if n_before else int(self.n_init),
            n_epochs=None if is_auto(self.max_iter) else int(self.max_iter),
            fitted=lambda progress: vars(self) | attributes_of(progress.copy(), n_before),
        )
        if not n_before and self._has_begun:
            del self._progress
        data = self._check(X, y, sample_weight)
        seed = self._seed()
        data, held_out, margin = hold_out(
            self, data, (X, y, groups), self._target, seed, validation_set, self._check_given
        )
        recipe = self._build(data, seed, n_before, margin)
        judge = None if held_out is None else judge_of(self, self._target, held_out)
        progress, complaint = watch.train(
            recipe, self._progress, data, self.max_iter_, judge, verbose=self.verbose
        )
        self.__dict__ |= attributes_of(progress, n_before)
        watch.end(progress)
        return complaint

    def _fit_one_epoch(self, X: Any, y: Any, sample_weight: Any, all_targets: Any = None) -> None:
        """Begin, or go on with what an earlier call left, and train for one epoch."""
        check_hyperparameters(self)
        refuse_hold_out(self)
        data = self._check(X, y, sample_weight, all_targets)
        n_before = self._progress.n_epochs - self.n_iter_ if self._has_begun else 0
        recipe = self._build(data, self._seed())
        with EpochLine(worker(), shown=self.verbose) as line:
            train(recipe, self._progress, data, 1, after_epoch=line.show)
        self.__dict__ |= attributes_of(self._progress, n_before)

    def _check(self, X: Any, y: Any, sample_weight: Any, all_targets: Any = None) -> Dataset:
        """Check the data; learn what X and y are like, as far as training does not know it."""
        begins = not self._has_begun
        if not begins:
            names = getattr(self, "feature_names_in_", None)
            self.x_format_.check_selection(self.categorical_features, names)
        sequences, target, rows, weights = self._check_data(X, y, sample_weight, reset=begins)
        check_targets_suit(self, per_step=target.per_step)
        there = target.there(weights)
        self._target = target.learn(rows[there], weights[there], all_targets)
        if self._target is not target and not begins:
            self._progress = self._progress.copy()
            self._progress.monitor.forget()  # losses in other units
        return self._target.dataset(sequences, rows, weights)

    def _check_data(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool
    ) -> tuple[Sequences, Target, Any, FloatArray]:
        """Return X as sequences, the kind of target, and y and weights with a row for each."""
        X = as_container(X)
        if reset:
            self.x_format_, sequences = XFormat.learn(
                self, X, self.n_step_features, self.categorical_features
            )
            advise(self, X, sequences)
        else:
            sequences = self.x_format_.check(self, X)
        target = self._target_of(y := as_sequences(y))
        if not reset:
            target = target.after(self._target)
        lengths, width = sequences.lengths, width_of(X)
        weights = check_sample_weight(sample_weight, lengths, width, per_step=target.per_step)
        if reset:
            self.x_format_, sequences = self.x_format_.with_categories(sequences, weights)
        return sequences, target, target.check(y, lengths, width, target.there(weights)), weights

    @abstractmethod
    def _target_of(self, y: Any) -> Target:
        """Return the kind of target that y holds, by the hyperparameters."""

    def _seed(self) -> int:
        """Return what all randomness follows from: drawn now, or when training began."""
        if self._has_begun:
            return self._progress.seed
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _build(self, data: Dataset, seed: int, n_before: int = 0, margin: float = 0.0) -> Recipe:
        """Make the network and the state of its training, or a copy of the state to go on with."""
        if not (self._has_begun and hasattr(self, "_plan")):
            given = None if is_auto(self.batch_size) else int(self.batch_size)
            self._plan = Plan.of(data, self._target.habits, given)
        n_inputs = data.sequences.n_features
        recipe = recipe_of(self, n_inputs, self._target, self._plan, n_before, margin=margin)
        self.batch_size_, self.learning_rate_ = recipe.batch_size, recipe.learning_rate
        self.schedule_, self.max_iter_ = recipe.schedule, recipe.horizon - n_before
        remark = prepare(recipe.network.engine, recipe.network.cell, data.sequences.steps.dtype)
        if remark is not None and self.verbose:
            say(remark)
        if self._has_begun:
            check_same_network(self.network_, recipe.network)
            self._progress = self._progress.copy()
            self._progress.go_on(recipe)
        else:
            self._progress = Progress.begin(recipe, seed, data.sequences.steps.dtype)
        self.network_ = recipe.network
        return recipe

    def _check_given(self, X: Any, y: Any, sample_weight: Any) -> Dataset:
        """Check a validation set, of which nothing is learnt."""
        sequences, target, rows, weights = self._check_data(X, y, sample_weight, reset=False)
        return target.dataset(sequences, rows, weights)

    @property
    def _has_begun(self) -> bool:
        """Whether there is a training to go on with."""
        return hasattr(self, "_progress")

    @property
    def target_(self) -> Any:
        """What was learnt of y, and what scores say of it."""
        check_is_fitted(self)
        return self._target

    def _predict(self, X: Any, read: Callable[[FloatArray], Any]) -> Any:
        """Return what a function makes of the scores, in the form of X where steps have some."""
        has_time = self.target_.has_time
        sequences, in_form = self.x_format_.read(self, X)
        rows = predict_rows(self.__skrnn_network__, self.parameters_, sequences, read)
        return in_form(rows) if has_time else rows

    def _score(self, X: Any, y: Any, sample_weight: Any) -> float:
        """Return what the metric of the target says of predictions."""
        check_is_fitted(self)
        sequences, target, *of_y = self._check_data(X, y, sample_weight, reset=False)
        return target.rate(self.__skrnn_network__, self.parameters_, sequences, *of_y)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        chosen = self.categorical_features
        # Whether X is such that "from_dtype" finds any, no tag can tell.
        tags.input_tags.allow_nan = not isinstance(chosen, str | None) and np.size(chosen) > 0
        return tags
