"""
Scores over all steps of all sequences, for searches with targets at every step.

scikit-learn's own metrics refuse ragged y. Tables of equal lengths they take for several outputs,
or for several labels at once: ``scoring="accuracy"`` is then the share of sequences without error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score

from skrnn.sequences.check import is_ragged
from skrnn.sequences.steps import as_array, check_number, take_apart, without_objects
from skrnn.sequences.weights import check_sample_weight

__all__ = ["over_steps", "step_accuracy_score", "step_f1_score"]


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
    average: str = "macro",
    zero_division: float = 0.0,
    sample_weight: Any = None,
) -> float:
    """
    Return the F1 score over steps, averaged over the classes.

    Parameters
    ----------
    y_true : array-like of shape (n_samples, n_timesteps) or list of arrays
        The right labels.
    y_pred : array-like of shape (n_samples, n_timesteps) or list of arrays
        What a tagger predicted. If this is a list, steps beyond the end of its arrays are padding.
    average : {"macro", "micro", "weighted"}, default="macro"
        As in `sklearn.metrics.f1_score`; "macro" gives every class the same part, however rare. For
        a score of each class, give what `over_steps` returns to that function.
    zero_division : float, default=0.0
        The score of a class that occurs neither in y_true nor in y_pred.
    sample_weight : like y_true, or array-like of shape (n_samples,), default=None
        Weights of the steps, or of those of each sequence; None means 1 for each.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.metrics import step_f1_score
    >>> y_true = [np.array(["a", "b"]), np.array(["b"])]
    >>> y_pred = [np.array(["a", "a"]), np.array(["b"])]
    >>> round(step_f1_score(y_true, y_pred), 3)
    0.667
    """
    true, predicted, weights = over_steps(y_true, y_pred, sample_weight)
    score = f1_score(
        true, predicted, average=average, sample_weight=weights, zero_division=zero_division
    )
    return float(score)


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
    y_pred = y_pred if is_ragged(y_pred) else as_array(y_pred, "y_pred")
    if not is_ragged(y_pred) and y_pred.ndim == 1:  # sequences of one step
        true, predicted = np.asarray(y_true), np.asarray(y_pred)
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
    return int(np.asarray(y_true).shape[1])
