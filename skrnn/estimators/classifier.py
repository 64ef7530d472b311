"""A classifier of sequences: one label for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils.metaestimators import available_if

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.hyperparameters import RULES, takes_steps
from skrnn.estimators.labels import check_classes, check_labels, encode_labels, weigh_classes
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.network.cells import Cell
from skrnn.network.losses import log_softmax
from skrnn.rules import NOTHING, Rules, among, instance
from skrnn.training.dataset import Dataset
from skrnn.training.optimizer import Optimizer
from skrnn.training.schedules import Schedule
from skrnn.types import FloatArray, IntArray


class RNNSequenceClassifier(ClassifierMixin, BaseSequenceEstimator):
    """
    A recurrent network that reads a sequence and names its class.

    The network takes one time step after another; a linear map of the state after the last one, or
    of a summary of all states, gives the probabilities through softmax. The cross-entropy is
    minimised by backpropagation through time: the gradients of the shared weights are summed over
    the steps.

    X may have any of these forms:

    - 2-D of shape (n_samples, n_timesteps * n_step_features), array or data frame: each row is one
      sequence, a step's features next to each other. `n_step_features` says how many there are.
    - 3-D of shape (n_samples, n_timesteps, n_features).
    - 3-D whose sequences end in time steps that are NaN in every feature: padding, ignored.
    - A list or an object array of arrays of shape (n_timesteps_i, n_features). An item of one
      dimension is a sequence with one feature.

    The network computes in float32 if the first X it is fitted on has that type, else in float64.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each recurrent layer, from the input upwards.
    cell : {"elman", "gru", "lstm"} or Cell, default="gru"
        The kind of recurrence. The cells with gates, GRU and LSTM, remember for longer; an Elman
        cell is two to four times as fast. An object such as ``GRU(update_bias=Chrono(100))`` sets
        details, which a search reaches as ``cell__update_bias``.
    bidirectional : bool, default=False
        Whether every layer also reads each sequence from its end to its beginning, with as many
        units again. Prediction then needs memory for whole sequences, and `truncation_length` must
        be None, `checkpoint` False.
    readout : {"last", "mean", "max"}, default="last"
        What the class is read off: the top layer's state after the last step, or the mean or
        maximum of its states. The direction that reads backwards takes its last step at the
        beginning of the sequence.
    target_replication : float, default=0.0
        Part w, in [0, 1], of a sequence's loss that is the average over all its steps of the cost
        of what would be read off there, had the sequence ended; the rest, 1 - w, is the cost at
        the last step. With `bidirectional`, "there" is after as many steps of each direction.
    dropout : float, default=0.0
        Share, in [0, 1), of each layer's outputs that training hides from the layer above or the
        readout: for each sequence anew, the same ones at all its steps. None in prediction.
    truncation_length : int or None, default=None
        Steps through which the gradient flows back and for which activations are kept; None is
        full backpropagation. States before them, and what "mean" and "max" have gathered, count as
        constants. Without target replication, these are the last steps of each sequence. With it,
        windows of so many steps cover the sequence, with an update for each: the last one ends
        with the sequence, and the first is shorter if need be. Such windows bound memory, but take
        about a third more time than full backpropagation, as the state goes on with new weights.
    truncation_stride : int or None, default=None
        With target replication, steps from one window to the next, at most `truncation_length`;
        None for as many. The cost of a step counts once, in the first window that has it. So a
        smaller stride lets the gradient of every step reach further back, and takes about
        ``truncation_length / truncation_stride`` times as long; 1 is the textbook's loop.
    checkpoint : bool or int, default=False
        After how many steps to keep the network's state; all else is computed again in the
        backward pass. True is the root of the number of steps. The gradient is the same, bit for
        bit; long sequences take a fraction of the memory and about a third more time. Not for
        `bidirectional`.
    clip_threshold : float or None, default=1.0
        Size at which gradients are clipped; None for never. The default is there so that a single
        exploding gradient does not undo a fit.
    clip_by : {"norm", "step_norm", "value"}, default="norm"
        What is held to the threshold: the norm of the whole gradient; for each sequence and step,
        the norm of its loss's gradient with respect to the hidden state, but not to an LSTM's
        memory; or each element.
    optimizer : {"adam", "adamw", "lbfgs", "rmsprop", "sgd"} or Optimizer, default="adam"
        The rule of the update. An object such as ``Adam(beta_1=0.8)`` sets its details, and these
        can be searched as ``optimizer__beta_1``. "lbfgs" takes all sequences at once, which suits
        small data; see `LBFGS` for what it leaves aside.
    learning_rate : float, default=1e-3
        Size of an update.
    schedule : {"adaptive", "constant", "cosine", "inverse_scaling", "one_cycle"} or Schedule, \
