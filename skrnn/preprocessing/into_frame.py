"""Sequences, and what was predicted for them, as a long table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array

from skrnn.estimators.data import as_container, has_rows, width_of
from skrnn.preprocessing.columns import as_names, load_narwhals
from skrnn.preprocessing.steps import with_steps
from skrnn.rules import InvalidParameterError, among
from skrnn.sequences.check import from_flat, from_list, from_padded, is_ragged
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.steps import check_number, take_apart

BACKEND = among(("pandas", "polars", "pyarrow"))


def to_frame(
    X: Any,
    y: Any = None,
    ids: Any = None,
    times: Any = None,
    *,
    sequence: str | Iterable[str] = "sequence",
    time: str = "time",
    features: str | Iterable[str] | None = None,
    target: str | Iterable[str] = "target",
    n_step_features: int = 1,
    backend: str = "pandas",
) -> Any:
    """
    Make a long table, with a row for each time step, of sequences and what goes with them.

    It undoes `sequences_from_frame`, up to the order of the rows, and lays predictions beside the
    steps that they belong to. Needs narwhals: ``pip install 'skrnn[frames]'``.

    Parameters
    ----------
    X : array-like or list of arrays
        n_samples sequences, in any form that the estimators accept. Padding gets no rows.
    y : array-like or list of arrays, default=None
        Targets or predictions, of sequences or of steps. That of a sequence stands in each of its
        rows. Several outputs make as many columns. A 2-D y has them, or, beside 3-D or ragged X
        whose sequences all have as many steps as y has columns, a label for each step.
    ids : array-like of shape (n_samples,) or (n_samples, n_columns), default=None
        What identifies each sequence; None for 0, 1, 2 and so on.
    times : array-like of shape (n_samples, n_timesteps) or list of arrays, default=None
        The time of each step; None for 0, 1, 2 and so on in each sequence.
    sequence : str or list of str, default="sequence"
        Names of the columns of `ids`.
    time : str, default="time"
        Name of the column of `times`.
    features : list of str, default=None
        Names of the features of X; None for x0, x1, x2 and so on.
    target : str or list of str, default="target"
        Names of the columns of y.
    n_step_features : int, default=1
        Features of a time step where X is 2-D.
    backend : {"pandas", "polars", "pyarrow"}, default="pandas"
        Which library's table to make. It must be installed.

    Returns
    -------
    DataFrame or Table
        With the columns of ids, time, features and y, in this order.

    Raises
    ------
    InvalidParameterError
        If `backend` is none of the three.
    ValueError
        If X, y, ids and times are not of the same sequences and steps, or if there are not as many
        names as columns, or one of them twice.

    See Also
    --------
    sequences_from_frame : The way here.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import to_frame
    >>> X = [np.array([60.0, 61.0]), np.array([70.0])]
    >>> said = [np.array(["rest", "walk"]), np.array(["walk"])]  # by a tagger
    >>> to_frame(X, said, ["a", "b"], sequence="subject", features=["pulse"], target="said")
      subject  time  pulse  said
    0       a     0   60.0  rest
    1       a     1   61.0  walk
    2       b     0   70.0  walk
    """
    if not BACKEND.admits(backend):
        raise InvalidParameterError(f"backend must be {BACKEND.words}. Got {backend!r}.")
    X = as_container(X)
    sequences = _read(X, n_step_features)
    n_samples, lengths = len(sequences), sequences.lengths
    if ids is None:
        ids = np.arange(n_samples)
    elif isinstance(ids, list | tuple):  # NumPy would make strings of numbers among strings
        ids = np.asarray(ids, dtype=object)
    check_number(len(ids), n_samples, "ids")
    if times is None:
        of_steps = np.arange(lengths.sum()) - np.repeat(sequences.starts, lengths)
    else:
        of_steps = take_apart(times, lengths, width_of(X), "times")
    if features is None:
        features = [f"x{i}" for i in range(sequences.n_features)]
    parts = [
        ("sequence", as_names(sequence, "sequence"), np.repeat(np.asarray(ids), lengths, axis=0)),
        ("time", as_names(time, "time", single=True), of_steps),
        ("features", as_names(features, "features"), sequences.steps),
    ]
    if y is not None:
        parts.append(("target", as_names(target, "target"), with_steps(y, {}, lengths, X)[0]))
    columns: dict[str, Any] = {}
    for parameter, names, values in parts:
        _add(columns, parameter, names, values)
    return load_narwhals().from_dict(columns, backend=backend).to_native()


def _read(X: Any, n_step_features: int) -> Sequences:
    """Take sequences from X in any form."""
    if has_rows(X):
        return from_flat(check_array(X, dtype=[np.float64, np.float32]), n_step_features)
    return from_list(X) if is_ragged(X) else from_padded(X)


def _add(
    columns: dict[str, Any], parameter: str, names: list[str], values: npt.NDArray[Any]
) -> None:
    """Add values of steps to the columns of a table."""
    table = values.reshape(len(values), -1)
    if len(names) != table.shape[1]:
        raise ValueError(
            f"{parameter} must name {table.shape[1]} columns, since there are so many; got {names}."
        )
    for name, column in zip(names, table.T, strict=True):
        if name in columns:
            raise ValueError(f"{parameter} names the column {name!r}, which is there already.")
        columns[name] = _plain(column)


def _plain(column: npt.NDArray[Any]) -> Any:
    """Return objects in a type of their own, if they have one, for libraries to recognise."""
    if column.dtype != object:
        return column
    typed = np.array(column.tolist())
    return column.tolist() if typed.dtype.kind in "OUS" or typed.ndim > 1 else typed
