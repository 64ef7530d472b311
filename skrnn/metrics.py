"""Scores over all steps of all sequences, for searches with targets at every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score, f1_score

from skrnn.sequences.check import is_ragged
from skrnn.sequences.steps import n_dimensions, take_apart


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
        As in `sklearn.metrics.f1_score`; "macro" gives every class the same part, however rare.
    zero_division : float, default=0.0
        The score of a class that is neither right nor predicted anywhere.
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
        Without padding.
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
    if not is_ragged(y_pred) and n_dimensions(y_pred, "y_pred") == 1:  # sequences of one step
        weights = None if sample_weight is None else np.asarray(sample_weight)
        return np.asarray(y_true), np.asarray(y_pred), weights
    lengths = np.array([len(item) for item in y_pred], dtype=np.intp)
    true, predicted = (
        take_apart(values, lengths, _width(values), name)
        for values, name in ((y_true, "y_true"), (y_pred, "y_pred"))
    )
    if sample_weight is None:
        return true, predicted, None
    if not is_ragged(sample_weight) and n_dimensions(sample_weight, "sample_weight") == 1:
        return true, predicted, np.repeat(np.asarray(sample_weight), lengths)
    return true, predicted, take_apart(sample_weight, lengths, _width(y_true), "sample_weight")


def _width(values: Any) -> int | None:
    """Return the steps of an array's sequences, with padding."""
    return None if is_ragged(values) else np.asarray(values).shape[1]
