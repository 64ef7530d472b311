"""Targets that are numbers: checked."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from skrnn.sequences.arrays import as_floats
from skrnn.types import FloatArray, IntArray


def as_numbers(y: Any) -> FloatArray:
    """Return targets as an array of shape (m,) or (m, K) in float64."""
    values = as_floats(y, "y").astype(np.float64, copy=False)
    if values.ndim not in {1, 2}:
        raise ValueError(
            f"y has {values.ndim} dimensions. Expected (n_samples,), (n_samples, n_outputs), "
            f"(n_samples, n_timesteps, n_outputs), or a list with an array for each sequence."
        )
    return values


def check_numbers(
    y: FloatArray, there: npt.NDArray[np.bool_], owners: IntArray, *, positive: bool
) -> None:
    """
    Raise an error for the first target that is not finite or, if `positive`, below 0.

    `y` has shape (m,) or (m, K); `there` says which targets count, `owners` to which sequence each
    belongs, both of shape (m,).
    """
    values = y.reshape(len(y), -1)
    wrong = there[:, None] & ~np.isfinite(values)
    if wrong.any():
        row, output = np.argwhere(wrong)[0]
        value = "NaN" if np.isnan(values[row, output]) else "infinity"
        raise ValueError(f"y contains {value}: {_place(y, row, output, owners)}.")
    negative = there[:, None] & (values < 0)
    if positive and negative.any():
        row, output = np.argwhere(negative)[0]
        raise ValueError(
            f"loss='poisson' needs y that is not negative, but it is {values[row, output]}: "
            f"{_place(y, row, output, owners)}."
        )


def _place(y: FloatArray, row: int, output: int, owners: IntArray) -> str:
    """Say where a target is."""
    owner = owners[row]
    at_step = f", time step {row - np.searchsorted(owners, owner)}"
    of_output = f", output {output}" if y.ndim > 1 else ""
    return f"sequence {owner}{at_step if len(owners) > owners[-1] + 1 else ''}{of_output}"
