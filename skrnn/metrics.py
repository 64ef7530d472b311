"""
Scores over all steps of all sequences, and probabilities of steps from folds.

scikit-learn's own metrics refuse ragged y. Tables of equal lengths they take for several outputs,
or for several labels at once: ``scoring="accuracy"`` is then the share of sequences without error,
and ``cross_val_predict(method="predict_proba")`` numbers the labels of each step by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.utils import Tags, get_tags

from skrnn.rules import NOTHING, among, check
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sample_weight import check_sample_weight
from skrnn.sequences.steps import check_number, put_together, take_apart, without_objects

__all__ = ["cross_val_predict_proba", "over_steps", "step_accuracy_score", "step_f1_score"]


def step_accuracy_score(y_true: Any, y_pred: Any, *, sample_weight: Any = None) -> float:
    """
    Return the share of steps whose label is right.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps) or list of arrays
        The right labels.
    y_pred : array-like of shape (n_samples, n_timesteps) or list of arrays
        What a tagger predicted. If this is a list, steps beyond the end of its arrays are padding.
    sample_weight : like y_true, or array-like of shape (n_samples,), default=None
        Weights of the steps, or of those of each sequence; None means 1 for each.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import make_scorer
    >>> from skrnn.metrics import step_accuracy_score
    >>> y_true = [np.array(["a", "b"]), np.array(["b"])]
    >>> y_pred = [np.array(["a", "a"]), np.array(["b"])]
    >>> round(step_accuracy_score(y_true, y_pred), 3)
    0.667
    >>> scoring = make_scorer(step_accuracy_score)  # for GridSearchCV and cross_val_score
    """
    true, predicted, weights = over_steps(y_true, y_pred, sample_weight)
    return float(accuracy_score(true, predicted, sample_weight=weights))


def step_f1_score(
    y_true: Any,
    y_pred: Any,
    *,
    labels: Any = None,
    average: str | None = "macro",
    zero_division: float = 0.0,
    sample_weight: Any = None,
) -> Any:
    """
    Return the F1 score over steps, of each class or averaged over them.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps) or list of arrays
        The right labels.
    y_pred : array-like of shape (n_samples, n_timesteps) or list of arrays
        What a tagger predicted. If this is a list, steps beyond the end of its arrays are padding.
    labels : array-like of shape (n_labels,), default=None
        The classes that count, in this order; None for all that occur, sorted. To leave out the one
        that most steps have, as taggers of rare events do, give the others.
    average : {"macro", "micro", "weighted"} or None, default="macro"
        As in `sklearn.metrics.f1_score`; "macro" gives every class the same part, however rare, and
        None returns the score of each.
    zero_division : float, default=0.0
        The score of a class that occurs neither in y_true nor in y_pred.
    sample_weight : like y_true, or array-like of shape (n_samples,), default=None
        Weights of the steps, or of those of each sequence; None means 1 for each.

    Returns
    -------
    float, or array of shape (n_labels,) with ``average=None``
        From 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.metrics import step_f1_score
    >>> y_true = [np.array(["a", "b", "c"]), np.array(["b"])]
    >>> y_pred = [np.array(["a", "b", "b"]), np.array(["b"])]
    >>> round(step_f1_score(y_true, y_pred), 3)
    0.6
    >>> step_f1_score(y_true, y_pred, labels=["c", "b"], average=None)
    array([0. , 0.8])
    """
    check("average", average, among(("macro", "micro", "weighted")), NOTHING)
    if labels is not None:
        labels = as_array(labels, "labels")
        if labels.ndim != 1 or not labels.size:
            raise ValueError(
                f"labels must be 1-D, of at least one class; its shape is {labels.shape}."
            )
    true, predicted, weights = over_steps(y_true, y_pred, sample_weight)
    score = f1_score(
        true,
        predicted,
        labels=labels,
        average=average,
        sample_weight=weights,
        zero_division=zero_division,
    )
    return score if average is None else float(score)


def over_steps(
    y_true: Any, y_pred: Any, sample_weight: Any = None
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any] | None]:
    """
    Lay the targets, predictions and weights of all steps side by side, for any metric.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps, ...) or list of arrays
        What is right.
    y_pred : array-like of shape (n_samples, n_timesteps, ...) or list of arrays
        What was predicted. If this is a list, steps beyond the end of its arrays are padding.
    sample_weight : like y_true, or array-like of shape (n_samples,), default=None
        Weights of the steps, or of those of each sequence.

    Returns
    -------
    y_true, y_pred : arrays of shape (n_steps, ...)
        Without padding, and without steps whose weight is 0: they have no target.
    sample_weight : array of shape (n_steps,) or None
        The weights.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import mean_absolute_error
    >>> from skrnn.metrics import over_steps
    >>> y_true, y_pred = [np.array([1.0, 2.0]), np.array([3.0])], [np.zeros(2), np.zeros(1)]
    >>> mean_absolute_error(*over_steps(y_true, y_pred)[:2])
    2.0
    """
    y_true, y_pred = as_sequences(y_true), as_sequences(y_pred)
    y_pred = y_pred if is_ragged(y_pred) else as_array(y_pred, "y_pred")
    if not is_ragged(y_pred) and y_pred.ndim == 1:  # sequences of one step
        true, predicted = as_array(y_true, "y_true"), y_pred
        lengths = np.ones(len(predicted), dtype=np.intp)
        check_number(len(true), len(predicted), "y_true", "y_pred")
    else:
        lengths = np.array([len(item) for item in y_pred], dtype=np.intp)
        predicted = take_apart(y_pred, lengths, None, "y_pred")
        width = _width(y_true) if is_ragged(y_pred) else None  # only a list tells where one ends
        true = take_apart(y_true, lengths, width, "y_true", "y_pred")
    if sample_weight is None:
        return without_objects(true), without_objects(predicted), None
    weights = check_sample_weight(sample_weight, lengths, _width(y_true), per_step=True)
    there = weights > 0
    return without_objects(true[there]), without_objects(predicted[there]), weights[there]


def _width(y_true: Any) -> int | None:
    """Return how many steps a table has for each sequence, some of which may be padding."""
    if is_ragged(y_true) or as_array(y_true, "y_true").ndim < 2:
        return None
    return int(as_array(y_true, "y_true").shape[1])


def cross_val_predict_proba(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    groups: Any = None,
    cv: Any = None,
    n_jobs: int | None = None,
    params: dict[str, Any] | None = None,
) -> Any:
    """
    Return the probabilities of each step, by a tagger that was fitted on the other folds.

    ``cross_val_predict(method="predict_proba")`` does not: it numbers the labels of each step by
    themselves, so that those after a class that is missing there are taken for others.

    Parameters
    ----------
    estimator : estimator
        A tagger, or a pipeline or search that ends in one. Copies of it are fitted.
    X : array-like or list of arrays
        n_samples sequences, in any form that the estimator accepts.
    y : array-like of shape (n_samples, n_timesteps) or list of arrays
        Their labels, as `fit` takes them.
    groups : array-like of shape (n_samples,), default=None
        What `cv` is to keep together, such as with `GroupKFold`.
    cv : int, cross-validation generator or iterable, default=None
        The folds, as `sklearn.model_selection.cross_val_predict` makes them: for labels of steps,
        `KFold` with so many, or with 5.
    n_jobs : int, default=None
        How many fits may run at a time; None is one.
    params : dict, default=None
        What to pass to `fit`. What is as long as X, such as a `sample_weight`, is cut into folds.

    Returns
    -------
    ndarray of shape (n_samples, n_timesteps, n_classes), or list of arrays
        In the form of `predict_proba` for this X, along the last axis in the order of the sorted
        labels of all folds: 0 for a class that was not in the part that a fold was fitted on.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceTagger
    >>> from skrnn.metrics import cross_val_predict_proba, over_steps
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(n, 1)) for n in rng.integers(5, 15, size=60)]
    >>> y = [np.where(x[:, 0] > 0, "above", "below") for x in X]
    >>> tagger = RNNSequenceTagger(8, learning_rate=0.05, tol=0.01, random_state=0)
    >>> proba = cross_val_predict_proba(tagger, X, y, cv=3)
    >>> labels, told, _ = over_steps(y, proba)
    >>> print(f"{((told[:, 0] > 0.5) == (labels == 'above')).mean():.1f}")
    1.0
    """
    if not hasattr(estimator, "predict_proba"):
        raise TypeError(
            f"estimator must have predict_proba, as RNNSequenceTagger and pipelines that end in "
            f"one; {type(estimator).__name__} has none."
        )
    fold = _Fold(estimator)
    pairs = cross_val_predict(fold, X, y, groups=groups, cv=cv, n_jobs=n_jobs, params=params)
    classes = np.unique(np.concatenate([known for _, known in pairs]))
    told = []
    for proba, known in pairs:
        told.append(np.zeros((*proba.shape[:-1], len(classes)), proba.dtype))
        told[-1][..., np.searchsorted(classes, known)] = proba
    if told[0].ndim == 1:  # rows of a table, a sequence of one step each
        return np.stack(told)
    lengths = np.array([len(proba) for proba in told])
    return put_together(np.concatenate(told), lengths, X if is_ragged(X) else as_array(X, "X"))


@dataclass
class _Fold:
    """
    An estimator whose labels are pairs: the probabilities of a sequence, and their classes.

    scikit-learn then makes the folds and hands on y as it is; for all else, this is the estimator.
    """

    estimator: Any

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        self.estimator.fit(X, y, **params)
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        told, classes = self.estimator.predict_proba(X), self.estimator.classes_
        return np.fromiter(((proba, classes) for proba in told), dtype=object, count=len(told))

    def __sklearn_clone__(self) -> Self:
        return type(self)(clone(self.estimator))

    def get_metadata_routing(self) -> Any:
        return self.estimator.get_metadata_routing()

    def __sklearn_tags__(self) -> Tags:
        return get_tags(self.estimator)
