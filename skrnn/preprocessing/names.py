"""Names of the columns of 2-D X, which are features at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator


def input_names(estimator: BaseEstimator, input_features: Any) -> npt.NDArray[Any]:
    """Return the names of the n_features columns that a fit saw, by scikit-learn's rules."""
    known, n = getattr(estimator, "feature_names_in_", None), estimator.n_features_in_
    if input_features is None:
        return np.array([f"x{i}" for i in range(n)], dtype=object) if known is None else known
    names = np.asarray(input_features, dtype=object)
    if names.shape != (n,):
        raise ValueError(
            f"input_features should have length equal to number of features ({n}), got {len(names)}"
        )
    if known is not None and not np.array_equal(known, names):
        raise ValueError("input_features is not equal to feature_names_in_")
    return names


def names_of_columns(names_of_steps: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Join the names of each step's features, after "step0_" and so on if any is there twice."""
    names = np.concatenate(names_of_steps).astype(object)
    if len(set(names)) == len(names):
        return names
    return np.array(
        [f"step{i}_{name}" for i, step in enumerate(names_of_steps) for name in step], dtype=object
    )
