"""Any accepted form of X into `Sequences`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray

FORMS = (
    "2-D of shape (n_samples, n_timesteps * n_step_features), 3-D of shape (n_samples, "
    "n_timesteps, n_features), or a list of arrays of shape (n_timesteps_i, n_features)"
)


def is_ragged(X: Any) -> bool:
    """
    Tell whether X is a list or an object array with an array for each sequence.

    One array among a list's items is enough, but lists of lists of numbers do not count: whether
    these can be a table would depend on which of them a fold happens to hold.
    """
    if getattr(X, "ndim", None) == 1 and X.dtype == np.dtype(object):  # a pandas Series as well
        return len(X) > 0 and np.ndim(np.asarray(X)[0]) > 0
    return isinstance(X, list | tuple) and any(_is_array(item) for item in X)


def _is_array(item: Any) -> bool:
    """Tell whether an item of a list is an array or a data frame, and no scalar."""
    return hasattr(item, "__array__") and np.ndim(item) > 0


def from_flat(X: FloatArray, n_step_features: int) -> Sequences:
    """Take each row of X (n, T * n_step_features), time-major, as one sequence of T steps."""
    n_samples, n_columns = X.shape
    n_steps, rest = divmod(n_columns, n_step_features)
    if rest or not n_steps:
        raise ValueError(
            f"X has {n_columns} columns, which n_step_features={n_step_features} does not divide "
            f"into whole time steps; each row must hold n_timesteps * n_step_features values."
        )
    sequences = Sequences(
        X.reshape(n_samples * n_steps, n_step_features), np.full(n_samples, n_steps)
    )
    check_finite(sequences)
    return sequences


def from_padded(X: Any) -> Sequences:
    """Take n sequences from X (n, T, n_features), each without its trailing all-NaN steps."""
    X = _as_float(X, "X")
    n_samples, n_steps, n_features = X.shape
    if 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}: there must be at least 1 of each.")
    steps = X.reshape(n_samples * n_steps, n_features)
    is_step = ~np.isnan(steps).all(axis=1).reshape(n_samples, n_steps)
    lengths = n_steps - np.argmax(is_step[:, ::-1], axis=1)
    lengths[~is_step.any(axis=1)] = 0
    if (lengths < n_steps).any():
        steps = X[np.arange(n_steps) < lengths[:, None]]
    sequences = Sequences(steps, lengths)
    _check_lengths(sequences)
    check_finite(sequences)
    return sequences


def from_steps(X: Any) -> Sequences:
    """Take sequences from an X that says by itself which features make a step: 3-D or ragged."""
    return from_list(X) if is_ragged(X) else from_padded(X)


def from_list(X: Sequence[Any]) -> Sequences:
    """Take sequences from arrays of shape (T_i, n_features) or, with one feature, (T_i,)."""
    items: list[FloatArray] = []
    for i, item in enumerate(X):
        if isinstance(X, list | tuple) and not _is_array(item):
            raise ValueError(f"X[{i}] is no array; give every sequence as an array.")
        sequence = _as_float(item, f"X[{i}]")
        if sequence.ndim == 1:
            sequence = sequence[:, None]
        if sequence.ndim != 2:
            raise ValueError(
                f"X[{i}] has {sequence.ndim} dimensions; each sequence of a list must have shape "
                f"(n_timesteps, n_features), or (n_timesteps,) with one feature."
            )
        if items and sequence.shape[1] != items[0].shape[1]:
            raise ValueError(
                f"X[{i}] has {sequence.shape[1]} features, but X[0] has {items[0].shape[1]}; all "
                f"sequences must have the same number."
            )
        items.append(sequence)
    lengths = np.array([len(item) for item in items], dtype=np.intp)
    sequences = Sequences(np.concatenate(items), lengths)
    _check_lengths(sequences)
    check_finite(sequences)
    return sequences


def check_finite(sequences: Sequences) -> None:
    """Raise an error that names the first value that is NaN or infinite."""
    finite = np.isfinite(sequences.steps)
    if finite.all():
        return
    row, feature = np.argwhere(~finite)[0]
    index = int(np.searchsorted(sequences.starts, row, side="right")) - 1
    step = row - sequences.starts[index]
    value = "NaN" if np.isnan(sequences.steps[row, feature]) else "infinity (inf)"
    raise ValueError(
        f"X contains {value}: sequence {index}, time step {step}, feature {feature}. Leave such "
        f"steps out or impute them. Only the end of a sequence in a 3-D X may be NaN, as padding."
    )


def _as_float(array: Any, name: str) -> FloatArray:
    """Return the array in float32 if it is, else in float64."""
    array = np.asarray(array)
    if array.dtype.kind not in "fiubO":
        raise ValueError(f"{name} must hold real numbers; its dtype is {array.dtype}.")
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    try:
        converted: FloatArray = array.astype(dtype, copy=False)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name} must hold real numbers: {error}.") from error
    return converted


def _check_lengths(sequences: Sequences) -> None:
    """Raise an error that names the first sequence without a step."""
    if not sequences.lengths.all():
        empty = int(np.argmin(sequences.lengths))
        raise ValueError(f"X[{empty}] has no time step; every sequence needs at least one.")
