"""What an estimator, fitted or not, has to do with some data."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from skrnn.network.parameters import Parameters
from skrnn.training.dataset import Dataset
from skrnn.training.progress import Recipe
from skrnn.types import FloatArray


def task_of(estimator: Any, X: Any, y: Any) -> tuple[Recipe, Parameters, Dataset]:
    """
    Return how an estimator would learn from data, and from which parameters.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted or not; it is left as it is.
    X : array-like or list of arrays
        Sequences, in any form that the estimator accepts.
    y : array-like or list of arrays
        Their targets, as the estimator's `fit` takes them; without weights, so none may be missing.

    Returns
    -------
    recipe : Recipe
        How it would learn.
    parameters : Parameters
        The fitted ones, or those that `fit` would begin with.
    data : Dataset
        X and y, checked and encoded.
    """
    _check_kind(estimator)
    recipe, parameters, data = deepcopy(estimator)._task(X, y)  # noqa: SLF001 - a door for this
    return recipe, parameters, data


def check_fitted(estimator: Any) -> None:
    """
    Raise an error unless something is a fitted estimator of skrnn's.

    Parameters
    ----------
    estimator : object
        What was given for one.
    """
    _check_kind(estimator)
    estimator._check_fitted()  # noqa: SLF001 - a door for this


def reader_of(estimator: Any) -> Callable[[FloatArray], FloatArray]:
    """
    Return the function that tells what a fitted estimator makes of scores.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted.

    Returns
    -------
    callable
        From scores (m, K) to class probabilities or predictions, a row for each.
    """
    check_fitted(estimator)
    read: Callable[[FloatArray], FloatArray] = estimator._reader  # noqa: SLF001 - a door for this
    return read


def _check_kind(estimator: Any) -> None:
    """Raise an error that helps if something is no estimator of skrnn's."""
    if isinstance(estimator, type) or not hasattr(estimator, "_task"):
        raise TypeError(
            f"estimator must be one of skrnn's, not a {type(estimator).__name__}. Of a pipeline, "
            f"give the last step, pipeline[-1], and X as pipeline[:-1].transform(X) returns it; "
            f"of a search, best_estimator_."
        )
