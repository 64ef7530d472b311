"""What users gave, as arrays; an error says what is none, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skrnn.rules import shown
from skrnn.types import FloatArray


def as_array(values: Any, name: str) -> npt.NDArray[Any]:
    """Return what is no list of arrays as an array; errors call it by `name`."""
    if isinstance(values, np.ndarray):
        if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
            raise ValueError(
                f"{name} is a masked array, whose mask would be lost. Fill what it hides: "
                f"{name}.filled(np.nan), which is padding at the end of a sequence in a 3-D X."
            )
        return np.asarray(values)
    _check_kind(values, name)
    try:
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # whatever its __array__ says
        if isinstance(values, list | tuple) and not any(map(is_array, values)):
            raise ValueError(
                f"{name} is a list of lists of different lengths. Give each sequence's as an "
                f"array: [np.asarray(item) for item in {name}]."
            ) from error
        raise ValueError(
            f"{name} must be an array, or what NumPy can make one of. It says: {error}"
        ) from error
    if array.dtype.kind == "U" and isinstance(values, list | tuple):  # even of NaN beside strings
        objects = np.asarray(values, dtype=object)
        kinds = set(map(type, objects.flat))
        return array if all(issubclass(kind, str) for kind in kinds) else objects
    return array


def as_floats(values: Any, name: str) -> FloatArray:
    """Return an array in float32 if it is, else in float64; errors call it by `name`."""
    array = as_array(values, name)
    if array.dtype.char in "fd" and array.dtype.isnative:
        return array
    if array.dtype == np.dtype(object) and array.ndim == 1 and array.size and is_array(array[0]):
        array = _stacked(array, name)
    if array.dtype.kind not in "fiubO":
        cure = _cure(array.flat[0], name) if array.size else ""
        raise ValueError(f"{name} must hold real numbers; its dtype is {array.dtype}.{cure}")
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    try:
        with np.errstate(over="ignore"):  # of long doubles: infinity is found by those who ask
            converted: FloatArray = array.astype(dtype, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        if any(map(_is_na, array.flat)):
            of_each: Any = np.frompyfunc(lambda value: np.nan if _is_na(value) else value, 1, 1)
            return as_floats(of_each(array), name)
        kind = TypeError if isinstance(error, TypeError) else ValueError
        where, cure = _first_other(array, name)
        raise kind(f"{name} must hold real numbers{where}: {error}.{cure}") from error
    return converted


def is_missing(value: Any) -> bool:
    """Tell whether a value of an array of objects stands for none: None, NaN, or pandas' NA."""
    if isinstance(value, str):
        return False
    return value is None or _is_na(value) or bool(value != value)  # noqa: PLR0124


def missing_in(values: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell which values of an array are missing: None, NaN, NaT, or pandas' NA."""
    if values.dtype.kind in "OT":
        of_each: Any = np.frompyfunc(is_missing, 1, 1)
        return np.asarray(of_each(values.astype(object)), dtype=bool)
    return np.asarray(values != values)  # noqa: PLR0124


def _is_na(value: Any) -> bool:
    """Tell whether a value is pandas' NA, of which float makes no NaN as NumPy does of None."""
    return type(value).__name__ == "NAType"


def _stacked(rows: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return an array of arrays, as Arrow's nested lists become, as one of two dimensions."""
    shapes = [np.shape(row) for row in rows]
    for i, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise ValueError(
                f"{name}[{i}] has shape {shape}, but {name}[0] has {shapes[0]}: all time steps "
                f"must have the same features."
            )
    return np.stack(rows.tolist())


def is_array(item: Any) -> bool:
    """Tell whether an item of a list is an array or a data frame, and no scalar."""
    return hasattr(item, "__array__") and getattr(item, "ndim", 1) > 0


def _check_kind(values: Any, name: str) -> None:
    """Raise an error for what has items that NumPy would not find, or would look for by number."""
    if (
        hasattr(values, "__array__")
        or isinstance(values, Sequence)
        or not isinstance(values, Iterable)
    ):
        return
    kind = type(values).__name__
    if isinstance(values, Mapping):
        cure = f"Give its values in a list: list({name}.values())."
    elif "groupby" in kind.lower():  # of pandas, polars and others
        cure = "Cut the table into sequences with skrnn.preprocessing.sequences_from_frame."
    else:
        cure = f"Give its items in a list: list({name})."
    raise TypeError(f"{name} must be an array or a list, but it is a {kind}. {cure}")


def _first_other(array: npt.NDArray[Any], name: str) -> tuple[str, str]:
    """Say which value of an array is no number that a float can hold, and what to do with it."""
    for place, value in np.ndenumerate(array):
        try:
            float(value)
        except (TypeError, ValueError, OverflowError):
            where = ", ".join(map(str, place))
            return f", but {name}[{where}] is {shown(value)}", _cure(value, name)
    return "", ""


def _cure(value: Any, name: str) -> str:
    """Say what to do with a word or a time in X."""
    if not name.startswith("X"):
        return ""
    if isinstance(value, str):
        return " Name words by categorical_features, or encode them by PerStep(OneHotEncoder())."
    if isinstance(value, np.datetime64) or hasattr(value, "isoformat"):
        return " Make numbers of times, such as the hours since the first."
    return ""
