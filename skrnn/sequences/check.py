"""Any accepted form of X into `Sequences`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.sequences.arrays import as_array, as_floats, is_array
from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray

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
    if isinstance(X, list | tuple):
        return any(map(is_array, X))
    return (
        getattr(X, "ndim", None) == 1
        and hasattr(X, "__array__")
        and getattr(X, "dtype", None) == np.dtype(object)  # of a pandas Series as well
        and len(X) > 0
        and is_sequence(np.asarray(X)[0])
    )


def is_sequence(item: Any) -> bool:
    """Tell whether an item of an array of objects has items itself."""
    return is_array(item) or (isinstance(item, Sequence) and not isinstance(item, str | bytes))


def steps_of_row(n_columns: int, n_step_features: int) -> int:
    """Return how many steps a row has."""
    n_steps, rest = divmod(n_columns, n_step_features)
    if rest or not n_steps:
        raise ValueError(
            f"X has {n_columns} columns, which n_step_features={n_step_features} does not divide "
            f"into whole time steps; each row must hold n_timesteps * n_step_features values."
        )
    return n_steps


def from_flat(X: FloatArray, n_step_features: int, *, gaps: bool = False) -> Sequences:
    """Take each row of X (n, T * n_step_features), time-major, as one sequence of T steps."""
    n_samples, n_columns = X.shape
    n_steps = steps_of_row(n_columns, n_step_features)
    sequences = Sequences(
        X.reshape(n_samples * n_steps, n_step_features), np.full(n_samples, n_steps)
    )
    check_finite(sequences, gaps=gaps)
    return sequences


def from_padded(X: Any, *, gaps: bool = False) -> Sequences:
    """Take n sequences from X (n, T, n_features), each without its trailing all-NaN steps."""
    X = as_floats(X, "X")
    n_samples, n_steps, n_features = X.shape
    check_some(X)
    steps = X.reshape(n_samples * n_steps, n_features)
    is_step = ~np.isnan(steps).all(axis=1).reshape(n_samples, n_steps)
    lengths = n_steps - np.argmax(is_step[:, ::-1], axis=1)
    lengths[~is_step.any(axis=1)] = 0
    if (lengths < n_steps).any():
        steps = X[np.arange(n_steps) < lengths[:, None]]
    sequences = Sequences(steps, lengths)
    check_lengths(lengths)
    check_finite(sequences, gaps=gaps)
    return sequences


def from_steps(X: Any, *, gaps: bool = False) -> Sequences:
    """Take sequences from an X that says by itself which features make a step: 3-D or ragged."""
    is_padded = len(getattr(X, "shape", ())) == 3
    return from_padded(X, gaps=gaps) if is_padded else from_list(X, gaps=gaps)


def from_list(X: Sequence[Any], *, gaps: bool = False) -> Sequences:
    """Take sequences from arrays of shape (T_i, n_features) or, with one feature, (T_i,)."""
    _check_no_pair(X)
    items: list[FloatArray] = []
    for i, item in enumerate(X):
        if isinstance(X, list | tuple) and not is_array(item):
            raise ValueError(
                f"X[{i}] is no array, but a {type(item).__name__}; give every sequence as an array."
            )
        sequence = as_floats(item, f"X[{i}]")
        if sequence.ndim == 1:
            sequence = sequence[:, None]
        if sequence.ndim != 2:
            raise ValueError(
                f"X[{i}] has {sequence.ndim} dimensions; each sequence of a list must have shape "
                f"(n_timesteps, n_features), or (n_timesteps,) with one feature."
            )
        if items and sequence.shape[1] != items[0].shape[1]:
            hint = ""
            if all(np.shape(other)[:1] == np.shape(X[0])[:1] for other in X):
                hint = (
                    " If they have shape (n_channels, n_timesteps), put "
                    "skrnn.preprocessing.ChannelsFirst first, or give [x.T for x in X]."
                )
            raise ValueError(
                f"X[{i}] has {sequence.shape[1]} features, but X[0] has {items[0].shape[1]}; all "
                f"sequences must have the same number.{hint}"
            )
        items.append(sequence)
    lengths = np.array([len(item) for item in items], dtype=np.intp)
    sequences = Sequences(np.concatenate(items), lengths)
    check_lengths(lengths)
    check_finite(sequences, gaps=gaps)
    return sequences


def check_some(X: FloatArray) -> None:
    """Raise an error if there is no sequence, no step or no feature."""
    if 0 in X.shape:
        raise ValueError(f"X has shape {X.shape}: there must be at least 1 of each.")


def check_finite(
    sequences: Sequences, categorical: Sequence[int] = (), *, gaps: bool = False
) -> None:
    """
    Raise an error that names the first value that is infinite or, unless `gaps`, NaN.

    Of features that are `categorical`, what is missing is a category.
    """
    wrong = np.isinf(sequences.steps) if gaps else ~np.isfinite(sequences.steps)
    if categorical:
        wrong[:, categorical] = np.isinf(sequences.steps[:, categorical])
    if not wrong.any():
        return
    row, feature = np.argwhere(wrong)[0]
    value = "NaN" if np.isnan(sequences.steps[row, feature]) else "infinity (inf)"
    raise ValueError(
        f"X contains {value}: {sequences.place(row)}, feature {feature}. Leave such steps out or "
        f"impute them, as skrnn.preprocessing.FillSteps does with NaN. Only the end of a sequence "
        f"in a 3-D X may be NaN, as padding."
    )


def _check_no_pair(X: Sequence[Any]) -> None:
    """Raise an error for an array of sequences beside their lengths, or which steps there are."""
    if not isinstance(X, list | tuple) or len(X) != 2 or not is_array(X[0]):
        return
    given, other = (as_array(item, f"X[{i}]").shape for i, item in enumerate(X))
    is_outer = 0 < len(other) < len(given) and given[: len(other)] == other
    if is_outer and (len(given) > 2 or given[1] > 1):  # else two sequences of one feature
        raise ValueError(
            f"X is a pair of shapes {given} and {other}, but a list must have an array for each "
            f"sequence. If the second tells how long the sequences in the first are, give the "
            f"first alone, with NaN beyond their ends, or [x[:n] for x, n in zip(*X)]."
        )


def check_lengths(lengths: IntArray) -> None:
    """Raise an error that names the first sequence without a step."""
    if not lengths.all():
        empty = int(np.argmin(lengths))
        raise ValueError(f"X[{empty}] has no time step; every sequence needs at least one.")
