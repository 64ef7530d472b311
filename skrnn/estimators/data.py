"""X, checked in scikit-learn's manner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skrnn.sequences.check import FORMS, check_finite, from_flat, from_steps, is_ragged
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.steps import as_array
from skrnn.types import FloatArray


def as_container(X: Any) -> Any:
    """Return X itself if it has a shape or is a list of arrays; lists of numbers, as an array."""
    return X if is_ragged(X) or hasattr(X, "shape") else as_array(X, "X")


def has_rows(X: Any) -> bool:
    """Tell whether X is neither 3-D nor ragged: a row per sequence, or what no estimator takes."""
    return not is_ragged(X) and len(X.shape) != 3


@dataclass(frozen=True)
class XFormat:
    """
    What X was like when training began, and has to be from then on.

    `on_rows` says that each row was a sequence, `n_features` are those of a step, and `dtype` is
    the precision of the network. If X was 3-D and `padded`, predictions of steps are lists, for a
    3-D X without padding as well: the folds of a search must not differ in their form.
    """

    on_rows: bool
    n_features: int
    dtype: np.dtype[np.floating]
    padded: bool

    @classmethod
    def learn(
        cls, estimator: BaseEstimator, X: Any, n_step_features: int
    ) -> tuple[Self, Sequences]:
        """
        Return what the first X is like, and X as sequences, in float32 if it is, else in float64.

        The estimator gets ``n_features_in_`` and ``feature_names_in_``.
        """
        sequences = _check_sequences(estimator, X, n_step_features, reset=True)
        width = width_of(X)
        padded = width is not None and bool((sequences.lengths < width).any())
        return cls(has_rows(X), sequences.n_features, sequences.steps.dtype, padded), sequences

    def check(self, estimator: BaseEstimator, X: Any) -> Sequences:
        """Turn a later X into sequences in the precision of the first; compare its features."""
        self.check_rank(estimator, X)
        sequences = _check_sequences(estimator, X, self.n_features, reset=False)
        if sequences.steps.dtype != self.dtype:
            sequences = sequences.astype(self.dtype)
            check_finite(sequences)  # what is finite in float64 need not be so in float32
        return sequences

    def check_rank(self, estimator: BaseEstimator, X: Any) -> None:
        """Raise an error if a later X is 2-D and the first was not, or the other way round."""
        if has_rows(X) != self.on_rows:
            raise ValueError(f"{type(estimator).__name__} {_rank_mismatch(X)}")


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
    sequences = from_steps(X)
    # Of a later X only the width can be wrong by now, and to ask may take longer than to predict.
    if reset or sequences.n_features != estimator.n_features_in_:
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
    """Return how many steps a 3-D X has, padding included; None for an X of another form."""
    return None if is_ragged(X) or has_rows(X) else int(X.shape[1])