default="constant"
        What becomes of the learning rate. "cosine" and "one_cycle" end with `max_iter`: choose it
        with care, and `n_iter_no_change` large enough not to end training before. A warm start
        moves their end to where it ends itself. An object such as ``OneCycle(rise=0.1)`` sets
        details.
    alpha : float, default=1e-4
        L2 penalty on the weights, not the biases; divided by the batch's sum of weights.
    batch_size : int or "auto", default="auto"
        Sequences in an update, at most; "auto" is 200. Batches are as equal in size as can be and
        hold sequences of similar length.
    max_iter : int, default=200
        Epochs, at most.
    shuffle : bool, default=True
        Whether every epoch forms new batches. Without it, they are neighbours in X.
    tol : float, default=1e-4
        Improvement of the loss, or of the validation score, that counts as one.
    n_iter_no_change : int, default=10
        Training stops after more than this many epochs in a row without an improvement.
    n_init : int, default=1
        How often to begin from other initial weights. The fit with the best validation score is
        kept, or that with the smallest last training loss, and all attributes are its own; one that
        diverges is passed over. A warm start and `partial_fit` go on with one.
    early_stopping : bool, default=False
        Whether to watch the accuracy on held-out sequences instead of the training loss, and keep
        the best epoch. On few sequences it may rest before it rises: raise `n_iter_no_change`.
    validation_fraction : float, default=0.1
        Share of the sequences that early stopping holds out, unless `fit` is given some.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights; "balanced" is inverse to frequency in y.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns.
    warm_start : bool, default=False
        Whether `fit` goes on where the last one ended, optimiser and all (but for L-BFGS, which
        forgets), or begins anew. What changes the network (cell, layers, directions, readout) must
        not change in between; another optimiser begins with an empty memory.
    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the order of sequences, the dropout and the validation split.
        An int makes fits repeatable, bit for bit.
    verbose : bool, default=False
        Whether to print a line after each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, where X was a data frame with string names.
    network_ : Network
        What was trained: cell, layer sizes, numbers of inputs and outputs.
    parameters_ : Parameters
        Its weights by name, for instance ``parameters_["layer_0.recurrent_weights"]``.
    n_iter_ : int
        Epochs of the last `fit`, plus one for each later `partial_fit`.
    t_ : int
        Sequences seen in training, each as often as it was; with `n_init`, by the fit that is kept.
    loss_ : float
        Training loss of the last epoch.
    best_loss_ : float or None
        The smallest training loss; None with early stopping.
    loss_curve_ : list of float
        Cross-entropy plus penalty in each epoch, averaged over its batches as the weights moved.
    gradient_norm_curve_ : ndarray of shape (n_epochs, 2)
        Median and maximum, over the updates of each epoch, of the norm of the gradient before it
        was clipped as a whole or by value.
    clip_rate_curve_ : list of float
        Share of the updates in each epoch in which anything was clipped.
    validation_scores_ : list of float or None
        Accuracy on the held-out sequences after each epoch, weighted by `sample_weight` and
        `class_weight`; None without early stopping.
    best_validation_score_ : float or None
        That of `parameters_` on the last validation set.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the
    IEEE 78, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(n, 2)) for n in rng.integers(5, 15, size=100)]
    >>> y = ["up" if x[0, 0] > 0 else "down" for x in X]  # decided by the first step
    >>> model = RNNSequenceClassifier(32, learning_rate=0.01, tol=0.001, random_state=0)
    >>> model.fit(X, y).predict(X[:3])
    array(['up', 'down', 'down'], dtype='<U4')
    """

    _rules: ClassVar[Rules] = {
        **RULES,
        "class_weight": (among(["balanced"]), instance(dict), NOTHING),
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (64,),
        *,
        cell: str | Cell = "gru",
        bidirectional: bool = False,
        readout: str = "last",
        target_replication: float = 0.0,
        dropout: float = 0.0,
        truncation_length: int | None = None,
        truncation_stride: int | None = None,
        checkpoint: bool | int = False,
        clip_threshold: float | None = 1.0,
        clip_by: str = "norm",
        optimizer: str | Optimizer = "adam",
        learning_rate: float = 1e-3,
        schedule: str | Schedule = "constant",
        alpha: float = 1e-4,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int = 200,
        shuffle: bool = True,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        n_init: int = 1,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        class_weight: dict[Any, float] | Literal["balanced"] | None = None,
        n_step_features: int = 1,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.cell = cell
        self.bidirectional = bidirectional
        self.readout = readout
        self.target_replication = target_replication
        self.dropout = dropout
        self.truncation_length = truncation_length
        self.truncation_stride = truncation_stride
        self.checkpoint = checkpoint
        self.clip_threshold = clip_threshold
        self.clip_by = clip_by
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.n_init = n_init
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.class_weight = class_weight
        self.n_step_features = n_step_features
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    @available_if(takes_steps)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """
        Train for one epoch, beginning or going on with everything as it was.

        Called with the same data as often as `fit` takes epochs, with the same `max_iter` and an
        int as `random_state`, it gives the same model, bit for bit; `n_init` has no part in it.
        Early stopping and balanced classes, which need all data at once, are refused; with
        ``optimizer="lbfgs"``, there is no such method.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like of shape (n_samples,)
            Their labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights; None means 1 for each.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call may bring. Needed in the first call, unless `fit` was called.

        Returns
        -------
        self
            The estimator. If training fails, it is left as it was.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' cannot be used with partial_fit: no call sees all of y. "
                "Give class_weight as a dict, for instance from sklearn.utils.class_weight."
            )
        check_classes(classes, self.classes_ if hasattr(self, "_progress") else None)
        with unchanged_on_error(self):
            self._fit_one_epoch(X, y, sample_weight, classes)
        return self

    def predict(self, X: Any) -> Any:
        """
        Name the most probable class of each sequence.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, of the rank that `fit` saw.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels.
        """
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

    def predict_proba(self, X: Any) -> FloatArray:
        """
        Return the probability of each class.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, of the rank that `fit` saw.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probabilities, in the order of `classes_`.
        """
        probabilities: FloatArray = np.exp(self.predict_log_proba(X))
        return probabilities

    def predict_log_proba(self, X: Any) -> FloatArray:
        """
        Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, of the rank that `fit` saw.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Log probabilities, in the order of `classes_`.
        """
        return log_softmax(self._scores(X).T).T

    def decision_function(self, X: Any) -> FloatArray:
        """
        Return the scores that softmax turns into probabilities.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, of the rank that `fit` saw.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            Scores in the order of `classes_`; of two classes, the difference: the log odds of
            ``classes_[1]``.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    @property
    def _n_outputs(self) -> int:
        return len(self.classes_)

    def _check_targets(self, y: Any) -> Any:
        return check_labels(y)

    def _learn_targets(self, targets: Any) -> None:
        self.classes_ = np.unique(targets)

    def _encode(self, targets: Any) -> IntArray:
        return encode_labels(targets, self.classes_)

    def _weigh(self, targets: IntArray, weights: FloatArray) -> FloatArray:
        weights = weights * weigh_classes(self.class_weight, targets, self.classes_)
        if not weights.any():
            raise ValueError("sample_weight times class_weight is zero for every sequence.")
        return weights

    def _validation_score(self, scores: FloatArray, validation: Dataset) -> float:
        predicted = scores.argmax(axis=1)
        return float(
            accuracy_score(validation.targets, predicted, sample_weight=validation.weights)
        )
