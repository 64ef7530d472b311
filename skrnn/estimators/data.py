"""X and sample weights, checked in scikit-learn's manner."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skrnn.sequences.check import FORMS, from_flat, from_list, from_padded, is_ragged
from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray


def as_container(X: Any) -> Any:
    """
    Return X as something that has a shape, or a list of arrays.

    Parameters
    ----------
    X : array-like or list of arrays
        What a user passed.

    Returns
    -------
    array, data frame, sparse matrix or list of arrays
        X itself, unless it consists of lists of numbers.
    """
    if is_ragged(X) or hasattr(X, "shape"):
        return X
    try:
        return np.asarray(X)
    except ValueError as error:
        raise ValueError(
            "X is a list of lists of different lengths. Give each sequence as an array: "
            "[np.asarray(x) for x in X]."
        ) from error


def has_rows(X: Any) -> bool:
    """
    Tell whether X is a table with a row per sequence, as opposed to 3-D or ragged.

    Parameters
    ----------
    X : container
        What `as_container` returned.

    Returns
    -------
    bool
        True also for what no estimator accepts.
    """
    return not is_ragged(X) and len(X.shape) != 3


def rank_mismatch(X: Any) -> str:
    """
    Say what to do about an X whose rank is not that of the fit.

    Parameters
    ----------
    X : container
        What was given.

    Returns
    -------
    str
        The end of a sentence that begins with the estimator's name.
    """
    if has_rows(X):
        return (
            "was fitted on 3-D or ragged X, but this X is 2-D. If it is one sequence of shape "
            "(n_timesteps, n_features), pass [X]; if its rows are sequences, "
            "X.reshape(len(X), n_timesteps, n_features)."
        )
    if is_ragged(X):
        return (
            "was fitted on 2-D X, a row per sequence, but this X is a list of arrays. Fit on a "
            "list of arrays as well, which may differ in length."
        )
    return "was fitted on 2-D X, a row per sequence, but this X is 3-D. Pass X.reshape(len(X), -1)."


def check_sequences(
    estimator: BaseEstimator, X: Any, n_step_features: int, *, reset: bool
) -> Sequences:
    """
    Turn X into sequences.

    Parameters
    ----------
    estimator : BaseEstimator
        Gets ``n_features_in_`` and ``feature_names_in_``, or has them compared.
    X : container
        Any of the accepted forms.
    n_step_features : int
        Features of a step where X is 2-D.
    reset : bool
        Whether to record the features instead of comparing them.

    Returns
    -------
    Sequences
        In float32 if X is, else in float64.
    """
    if has_rows(X):
        return from_flat(_check_rows(estimator, X, reset=reset), n_step_features)
    sequences = from_list(X) if is_ragged(X) else from_padded(X)
    validate_data(estimator, sequences.steps, reset=reset, ensure_all_finite=False)
    return sequences


def _check_rows(estimator: BaseEstimator, X: Any, *, reset: bool) -> FloatArray:
    """Check a 2-D X; whether it is finite is left to those who know its time steps."""
    if len(X.shape) > 3:
        raise ValueError(f"X has {len(X.shape)} dimensions. Expected X to be {FORMS}.")
    if getattr(getattr(X, "dtype", None), "kind", None) in {"U", "S"}:
        raise ValueError(f"X must hold real numbers; its dtype is {X.dtype}.")
    rows: FloatArray = validate_data(
        estimator, X, reset=reset, dtype=[np.float64, np.float32], ensure_all_finite=False
    )
    return rows


def check_sample_weight(sample_weight: Any, n_samples: int) -> FloatArray:
    """
    Return one weight per sequence.

    Parameters
    ----------
    sample_weight : None, float or array-like of shape (n_samples,)
        None means 1 for each; a number, that for each.
    n_samples : int
        How many there must be.

    Returns
    -------
    array of shape (n_samples,)
        Weights in float64: finite, none negative, not all zero.
    """
    if sample_weight is None:
        return np.ones(n_samples)
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape != (n_samples,):
        raise ValueError(
            f"sample_weight has shape {weights.shape}; X has {n_samples} sequences, so it must be "
            f"({n_samples},)."
        )
    wrong = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if wrong.size:
        raise ValueError(
            f"sample_weight must be finite and not negative; sample_weight[{wrong[0]}] is "
            f"{weights[wrong[0]]}."
        )
    if not weights.any():
        raise ValueError("sample_weight is zero for every sequence; at least one must count.")
    return weights
