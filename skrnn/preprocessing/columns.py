"""Tables of any library, and the columns that a user names in them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def load_narwhals() -> Any:
    """Return the part of narwhals, which reads and writes all tables, that is promised to stay."""
    try:
        import narwhals.stable.v2 as nw  # noqa: PLC0415 - the rest of skrnn does without
    except ImportError as error:
        raise ImportError(
            "Tables need narwhals 2, which is not installed: pip install 'skrnn[frames]'."
        ) from error
    return nw


def texts() -> tuple[Any, ...]:
    """Return the types of columns that hold words."""
    nw = load_narwhals()
    return nw.String, nw.Categorical, nw.Enum


def as_table(frame: Any) -> Any:
    """Return a table of any library, with a row at least, as a narwhals.DataFrame."""
    nw = load_narwhals()
    try:
        table = nw.maybe_reset_index(nw.from_native(frame, eager_only=True))
    except TypeError as error:
        raise TypeError(
            f"frame must be a DataFrame of pandas or polars, or a Table of pyarrow; it is a "
            f"{type(frame).__module__}.{type(frame).__name__}. Collect a lazy one before."
        ) from error
    native = table.to_native()
    if hasattr(native, "unify_dictionaries"):  # pyarrow joins no chunks whose categories differ
        table = nw.from_native(native.unify_dictionaries(), eager_only=True)
    if not len(table):
        raise ValueError("frame has no rows.")
    unnamed = [name for name in table.columns if not isinstance(name, str)]
    if unnamed:
        raise ValueError(
            f"The columns of frame must have str as names; {unnamed[0]!r} is none. Rename it."
        )
    return table


def as_names(names: Any, parameter: str, *, single: bool = False) -> list[str]:
    """Return no, one or several names of columns as a list; `parameter` is for the error."""
    if names is None:
        return []
    several = [names] if isinstance(names, str) or not np.iterable(names) else list(names)
    are_names = all(isinstance(name, str) for name in several)
    if not are_names or len(set(several)) < len(several) or (single and several != [names]):
        raise ValueError(
            f"{parameter} must be the name of a column{'' if single else ', or several names'}; "
            f"got {names!r}."
        )
    return several


def check_there(table: Any, names: list[str], parameter: str, *, gaps: bool = False) -> None:
    """
    Raise an error for the first column that is not there, or has no plain values.

    Unless `gaps`, for one as well that lacks a value.
    """
    nw = load_narwhals()
    for name in names:
        if name not in table.columns:
            raise ValueError(
                f"{parameter} names the column {name!r}, which frame does not have; its columns "
                f"are {table.columns}."
            )
        dtype = table[name].dtype
        if dtype.is_nested() or dtype in (nw.Int128, nw.UInt128):
            raise ValueError(
                f"{parameter} names the column {name!r}, whose type is {dtype}, but a column must "
                f"have a plain value in each row: "
                f"{'unpack it' if dtype.is_nested() else 'cast it to 64 bits, or to strings'}."
            )
        if gaps:
            continue
        missing = table[name].is_null().to_numpy()
        if dtype.is_float() and not missing.any():
            missing = np.isnan(table[name].to_numpy().astype(np.float64, copy=False))
        if missing.any():
            or_keep = ", or keep them with missing='keep'" if parameter == "features" else ""
            raise ValueError(
                f"The column {name!r} has no value in {missing.sum()} of {len(missing)} rows, the "
                f"first at position {np.argmax(missing)}. Drop such rows, or impute what is "
                f"missing{or_keep}."
            )


def values_of(table: Any, names: list[str], *, as_numbers: bool = False) -> npt.NDArray[Any]:
    """
    Return one column in shape (n_rows,), several side by side in (n_rows, n_columns).

    They are numbers or times; strings, and columns of different types, are objects. With
    `as_numbers`, integers, floats and booleans become numbers of one type, unless an integer is too
    large for a float.
    """
    columns: list[npt.NDArray[Any]] = [table[name].to_numpy() for name in names]
    columns = [c.astype(object) if c.dtype.kind not in "biufmM" else c for c in columns]
    if len(columns) == 1:
        return columns[0]
    kinds = {column.dtype.kind for column in columns}
    if len({column.dtype for column in columns}) == 1:
        return np.column_stack(columns)
    if kinds <= set("biuf") and (
        len(kinds) == 1 or (as_numbers and all(map(_is_exact_as_float, columns)))
    ):
        return np.column_stack(columns)
    values = np.empty((len(table), len(columns)), dtype=object)
    for i, column in enumerate(columns):
        values[:, i] = list(column)  # astype would make integers of times
    return values


def _is_exact_as_float(column: npt.NDArray[Any]) -> bool:
    """Tell whether numbers stay what they are in float64."""
    return column.dtype.kind in "bf" or -(2**53) <= column.min() <= column.max() <= 2**53
