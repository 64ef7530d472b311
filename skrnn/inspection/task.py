"""What an estimator, fitted or not, has to do with some data."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from skrnn.network.parameters import Parameters
from skrnn.training.dataset import Dataset
from skrnn.training.progress import Recipe


def task_of(estimator: Any, X: Any, y: Any) -> tuple[Recipe, Parameters, Dataset]:
    """
    Return how an estimator would learn from data, from which parameters, and the data encoded.

    The estimator, fitted or not, is left as it is; the parameters are the fitted ones, or those
    that `fit` would begin with. There are no weights, so no target may be missing.
    """
    _check_kind(estimator)
    recipe, parameters, data = deepcopy(estimator).__skrnn_task__(X, y)
    return recipe, parameters, data


def target_of(estimator: Any) -> Any:
    """Return the `Target` of a fitted estimator: what it learnt of y."""
    _check_kind(estimator)
    return estimator.target_


def _check_kind(estimator: Any) -> None:
    """Raise an error that helps if something is no estimator of skrnn's."""
    if isinstance(estimator, type) or not hasattr(estimator, "__skrnn_task__"):
        raise TypeError(
            f"estimator must be one of skrnn's, not a {type(estimator).__name__}. Of a pipeline, "
            f"give the last step, pipeline[-1], and X as pipeline[:-1].transform(X) returns it; "
            f"of a search, best_estimator_."
        )
