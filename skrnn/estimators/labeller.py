"""What the estimators of labels share: how they are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Self

from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.constraints import takes_steps
from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.targets.labels import check_classes
from skrnn.rules import NOTHING, among, instance, setting


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class BaseSequenceLabeller(ClassifierMixin, BaseSequenceEstimator):
    """
    An estimator whose targets are labels.

    Parameters
    ----------
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, times the sample weights; "balanced" is inverse to frequency in y. A
        class that a dict leaves out has weight 1. If y may lack a class that the dict names, as in
        a fold, the dict has to name every class. None where y is an indicator of several labels.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; the numbers of columns, where y was an indicator.
    """

    class_weight: dict[Any, float] | Literal["balanced"] | None = setting(
        None, among(["balanced"]), instance(dict), NOTHING
    )

    @available_if(takes_steps)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """
        Train for one epoch, beginning or going on with everything as it was.

        Called with the same data as often as `fit` takes epochs, with an int as `random_state`, it
        gives the same model, bit for bit, unless that held some out; `n_init` has no part in it.
        ``early_stopping=True`` and balanced classes, which need all data at once, are refused;
        "auto" holds nothing out here. With ``optimizer="lbfgs"``, there is no such method.

        Nobody knows how many calls there will be, so the learning rate goes on in cycles, as the
        data of the first call ask for, and never ends. The model is at its best where a cycle ends:
        after n calls for which ``schedule_.rests(n, 0)``. For a stream that is read while it comes,
        ``schedule="constant"`` keeps the rate as it is.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays
            Their labels, as `fit` takes them.
        sample_weight : array-like of shape (n_samples,), or like y, default=None
            Their weights, as `fit` takes them.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call may bring; of an indicator y, the numbers of its columns.
            Needed in the first call, unless `fit` was called.

        Returns
        -------
        self
            The estimator. If training fails, or by Ctrl-C, it is left as it was.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' cannot be used with partial_fit: no call sees all of y. "
                "Give class_weight as a dict, for instance from sklearn.utils.class_weight."
            )
        classes = check_classes(classes, self.classes_ if self._has_begun else None)
        with unchanged_on_error(self):
            self._fit_one_epoch(X, y, sample_weight, classes)
            return self

    def predict(self, X: Any) -> Any:
        """
        Name the most probable class of each sequence, or of each step for a tagger.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels), or of steps in the form of X
            Labels, or which there are.
        """
        return self._predict(X, self.target_.predict)

    def predict_proba(self, X: Any) -> Any:
        """
        Return the probability of each class.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or of steps in the form of X
            Probabilities, along the last axis in the order of `classes_`.
        """
        return self._predict(X, self.target_.read)

    def predict_log_proba(self, X: Any) -> Any:
        """
        Return the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or of steps in the form of X
            Log probabilities, along the last axis in the order of `classes_`.
        """
        return self._predict(X, self.target_.log_read)

    def decision_function(self, X: Any) -> Any:
        """
        Return the scores that softmax turns into probabilities.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes), or of steps in the form of X
            Scores in the order of `classes_`; of two classes, the difference: the log odds of
            ``classes_[1]``. Of several labels at once, (n_samples, n_labels), the log odds of each.
        """
        return self._predict(X, self.target_.compare)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """
        Return the share of sequences, or of steps for a tagger, whose label is right.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.
        y : array-like or list of arrays
            Their labels, as `fit` takes them.
        sample_weight : array-like of shape (n_samples,), or like y, default=None
            Their weights, as `fit` takes them.

        Returns
        -------
        float
            Accuracy, from 0 to 1.
        """
        return self._score(X, y, sample_weight)

    @property
    def classes_(self) -> Any:
        """The labels, sorted."""
        return self.target_.classes
