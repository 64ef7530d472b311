"""X and sample weights, checked in scikit-learn's manner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skrnn.sequences.check import FORMS, check_finite, from_flat, from_list, from_padded, is_ragged
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.steps import n_dimensions, take_apart
from skrnn.types import FloatArray, IntArray


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


@dataclass(frozen=True)
class XFormat:
    """
    What X was like when training began, and has to be from then on.

    Parameters
    ----------
    on_rows : bool
        Whether X had a row for each sequence.
    n_features : int
        Features of a step.
    dtype : dtype
        Precision of the network.
    """

    on_rows: bool
    n_features: int
    dtype: np.dtype[np.floating]

    @classmethod
    def learn(
        cls, estimator: BaseEstimator, X: Any, n_step_features: int
    ) -> tuple[Self, Sequences]:
        """
        Look at the first X.

        Parameters
        ----------
        estimator : BaseEstimator
            Gets ``n_features_in_`` and ``feature_names_in_``.
        X : container
            Any of the accepted forms.
        n_step_features : int
            Features of a step where X is 2-D.

        Returns
        -------
        format : XFormat
            What it is like.
        sequences : Sequences
            X, in float32 if it is, else in float64.
        """
        sequences = _check_sequences(estimator, X, n_step_features, reset=True)
        return cls(has_rows(X), sequences.n_features, sequences.steps.dtype), sequences

    def check(self, estimator: BaseEstimator, X: Any) -> Sequences:
        """
        Turn a later X into sequences.

        Parameters
        ----------
        estimator : BaseEstimator
            Its ``n_features_in_`` and ``feature_names_in_`` are compared.
        X : container
            Any of the accepted forms.

        Returns
        -------
        Sequences
            In the precision of the first.
        """
        if has_rows(X) != self.on_rows:
            raise ValueError(f"{type(estimator).__name__} {_rank_mismatch(X)}")
        sequences = _check_sequences(estimator, X, self.n_features, reset=False)
        if sequences.steps.dtype != self.dtype:
            sequences = sequences.astype(self.dtype)
            check_finite(sequences)  # what is finite in float64 need not be so in float32
        return sequences


def _rank_mismatch(X: Any) -> str:
    """Say what to do about an X whose rank is not that of the fit."""
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


def _check_sequences(
    estimator: BaseEstimator, X: Any, n_step_features: int, *, reset: bool
) -> Sequences:
    """Turn X into sequences; record its features, or compare them."""
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


def width_of(X: Any) -> int | None:
    """
    Return how many steps the sequences of an X have, with padding.

    Parameters
    ----------
    X : container
        What `as_container` returned.

    Returns
    -------
    int or None
        None where there can be no padding.
    """
    return None if is_ragged(X) or has_rows(X) else int(X.shape[1])


def check_sample_weight(
    sample_weight: Any, lengths: IntArray, width: int | None, *, per_step: bool
) -> FloatArray:
    """
    Return one weight per target.

    Parameters
    ----------
    sample_weight : None, float, array-like of shape (n,), or a weight for each step
        None means 1 for each; a number, that for each; a sequence's weight is that of its steps.
    lengths : array of int of shape (n,)
        Steps of each sequence.
    width : int or None
        Steps of the longest with padding, if there is any.
    per_step : bool
        Whether targets belong to steps.

    Returns
    -------
    array of shape (n,) or (sum of lengths,)
        Weights in float64: finite, none negative, not all zero.
    """
    n_samples = len(lengths)
    if per_step and (is_ragged(sample_weight) or n_dimensions(sample_weight, "sample_weight") > 1):
        weights = take_apart(sample_weight, lengths, width, "sample_weight").astype(np.float64)
        if weights.ndim != 1:
            raise ValueError(
                f"sample_weight must have one number for each step, not of shape "
                f"{weights.shape[1:]}."
            )
        _check_weights(weights, np.repeat(np.arange(n_samples), lengths))
        return weights
    weights = np.asarray(1.0 if sample_weight is None else sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape != (n_samples,):
        steps = ", or have a weight for each step" if per_step else ""
        raise ValueError(
            f"sample_weight has shape {weights.shape}; X has {n_samples} sequences, so it must be "
            f"({n_samples},){steps}."
        )
    _check_weights(weights, np.arange(n_samples))
    return np.repeat(weights, lengths) if per_step else weights


def _check_weights(weights: FloatArray, owners: IntArray) -> None:
    """Raise an error for the first weight that is none, naming the sequence it belongs to."""
    wrong = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if wrong.size:
        raise ValueError(
            f"sample_weight must be finite and not negative; sample_weight[{owners[wrong[0]]}] "
            f"{'is' if len(owners) == owners[-1] + 1 else 'has'} {weights[wrong[0]]}."
        )
    if not weights.any():
        raise ValueError("sample_weight is zero for every sequence; at least one must count.")
