"""Pipelines in a form in which skl2onnx converts them, and rightly."""

from __future__ import annotations

from collections import UserList
from collections.abc import Iterator
from copy import copy
from typing import Any

import numpy as np
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    RobustScaler,
    StandardScaler,
)
from sklearn.utils.validation import check_is_fitted

from skrnn.export.skl2onnx_errors import KNOWN_ERRORS

PARTS = {
    "named_steps": "steps",
    "named_transformers": "transformer_list",
    "named_transformers_": "transformers_",
}
"""By what only a pipeline, a union or a `ColumnTransformer` has, the name of its parts."""

OPTIONS = {kind: {"div": "div"} for kind in (MaxAbsScaler, RobustScaler, StandardScaler)}
"""By class, how skl2onnx writes what other runtimes have as well: not as Scaler of ai.onnx.ml."""


def simplified(estimator: Any) -> Any:
    """
    Return what predicts or transforms as a fitted estimator does; None if it does nothing.

    What does nothing is left out, columns are numbers, and of a search there is the best estimator.
    The estimator itself stays as it is.
    """
    if estimator is None or (isinstance(estimator, str) and estimator == "passthrough"):
        return None
    estimator = getattr(estimator, "best_estimator_", estimator)
    if hasattr(estimator, "named_steps"):
        return _simplified_pipeline(estimator)
    if hasattr(estimator, "named_transformers_"):
        parts = [
            (name, _or_identity(part), _as_numbers(columns, estimator.n_features_in_))
            for name, part, columns in _without_drops(estimator.transformers_)
        ]
        return _with(estimator, transformers_=[part for part in parts if len(part[2]) > 0])
    if hasattr(estimator, "named_transformers"):
        union = [
            (name, _or_identity(part)) for name, part in _without_drops(estimator.transformer_list)
        ]
        return _with(estimator, transformer_list=union)
    return estimator


def _simplified_pipeline(pipeline: Any) -> Any:
    """Return a pipeline without its idle steps, or the step that is left."""
    steps = [(name, simplified(step)) for name, step in pipeline.steps]
    steps = [(name, step) for name, step in steps if step is not None]
    if len(steps) < 2:
        return steps[0][1] if steps else None
    return _with(pipeline, steps=steps)


def _with(estimator: Any, **attributes: Any) -> Any:
    """Return a copy with other attributes; of a subclass, the constructor may be another."""
    other = copy(estimator)
    vars(other).update(attributes)
    return other


def _without_drops(parts: list[Any]) -> list[Any]:
    """Return the parts that are not dropped."""
    return [part for part in parts if not (isinstance(part[1], str) and part[1] == "drop")]


def _or_identity(part: Any) -> Any:
    """Return a part that skl2onnx takes as an object, even if it does nothing."""
    part = simplified(part)
    return FunctionTransformer() if part is None else part


def _as_numbers(columns: Any, n_columns: int) -> Any:
    """Return numbers, a slice or a mask of columns as a list of numbers, and names as they are."""
    if isinstance(columns, UserList):  # the rest, in scikit-learn 1.6, which warns who looks inside
        columns = columns.data
    try:
        return np.atleast_1d(np.arange(n_columns)[columns]).tolist()
    except IndexError:
        return columns


def parts_of(estimator: Any) -> Iterator[Any]:
    """Yield what an estimator is made of, in the order of computation, and last the whole."""
    for mark, name in PARTS.items():
        if hasattr(estimator, mark):
            for _, part, *_ in getattr(estimator, name):
                yield from parts_of(part)
    yield estimator


def check_transformers(estimator: Any) -> None:
    """Raise an error if a transformer is not fitted, or skl2onnx makes something else of it."""
    for part in parts_of(estimator):
        if hasattr(part, "transform"):  # and is no network
            check_is_fitted(part)
            for what, is_so in KNOWN_ERRORS.items():
                if is_so(part):
                    raise ValueError(f"{part!r} {what}. Put another transformer in its place.")
