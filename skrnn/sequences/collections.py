"""What other libraries hold sequences in, known by what it can do and not by its package."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from skrnn.sequences.arrays import is_array
from skrnn.sequences.check import is_sequence


def as_sequences(X: Any) -> Any:
    """
    Return a collection of sequences as an array of objects, a 3-D array or a list; else X itself.

    Columns of lists (of Arrow, pandas, polars), tables of one column whose cells are sequences, and
    ragged arrays of other kinds have one meaning. What says that its axes are others is refused.
    """
    if type(X) in {np.ndarray, list} and getattr(X, "dtype", None) != np.dtype(object):
        return X
    if hasattr(X, "batch_sizes") and hasattr(X, "data"):
        raise TypeError(
            "X is a PackedSequence. Give its sequences: torch.nn.utils.rnn.unpack_sequence(X)."
        )
    _check_dims(X)
    if hasattr(X, "to_numpy_ndarray"):  # tensors of one shape, of Arrow
        return X.to_numpy_ndarray()
    if hasattr(X, "unbind") and getattr(X, "is_nested", False):  # of torch
        return list(X.unbind())
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) == 2 and shape[1] == 1 and shape[0] > 0:
        cells = np.asarray(X) if np.ndim(X) == 2 else X
        if cells.dtype == np.dtype(object) and is_sequence(cells[0, 0]):
            return cells[:, 0]
    return _column(X)


def _column(X: Any) -> Any:
    """Return a column of lists as an array of objects, and a ragged array of others as a list."""
    if isinstance(X, np.ndarray | list | tuple | str | bytes):
        return X
    if not hasattr(X, "__array__"):
        return list(X) if isinstance(X, Sequence) else X  # a column of Hugging Face's
    if len(getattr(X, "shape", (0,))) > 1:
        return X
    try:
        array = np.asarray(X)
    except (TypeError, ValueError, RuntimeError):
        items = list(X) if isinstance(X, Iterable) else []
        return items if items and all(map(is_array, items)) else X  # awkward
    of_sequences = array.ndim == 1 and array.dtype == np.dtype(object) and array.size
    return array if of_sequences and is_sequence(array[0]) else X


def _check_dims(X: Any) -> None:
    """Raise an error if an array with named axes does not have time along its second one."""
    dims = getattr(X, "dims", None)
    if not isinstance(dims, tuple) or len(dims) != 3 or "time" not in dims or dims[1] == "time":
        return
    first, last = (name for name in dims if name != "time")
    raise ValueError(
        f"X has the axes {dims}, but must have sequences first, then time steps, then features. "
        f"Give X.transpose({first!r}, 'time', {last!r})."
    )
