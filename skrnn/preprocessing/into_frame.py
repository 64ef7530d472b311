"""Sequences, and what was predicted for them, as a long table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_array

from skrnn.estimators.x_format import as_container, as_rows, has_rows, width_of
from skrnn.preprocessing.columns import as_names, load_narwhals
from skrnn.preprocessing.steps import with_steps
from skrnn.preprocessing.words import Steps, is_words, read_words
from skrnn.rules import among, check, whole
from skrnn.sequences.arrays import is_missing
from skrnn.sequences.check import from_flat, from_steps
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.steps import check_number, take_apart

RULES = {"n_step_features": whole(1), "backend": among(("pandas", "polars", "pyarrow"))}
COARSEST = {"pandas": "s", "polars": "ms", "pyarrow": "s"}  # unit of times


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
        n_samples sequences, in any form that the estimators or `PerStep` accept, of words too, and
        with gaps. Padding gets no rows.
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
        If `backend` is none of the three, or `n_step_features` no integer of at least 1.
    ValueError
        If X, y, ids and times are not of the same sequences and steps, or if there are not as many
        names as columns, or one of them twice; if values of a column differ in type, which only
        pandas can hold.

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
    for name, value in (("n_step_features", n_step_features), ("backend", backend)):
        check(name, value, RULES[name])
    of_words = is_words(X := as_sequences(X))
    X = X if of_words else as_container(X)
    steps = _read(X, int(n_step_features), of_words=of_words)
    n_samples, lengths = len(steps.lengths), steps.lengths
    ids = np.arange(n_samples) if ids is None else _as_ids(ids)
    check_number(len(ids), n_samples, "ids")
    if times is None:
        of_steps = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    else:
        of_steps = take_apart(times, lengths, width_of(X), "times")
    if features is None:
        features = [f"x{i}" for i in range(steps.n_features)]
    parts = [
        ("sequence", as_names(sequence, "sequence"), np.repeat(ids, lengths, axis=0)),
        ("time", as_names(time, "time", single=True), of_steps),
        ("features", as_names(features, "features"), steps.values),
    ]
    if y is not None:
        parts.append(("target", as_names(target, "target"), with_steps(y, {}, lengths, X)[0]))
    columns: dict[str, Any] = {}
    for parameter, names, values in parts:
        _add(columns, parameter, names, values, backend)
    return load_narwhals().from_dict(columns, backend=backend).to_native()


def _read(X: Any, n_step_features: int, *, of_words: bool) -> Steps:
    """Take sequences from X in any form, of numbers or of words."""
    if of_words:
        steps = read_words(X, n_step_features)
        values = np.asarray(steps.values, dtype=object).reshape(-1, steps.n_features)
        return steps._replace(values=values)
    if has_rows(X):
        sequences = from_flat(as_rows(X, check_array), n_step_features, gaps=True)
    else:
        sequences = from_steps(X, gaps=True)
    return Steps(sequences.steps, sequences.lengths, sequences.n_features)


def _as_ids(ids: Any) -> npt.NDArray[Any]:
    """Return what identifies sequences as an array with a row for each."""
    is_list = isinstance(ids, list | tuple)  # NumPy would make strings of numbers among strings
    array = np.asarray(ids, dtype=object if is_list else None)
    if array.ndim not in {1, 2}:
        raise ValueError(
            f"ids must be a list or an array of shape (n_samples,) or (n_samples, n_columns); got "
            f"{ids!r}."
        )
    if is_list and array.ndim == 1:
        nested = [i for i, item in enumerate(ids) if isinstance(item, list | tuple | np.ndarray)]
        if nested:
            raise ValueError(
                f"ids must have one value for each sequence, or as many for each as for the "
                f"others; ids[{nested[0]}] is {ids[nested[0]]!r}, which the others do not match."
            )
    return array


def _add(
    columns: dict[str, Any],
    parameter: str,
    names: list[str],
    values: npt.NDArray[Any],
    backend: str,
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
        columns[name] = _plain(column, name, backend)


def _plain(column: npt.NDArray[Any], name: str, backend: str) -> Any:
    """Return values in a type that the library of the table recognises."""
    if column.dtype == object:
        values = [None if is_missing(value) else value for value in column.tolist()]
        types = {type(value) for value in values if value is not None}
        if len(types) > 1 and backend != "pandas":
            raise ValueError(
                f"The column {name!r} has values of the types "
                f"{', '.join(sorted(kind.__name__ for kind in types))}, but must have one type for "
                f"backend={backend!r}. Convert them, or take backend='pandas'."
            )
        if len(types) > 1:
            return column  # of a list pandas would make floats of integers
        if not all(isinstance(value, np.generic) for value in values):
            return values
        column = np.array(values)
    if column.dtype.kind in "mM" and column.dtype != "M8[D]":
        known = f"{column.dtype.kind}8[{COARSEST[backend]}]"
        column = column.astype(np.promote_types(column.dtype, known))
    return column
