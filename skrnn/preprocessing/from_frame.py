"""A long table, with a row for each time step, cut into sequences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skrnn.preprocessing.columns import (
    as_names,
    as_table,
    check_there,
    load_narwhals,
    texts,
    values_of,
)
from skrnn.rules import among, check
from skrnn.sequences.arrays import is_missing
from skrnn.sequences.steps import ListOfArrays
from skrnn.types import FloatArray, IntArray


class FrameSequences(NamedTuple):
    """
    Sequences that were cut out of a table.

    All have an item for each sequence, in the same order, so that `train_test_split` splits them
    together; `to_frame` takes them in this order.

    Parameters
    ----------
    X : list of arrays of shape (n_timesteps_i, n_features)
        The features; objects, if some are no numbers.
    y : None, array of shape (n_samples,) or (n_samples, n_targets), or list of arrays
        The target of each sequence, or of each of its steps.
    ids : array of shape (n_samples,) or (n_samples, n_columns)
        What identifies each sequence; objects where columns differ in type. A column of it can be
        `groups` of a cross-validation.
    times : list of arrays of shape (n_timesteps_i,)
        The time of each step, in UTC if it had a zone; without a column for it, 0, 1, 2 and so on.
    """

    X: list[npt.NDArray[Any]]
    y: Any
    ids: npt.NDArray[Any]
    times: list[npt.NDArray[Any]]


def sequences_from_frame(
    frame: Any,
    *,
    sequence: str | Iterable[str],
    time: str | None = None,
    features: str | Iterable[str] | None = None,
    target: str | Iterable[str] | None = None,
    target_per_step: bool = False,
    missing: str = "error",
) -> FrameSequences:
    """
    Cut a long table, with a row for each time step, into sequences.

    Sequences come in the order in which they first appear in the table; the rows of one need not
    stand together. Needs narwhals: ``pip install 'skrnn[frames]'``.

    Parameters
    ----------
    frame : DataFrame or Table
        Of pandas, polars, pyarrow or another library whose tables narwhals can read. The index of
        pandas is no column; ``frame.reset_index()`` makes one of it.
    sequence : str or list of str
        The column, or columns, that tell to which sequence a row belongs.
    time : str, default=None
        The column by which the steps of a sequence are sorted, of any type that has an order, so
        categories only as an ordered Categorical of pandas or an Enum of polars. No sequence may
        have two rows of the same time. None takes the rows in the order of the table.
    features : str or list of str, default=None
        The columns of X, in this order: numbers, booleans, strings or categories. None takes all
        numbers and booleans that no other parameter names, whatever they mean: name them where the
        table has others. With strings or categories among them, steps are of objects, for
        `PerStep` and an encoder.
    target : str or list of str, default=None
        The column of y, or several.
    target_per_step : bool, default=False
        Whether y has a value for each step, as `RNNSequenceTagger` needs it. If not, it has one for
        each sequence, and all rows of the sequence must agree on it.
    missing : {"error", "keep"}, default="error"
        What to do where a feature has no value. "keep" makes NaN of it, for `FillSteps` or
        ``PerStep(SimpleImputer())`` to fill; a row without any value stays a step. The other
        columns must have one in each row.

    Returns
    -------
    FrameSequences
        The tuple X, y, ids, times, each with an item for each sequence: a list of arrays of shape
        (n_timesteps_i, n_features), in float32 if all features are, else in float64, or objects
        where some are no numbers; an array of
        targets, a list of arrays of them, or None; an array of what identifies the sequences, with
        a column for each name in `sequence` if there are several; a list of arrays of times.

    Raises
    ------
    InvalidParameterError
        If `missing` is neither of its words.
    TypeError
        If `frame` is no table.
    ValueError
        If a column is not there, lacks a value that it must have, holds lists or 128-bit integers,
        or is a feature and no number; if the time has no order; if two steps of a sequence have the
        same time; if rows of a sequence differ in their target.

    See Also
    --------
    to_frame : The way back.
    FillSteps : Fill gaps along time.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.preprocessing import sequences_from_frame
    >>> frame = pd.DataFrame(
    ...     {
    ...         "subject": ["b", "b", "a", "b", "a"],
    ...         "day": [2, 1, 1, 3, 2],
    ...         "pulse": [61.0, 60.0, 70.0, 63.0, 71.0],
    ...         "ill": [True, True, False, True, False],
    ...     }
    ... )
    >>> X, y, ids, times = sequences_from_frame(
    ...     frame, sequence="subject", time="day", target="ill"
    ... )
    >>> X[0][:, 0], y, ids
    (array([60., 61., 63.]), array([ True, False]), array(['b', 'a'], dtype=object))
    """
    check("missing", missing, among(["error", "keep"]))
    table = as_table(frame)
    keys, targets = as_names(sequence, "sequence"), as_names(target, "target")
    order = as_names(time, "time", single=True)
    if not keys:
        raise ValueError("sequence must name a column at least.")
    check_there(table, keys, "sequence")
    check_there(table, order, "time")
    _check_order(table, order)
    check_there(table, targets, "target")
    if features is None:
        others = {*keys, *order, *targets}
        names = [name for name in table.columns if name not in others and _is_number(table, name)]
    else:
        names = as_names(features, "features")
    check_there(table, names, "features", gaps=missing == "keep")
    _check_features(table, names)
    as_steps = _matrix if all(_is_number(table, name) for name in names) else _objects

    used = dict.fromkeys([*keys, *order, *targets, *names])
    table, starts = _sort(table.select(*used), keys, order)
    lengths = np.diff(starts, append=len(table))
    ids = values_of(table, keys)[starts]
    if not order:
        times = np.arange(len(table)) - np.repeat(starts, lengths)
    else:
        times = values_of(table, order)
        _check_times(times, starts, order[0], keys, ids)
    y: Any = values_of(table, targets, as_numbers=True) if targets else None
    if targets and target_per_step:
        y = _split(y, starts)
    elif targets:
        _check_constant(y, starts, lengths, targets, keys, ids)
        y = y[starts]
    return FrameSequences(_split(as_steps(table, names), starts), y, ids, _split(times, starts))


def _is_number(table: Any, name: str) -> bool:
    """Tell whether a column can be a feature."""
    dtype = table[name].dtype
    return bool(dtype.is_numeric() or dtype == load_narwhals().Boolean)


def _check_order(table: Any, time: list[str]) -> None:
    """Raise an error if the time is of categories, which libraries sort in different ways."""
    for name in time:
        if table[name].dtype == load_narwhals().Categorical:
            raise ValueError(
                f"The time {name!r} must be of a type that has an order, but is of categories "
                f"without one. Cast it to strings or numbers, or to an ordered Categorical in "
                f"pandas, an Enum in polars."
            )


def _check_features(table: Any, names: list[str]) -> None:
    """Raise an error unless there are features, all of them numbers."""
    if not names:
        raise ValueError(
            f"There must be a feature at least, but none of the columns {table.columns} is left "
            f"that has numbers or booleans."
        )
    for name in names:
        if table[name].dtype not in texts() and not _is_number(table, name):
            raise ValueError(
                f"The feature {name!r} must be a column of numbers, booleans, strings or "
                f"categories; its type is {table[name].dtype}."
            )


def _sort(table: Any, sequence: list[str], time: list[str]) -> tuple[Any, IntArray]:
    """Return the table with the steps of each sequence in a row, and where sequences start."""
    nw = load_narwhals()
    row = nw.generate_temporary_column_name(8, table.columns)
    first = nw.generate_temporary_column_name(8, [*table.columns, row])
    table = table.with_row_index(row)
    # A join and no window function: pyarrow joins in any order, and narwhals' does not restore it.
    appearances = table.group_by(*sequence).agg(nw.col(row).min().alias(first))
    table = table.join(appearances, on=sequence, how="left").sort(first, *time, row)
    firsts = table[first].to_numpy()
    return table, np.flatnonzero(np.diff(firsts, prepend=firsts[0] + 1))


def _matrix(table: Any, names: list[str]) -> FloatArray:
    """Return columns as the features of all steps; NaN where a value is missing."""
    nw = load_narwhals()
    single = all(table[name].dtype == nw.Float32 for name in names)
    matrix = np.empty((len(table), len(names)), np.float32 if single else np.float64)
    for i, name in enumerate(names):
        column = table[name]
        if column.is_null().any():  # of booleans, NumPy would get objects
            column = column.cast(nw.Float64).fill_null(np.nan)
        matrix[:, i] = column.to_numpy()
    return matrix


def _objects(table: Any, names: list[str]) -> npt.NDArray[Any]:
    """Return columns of several types as the features of all steps; NaN where one is missing."""
    matrix = np.empty((len(table), len(names)), dtype=object)
    for i, name in enumerate(names):
        values = table[name].to_list()
        matrix[:, i] = [np.nan if is_missing(value) else value for value in values]
    return matrix


def _split(values: npt.NDArray[Any], starts: IntArray) -> ListOfArrays:
    """Return the values of each sequence."""
    return ListOfArrays(np.split(values, starts[1:]))


def _check_times(
    times: npt.NDArray[Any],
    starts: IntArray,
    time: str,
    sequence: list[str],
    ids: npt.NDArray[Any],
) -> None:
    """Raise an error for the first two steps of a sequence, sorted, that have the same time."""
    same = times[1:] == times[:-1]
    same[starts[1:] - 1] = False
    if same.any():
        row = int(np.argmax(same))
        raise ValueError(
            f"The sequence {_describe(row, starts, sequence, ids)} has more than one row with "
            f"{time}={times[row]}. Drop or merge such rows, or let more columns tell sequences "
            f"apart."
        )


def _check_constant(
    y: npt.NDArray[Any],
    starts: IntArray,
    lengths: IntArray,
    targets: list[str],
    sequence: list[str],
    ids: npt.NDArray[Any],
) -> None:
    """Raise an error for the first sequence whose rows differ in a target."""
    y = y.reshape(len(y), len(targets))
    differs = y != np.repeat(y[starts], lengths, axis=0)
    if differs.any():
        row, target = np.argwhere(differs)[0]
        start = starts[np.searchsorted(starts, row, side="right") - 1]
        raise ValueError(
            f"The target {targets[target]!r} must be the same in all rows of a sequence, but "
            f"{_describe(row, starts, sequence, ids)} has {y[start, target]} and {y[row, target]}. "
            f"For a target at each step, set target_per_step=True."
        )


def _describe(row: int, starts: IntArray, sequence: list[str], ids: npt.NDArray[Any]) -> str:
    """Say to which sequence a row belongs."""
    own = np.atleast_1d(ids[np.searchsorted(starts, row, side="right") - 1])
    return ", ".join(f"{name}={value}" for name, value in zip(sequence, own, strict=True))
