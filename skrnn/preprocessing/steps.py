"""What goes with sequences laid out for a transformer of steps; its steps made sequences again."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from skrnn.estimators.x_format import has_rows, width_of
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sample_weight import check_sample_weight
from skrnn.sequences.step_array import StepArray
from skrnn.sequences.steps import check_number, put_together, take_apart
from skrnn.types import IntArray


def with_steps(
    y: Any, fit_params: dict[str, Any], lengths: IntArray, X: Any
) -> tuple[Any, dict[str, Any]]:
    """
    Return y and the fit parameters of sequences with a row for each of their steps.

    What y and, of the parameters, `sample_weight` have for each sequence or step becomes an array
    of shape (sum of lengths, ...).
    """
    width = width_of(X)
    if y is not None:
        y = y if is_ragged(y := as_sequences(y)) else np.atleast_1d(as_array(y, "y"))
        if is_for_steps(y, lengths, X):
            y = take_apart(y, lengths, width, "y")
        else:
            check_number(len(y), len(lengths), "y")
            y = np.repeat(y, lengths, axis=0)
    if fit_params.get("sample_weight") is not None:
        weights = check_sample_weight(fit_params["sample_weight"], lengths, width, per_step=True)
        fit_params = fit_params | {"sample_weight": weights}
    return y, fit_params


def is_for_steps(y: Any, lengths: IntArray, X: Any) -> bool:
    """
    Tell whether y has something for each step, and not for each sequence.

    A ragged or 3-D y has. The columns of a 2-D y are steps, as a tagger has them, if they are as
    many as those of a 3-D or ragged X; else outputs.
    """
    if is_ragged(y):
        return True
    y = as_array(y, "y")
    if y.ndim != 2 or has_rows(X):
        return bool(y.ndim > 2)
    return bool(np.all(y.shape[1] == (width_of(X) or lengths)))


def in_form(steps: Any, lengths: IntArray, X: Any) -> Any:
    """
    Return what a transformer made of the steps in the form of X, and dense.

    It made something of shape (sum of lengths, n_features); where a 3-D X is padded, there is NaN.
    """
    steps = np.asarray(steps.toarray() if issparse(steps) else steps)
    if steps.ndim != 2 or len(steps) != lengths.sum():
        raise ValueError(
            f"The transformer must return a row for each time step, so an array of shape "
            f"({lengths.sum()}, n_features), but it returned one of shape {steps.shape}."
        )
    if has_rows(X):
        return StepArray.of(steps.reshape(len(lengths), -1), steps.shape[1])
    return in_width(steps, lengths, width_of(X), X)


def in_width(steps: npt.NDArray[Any], lengths: IntArray, width: int | None, X: Any) -> Any:
    """
    Return steps as sequences that are in the form of X, but of other lengths perhaps.

    From (sum of lengths, n_features), they get the shape (n, width, n_features), padded with NaN;
    if X is ragged, `width` is None.
    """
    if width is None:
        return put_together(steps, lengths, X)
    if (lengths == width).all():
        return StepArray.of(steps.reshape(len(lengths), width, -1), steps.shape[1])
    dtype = steps.dtype if steps.dtype.kind == "f" else np.float64  # which has NaN
    padded = np.full((len(lengths), width, steps.shape[1]), np.nan, dtype)
    padded[np.arange(width) < lengths[:, None]] = steps
    return StepArray.of(padded, steps.shape[1])
