"""What transformers of steps hand on: an array that knows how many features a step has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt


class StepArray(np.ndarray[Any, Any]):
    """
    Rows of steps that will not be joined with other columns, or an array (n, T, D).

    `n_step_features` are those of a step, and None once the shape of a row has changed.
    FeatureUnion and ColumnTransformer would put the steps of one result after those of the other,
    where the features of each step belong side by side.
    """

    n_step_features: int | None = None

    @classmethod
    def of(cls, array: npt.NDArray[Any], n_step_features: int) -> npt.NDArray[Any]:
        """Return an array as one of these."""
        steps = array.view(cls)
        steps.n_step_features = n_step_features
        return steps

    def __array_finalize__(self, source: Any) -> None:
        if np.shape(source)[1:] == self.shape[1:]:
            self.n_step_features = getattr(source, "n_step_features", None)

    def __reduce__(self) -> Any:
        return StepArray.of, (np.asarray(self), self.n_step_features)  # caches and workers pickle

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:  # noqa: FBT001, FBT002
        return np.asarray(array)[()]  # what is computed of it is an array or a number as any other

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any
    ) -> Any:
        axis = args[1] if len(args) > 1 else kwargs.get("axis", 0)
        by_columns = func is np.hstack or (func is np.concatenate and axis == 1)
        if by_columns and len(args[0]) > 1 and self.ndim == 2:
            raise ValueError(
                "To join what transformers made of sequences would put the steps of one after "
                "those of the other. Join features of steps instead: PerStep(FeatureUnion([...])) "
                "or PerStep(ColumnTransformer([...]))."
            )
        return super().__array_function__(func, types, args, kwargs)


def step_width(X: Any) -> int | None:
    """Return how many features a step of X has, if X knows it."""
    width: int | None = getattr(X, "n_step_features", None)
    return width
