"""The skeleton of every estimator: fit, predict and what they share."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from collections.abc import Callable
from copy import copy
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skrnn.estimators.callbacks import CallbackSupportMixin, with_callbacks
from skrnn.estimators.holdout import check_given, hold_out
from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.interface import SequenceInterface
from skrnn.estimators.limits import check_hyperparameters, check_targets_suit, is_auto
from skrnn.estimators.recipe import check_same_network, network_of, recipe_of, settle
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.versioned import Versioned
from skrnn.estimators.watch import Watch
from skrnn.network.compiled.engine import prepare
from skrnn.network.losses import Loss
from skrnn.network.parameters import Parameters
from skrnn.rules import Rules
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_rows
from skrnn.training.loop import Ending, train
from skrnn.training.plan import Habits, Plan
from skrnn.training.progress import Progress, Recipe
from skrnn.training.report import EpochLine, say
from skrnn.training.starts import best_of
from skrnn.types import FloatArray
from skrnn.version import __version__


@documented
class BaseSequenceEstimator(CallbackSupportMixin, Versioned, SequenceInterface):
    """
    A recurrent network behind scikit-learn's interface.

    A subclass adds what a target is: what is learnt of y, how many outputs that makes, what they
    cost, and what score early stopping watches.

    Attributes
    ----------
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was a data frame with string names.
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
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float or None
        The smallest training loss; None where a validation score was watched.
    loss_curve_ : list of float
        Loss plus penalty in each epoch, averaged over its batches as the weights moved.
    gradient_norm_curve_ : ndarray of shape (n_epochs, 2)
        Median and maximum, over each epoch's updates, of the gradient's norm before it was clipped
        as a whole or by value.
    clip_rate_curve_ : list of float
        Share of the updates in each epoch in which anything was clipped.
    validation_scores_ : list of float or None
        Score on the held-out sequences after each epoch, accuracy or R^2, weighted by sample and
        class weights; None where none was watched.
    best_validation_score_ : float or None
        That of `parameters_` on the last validation set.
    skrnn_version_ : str
        Version of skrnn in which it was last trained.
    """

    _rules: ClassVar[Rules]

    n_iter_: int
    _habits: ClassVar[Habits]
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

        Returns
        -------
        self
            The estimator, fitted.
        """
        with unchanged_on_error(self):  # around what takes callbacks down, which may fail too
            complaint = self._fit(X, y, sample_weight, (X_val, y_val, sample_weight_val))
            if complaint is not None:
                warnings.warn(complaint, ConvergenceWarning, stacklevel=2)
            return self

    @with_callbacks
    def _fit(
        self, X: Any, y: Any, sample_weight: Any, validation_set: tuple[Any, Any, Any]
    ) -> str | None:
        """Do what `fit` does, and return what there is to warn of."""
        check_hyperparameters(self, self._rules)
        n_before = self._n_epochs if self.warm_start else 0
        watch = Watch(
            self,
            (X, y, sample_weight),
            n_starts=1 if n_before else int(self.n_init),
            n_epochs=None if is_auto(self.max_iter) else int(self.max_iter),
            fitted=lambda progress: self._as_fitted(progress, n_before),
        )
        if not n_before and self._has_begun:
            del self._progress
        data = self._check(X, y, sample_weight)
        seed = self._seed()
        data, validation, margin = self._hold_out(data, seed, *validation_set)
        recipe = self._build(data, seed, n_before, margin)
        progress, complaint = self._train(recipe, data, validation, watch)
        self._publish(progress, n_before)
        watch.end(progress)
        return complaint

    def _fit_one_epoch(self, X: Any, y: Any, sample_weight: Any, all_targets: Any = None) -> None:
        """Begin, or go on with what an earlier call left, and train for one epoch."""
        check_hyperparameters(self, self._rules)
        if self.early_stopping not in (False, "auto"):
            raise ValueError(
                "partial_fit cannot be used with early_stopping=True: no call sees all the data "
                "from which to set some aside. Score the estimator between calls instead."
            )
        data = self._check(X, y, sample_weight, all_targets)
        n_before = self._n_epochs - self.n_iter_ if self._has_begun else 0
        recipe = self._build(data, self._seed())
        with EpochLine(data.n_steps, shown=self.verbose) as line:
            train(recipe, self._progress, data, 1, after_epoch=line.show)
        self._publish(self._progress, n_before)

    def _check(self, X: Any, y: Any, sample_weight: Any, all_targets: Any = None) -> Dataset:
        """Check the data; learn what X and y are like, as far as training does not know it."""
        begins = not self._has_begun
        sequences, targets, weights = self._check_data(X, y, sample_weight, reset=begins)
        check_targets_suit(self, per_step=self._per_step)
        self._learn_targets(targets, weights, all_targets)
        return self._encode(sequences, targets, weights)

    def _seed(self) -> int:
        """Return what all randomness follows from: drawn now, or when training began."""
        if self._has_begun:
            return self._progress.seed
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _build(self, data: Dataset, seed: int, n_before: int = 0, margin: float = 0.0) -> Recipe:
        """Make the network and the state of its training, or a copy of the state to go on with."""
        n_inputs, per_step = data.sequences.n_features, self._per_step
        network = network_of(self, n_inputs, self._n_outputs, per_step=per_step)
        if not (self._has_begun and hasattr(self, "_plan")):
            given = None if is_auto(self.batch_size) else int(self.batch_size)
            self._plan = Plan.of(data, self._habits, given)
        remark = prepare(network.engine, network.cell, data.sequences.steps.dtype)
        if remark is not None and self.verbose:
            say(remark)
        settled = settle(self, self._plan, n_before)
        self.batch_size_, self.learning_rate_ = settled.batch_size, settled.learning_rate
        self.schedule_, self.max_iter_ = settled.schedule, settled.horizon - n_before
        recipe = recipe_of(self, network, self._loss, settled, margin=margin)
        if self._has_begun:
            check_same_network(self.network_, network)
            self._progress = self._progress.copy()
            self._progress.go_on(recipe)
        else:
            self._progress = Progress.begin(recipe, seed, data.sequences.steps.dtype)
        self.network_ = network
        return recipe

    def _hold_out(
        self, data: Dataset, seed: int, X_val: Any, y_val: Any, sample_weight_val: Any
    ) -> tuple[Dataset, Dataset | None, float]:
        """Return what to train on, what to validate on, and what an improvement has to be."""
        given = check_given(X_val, y_val, sample_weight_val, allowed=bool(self.early_stopping))
        if given:
            try:
                checked = self._check_data(X_val, y_val, sample_weight_val, reset=False)
                return data, self._encode(*checked), 0.0
            except (TypeError, ValueError) as error:
                raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
        return hold_out(self, data, self._habits, seed, self._strata(data))

    def _strata(self, data: Dataset) -> Any:
        """Return the class of each sequence, if it has one, to hold out some of each."""
        return None

    def _train(
        self, recipe: Recipe, data: Dataset, validation: Dataset | None, watch: Watch
    ) -> tuple[Progress, str | None]:
        """Train from each beginning; return the best, and what there is to warn of."""
        first, dtype, max_iter = self._progress, data.sequences.steps.dtype, self.max_iter_
        score = None if validation is None else self._scorer(validation)

        def begin(start: int) -> Progress:
            return Progress.begin(recipe, first.seed, dtype, start)

        def run(progress: Progress) -> Ending:
            with watch.start(data.n_steps, max_iter, verbose=self.verbose) as after_epoch:
                ending = train(recipe, progress, data, max_iter, score, after_epoch)
            return Ending(None, interrupted=True) if watch.stopped else ending

        return best_of(first, watch.n_starts, begin, run)

    def _task(self, X: Any, y: Any) -> tuple[Recipe, Parameters, Dataset]:
        """Return how X and y would be learnt, from which parameters; to be called on a copy."""
        check_hyperparameters(self, self._rules)
        data = self._check(X, y, None)
        recipe = self._build(data, self._seed())
        return recipe, getattr(self, "parameters_", self._progress.parameters), data

    @property
    def _n_epochs(self) -> int:
        """Epochs so far."""
        return len(self._progress.monitor.loss_curve) if self._has_begun else 0

    @property
    def _has_begun(self) -> bool:
        """Whether there is a training to go on with."""
        return hasattr(self, "_progress")

    def _scorer(self, validation: Dataset) -> Callable[[Parameters], float]:
        """Return the function that scores parameters on a validation set."""

        def score(parameters: Parameters) -> float:
            said = predict_rows(self.network_, parameters, validation.sequences, self._decide)
            return self._validation_score(said, validation)

        return score

    def _as_fitted(self, progress: Progress, n_before: int) -> dict[str, Any]:
        """Return the attributes of an estimator that is trained as far as this."""
        fitted = copy(self)
        fitted._publish(progress.copy(), n_before)  # noqa: SLF001
        return dict(vars(fitted))

    def _publish(self, progress: Progress, n_before: int) -> None:
        """Keep a training, of which the last fit did not do the first epochs, and tell of it."""
        monitor = progress.monitor
        is_validated = len(monitor.validation_scores) > 0
        self._progress, self.skrnn_version_ = progress, __version__
        self.parameters_ = progress.best
        self.n_iter_ = len(monitor.loss_curve) - n_before
        self.t_ = progress.n_seen
        self.loss_curve_ = list(monitor.loss_curve)
        self.gradient_norm_curve_ = np.array(monitor.gradient_norms)
        self.clip_rate_curve_ = list(monitor.clip_rates)
        self.loss_ = monitor.loss_curve[-1]
        self.best_loss_ = None if is_validated else monitor.best_loss
        self.validation_scores_ = list(monitor.validation_scores) if is_validated else None
        self.best_validation_score_ = monitor.score_of_best

    @property
    @abstractmethod
    def _n_outputs(self) -> int:
        """K, which `_learn_targets` has told."""

    @property
    @abstractmethod
    def _loss(self) -> Loss:
        """What scores cost."""

    @abstractmethod
    def _learn_targets(self, targets: Any, weights: FloatArray, all_targets: Any) -> None:
        """Note what targets are like or will be: in the first call, or what it could not tell."""

    def _decide(self, scores: FloatArray) -> Any:
        """Return what the validation score is of, a row for each of scores (m, K)."""
        return scores

    @abstractmethod
    def _validation_score(self, said: Any, validation: Dataset) -> float:
        """Return the score that early stopping watches, of what `_decide` made of scores."""
