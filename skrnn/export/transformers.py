"""Pipelines in a form in which skl2onnx converts them, and rightly."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any

from sklearn.utils.validation import check_is_fitted

PARTS = {
    "named_steps": "steps",
    "named_transformers": "transformer_list",
    "named_transformers_": "transformers_",
}
"""By what only a pipeline, a union or a `ColumnTransformer` has, the name of its parts."""


def without_idle_steps(estimator: Any) -> Any:
    """
    Take steps that do nothing out of a pipeline, and the best estimator out of a search.

    Parameters
    ----------
    estimator : estimator, "passthrough" or None
        Fitted; left as it is.

    Returns
    -------
    estimator or None
        Predicts or transforms as the one given. None if this did nothing.
    """
    if estimator is None or (isinstance(estimator, str) and estimator == "passthrough"):
        return None
    estimator = getattr(estimator, "best_estimator_", estimator)
    if not hasattr(estimator, "named_steps"):
        return estimator
    steps = [(name, without_idle_steps(step)) for name, step in estimator.steps]
    steps = [(name, step) for name, step in steps if step is not None]
    if len(steps) < 2:
        return steps[0][1] if steps else None
    pipeline = copy(estimator)  # of a subclass, the constructor may be another
    pipeline.steps = steps
    return pipeline


def parts_of(estimator: Any) -> Iterator[Any]:
    """
    Go through what a pipeline, union or `ColumnTransformer` is made of.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Yields
    ------
    estimator
        In the order of computation; last, the whole.
    """
    for mark, name in PARTS.items():
        if hasattr(estimator, mark):
            for _, part, *_ in getattr(estimator, name):
                yield from parts_of(part)
    yield estimator


def check_transformers(estimator: Any) -> None:
    """
    Raise an error if there is a transformer of which skl2onnx would make something else.

    Parameters
    ----------
    estimator : estimator
        A transformer, or what transformers are part of.

    Raises
    ------
    NotFittedError
        If a transformer is not fitted.
    ValueError
        If a transformer predicts as well, or selects the first column alone.
    """
    for part in parts_of(estimator):
        if not hasattr(part, "transform"):
            continue  # a network, or "drop"
        check_is_fitted(part)
        is_selector = hasattr(part, "get_support")
        if is_selector and part.get_support(indices=True).tolist() == [0]:
            raise ValueError(
                f"{part!r} selects the first column alone, which skl2onnx 1.20 takes for none. Use "
                f"ColumnTransformer([('first', 'passthrough', [0])]) in its place."
            )
        if hasattr(part, "predict") and not is_selector:
            raise ValueError(
                f"{part!r} transforms and predicts, and skl2onnx writes what it predicts, where "
                f"what it transforms is needed. Replace it by a transformer that does not predict."
            )
