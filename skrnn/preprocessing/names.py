"""Names of the columns of 2-D X, which are features at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator


def input_names(estimator: BaseEstimator, input_features: Any) -> npt.NDArray[Any]:
    """
    Return the names of the columns that a fit saw, by scikit-learn's rules.

    Parameters
    ----------
    estimator : BaseEstimator
        With ``n_features_in_`` and, if the columns had names, ``feature_names_in_``.
    input_features : array-like of str or None
        What a user says they are.

    Returns
    -------
    ndarray of str of shape (n_features,)
        The given names, or those of the fit, or x0, x1 and so on.
    """
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
    """
    Return a name for each column of a 2-D result.

    Parameters
    ----------
    names_of_steps : sequence of arrays of str
        For each step, the names of its features.

    Returns
    -------
    ndarray of str
        These names in a row; after "step0_" and so on if any of them is there twice.
    """
    names = np.concatenate(names_of_steps).astype(object)
    if len(set(names)) == len(names):
        return names
    return np.array(
        [f"step{i}_{name}" for i, step in enumerate(names_of_steps) for name in step], dtype=object
    )
