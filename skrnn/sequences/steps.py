"""What belongs to steps: taken apart into one array, and put together again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.types import IntArray


class ListOfArrays(list[npt.NDArray[Any]]):
    """
    A list of arrays that NumPy takes for an array of objects, whatever their lengths.

    NumPy refuses to concatenate plain lists of arrays of unequal length, as scikit-learn's
    ``cross_val_predict`` does with the predictions of its folds.
    """

    def __array__(self, dtype: Any = None, copy: Any = None) -> npt.NDArray[Any]:
        array = np.empty(len(self), dtype=object)
        for i, item in enumerate(self):
            array[i] = item
        return array


def take_apart(
    values: Any,
    lengths: IntArray,
    width: int | None,
    name: str,
    of: str = "X",
    *,
    read: Callable[[Any, str], npt.NDArray[Any]] = as_array,
) -> npt.NDArray[Any]:
    """
    Return the values of all steps, one sequence after the other: (sum of lengths, ...).

    `values` have the steps along their second axis, or are an array for each sequence, and `read`
    makes arrays of them. `width` is how many steps a 3-D X has, padding included, and None for an X
    of another form; `name` and `of` tell in errors what the values are and what they belong to.
    """
    if is_ragged(values):
        items = [read(item, f"{name}[{i}]") for i, item in enumerate(values)]
        return _from_items(items, lengths, name, of)
    array = as_array(values, name)
    if array.ndim < 2:
        raise ValueError(
            f"{name} has shape {array.shape}, but must have a value for each time step: an array "
            f"of shape (n_samples, n_timesteps), or a list with an array for each sequence."
        )
    check_number(len(array), len(lengths), name, of)
    n_steps = array.shape[1]
    other = np.flatnonzero(lengths != n_steps if width is None else lengths > n_steps)
    if other.size:
        raise ValueError(
            f"{name} has {n_steps} time steps, but {of}[{other[0]}] has {lengths[other[0]]}. Give "
            f"a list with an array for each sequence."
        )
    if width is not None and n_steps != width:
        raise ValueError(f"{name} has {n_steps} time steps, but {of} has {width}.")
    there = np.arange(n_steps) < lengths[:, None]
    if array.dtype == np.dtype(object):
        array = array.copy()
        array[~there] = 0  # where nobody reads, anything may stand
    return read(array, name)[there]


def _from_items(
    items: list[npt.NDArray[Any]], lengths: IntArray, name: str, of: str
) -> npt.NDArray[Any]:
    """Join arrays that have one value for each step of a sequence."""
    check_number(len(items), len(lengths), name, of)
    for i, (item, length) in enumerate(zip(items, lengths, strict=True)):
        if item.ndim == 0 or len(item) != length:
            size = "is no array" if item.ndim == 0 else f"has {len(item)} values"
            raise ValueError(f"{name}[{i}] {size}, but {of}[{i}] has {length} time steps.")
        if item.shape[1:] != items[0].shape[1:]:
            raise ValueError(
                f"{name}[{i}] has shape {item.shape}, but {name}[0] has {items[0].shape}: the "
                f"values of a step must have the same shape everywhere."
            )
    is_text = [item.dtype.kind in "UST" for item in items]
    is_other = [item.dtype.kind not in "USTO" for item in items]
    if any(is_text) and any(is_other):  # NumPy would make strings of all
        raise ValueError(
            f"{name}[{is_text.index(True)}] holds strings, but {name}[{is_other.index(True)}] "
            f"does not."
        )
    return np.concatenate(items)


def put_together(rows: npt.NDArray[Any], lengths: IntArray, X: Any, *, padded: bool = False) -> Any:
    """
    Return the values of all steps, of shape (sum of lengths, ...), in the form of X.

    Where a 3-D X has padding, or is to be regarded as `padded`, that is a list of arrays without.
    """
    form: tuple[int, ...] = getattr(X, "shape", ())
    if len(form) == 2 or (len(form) == 3 and not padded and (lengths == form[1]).all()):
        return rows.reshape(len(lengths), lengths[0], *rows.shape[1:])
    items = ListOfArrays(np.split(rows, np.cumsum(lengths)[:-1]))
    return np.asarray(items) if len(form) == 1 else items


def without_objects(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return values (m, ...) in a type of their own if they were held as objects but have one."""
    if values.dtype.kind == "T":  # which scikit-learn does not know
        return values.astype(object)
    if values.dtype != np.dtype(object) or any(isinstance(value, str) for value in values.flat):
        return values
    try:
        plain = np.array(values.tolist())
    except ValueError:  # some are lists
        return values
    return plain if plain.shape == values.shape else values


def check_number(n_given: int, n_sequences: int, name: str, of: str = "X") -> None:
    """Raise an error unless what is called `name` has an item for each sequence of `of`."""
    if n_given != n_sequences:
        raise ValueError(f"{of} has {n_sequences} sequences, but {name} has {n_given}.")
