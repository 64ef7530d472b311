"""Steps for a transformer to read: numbers, words, categories, mixed columns, dicts."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from skrnn.estimators.feature_names import first_frame, names_of
from skrnn.estimators.x_format import has_rows
from skrnn.preprocessing.columns import load_narwhals, texts
from skrnn.sequences.arrays import is_array, missing_in
from skrnn.sequences.check import check_lengths
from skrnn.sequences.sequences import Sequences
from skrnn.types import IntArray

HAS_NARWHALS = find_spec("narwhals") is not None
"""Without it, data frames are numbers."""


class Steps(NamedTuple):
    """
    All steps of all sequences, one sequence after the other, and how many of each there are (n,).

    The `values` are an array (sum of lengths, n_features) of numbers or objects, a data frame, or a
    list of dicts, which count as one feature.
    """

    values: Any
    lengths: IntArray
    n_features: int

    @property
    def sample(self) -> Any:
        """Something with as many features, and their names if they have some."""
        is_frame = hasattr(self.values, "columns")
        return self.values if is_frame else np.empty((1, self.n_features))


def is_words(X: Any) -> bool:
    """Tell whether X holds strings or dicts, or data frames with columns of other than numbers."""
    if isinstance(X, list | tuple):
        return len(X) > 0 and any(map(_has_words, X))
    if hasattr(X, "columns"):
        return _has_words(X)
    if isinstance(X, np.ndarray) and X.ndim == 1 and X.dtype == np.dtype(object):
        return any(map(_has_words, X))
    return isinstance(X, np.ndarray) and X.ndim in {2, 3} and _has_words(X)


def _has_words(steps: Any) -> bool:
    """Tell whether steps, or one sequence of them, hold something that is to be encoded."""
    if names_of(steps) is not None:
        if not HAS_NARWHALS:
            return False
        table = load_narwhals().from_native(steps, eager_only=True, pass_through=True)
        kinds = table.schema.values() if hasattr(table, "to_native") else ()
        return any(kind in texts() or kind.is_temporal() for kind in kinds)
    if isinstance(steps, list | tuple):
        return any(isinstance(step, str | dict) or _holds_text(step) for step in steps)
    return isinstance(steps, np.ndarray) and (
        steps.dtype.kind in "UST"
        or (steps.dtype == np.dtype(object) and any(isinstance(v, str | dict) for v in steps.flat))
    )


def lacks_values(X: Any) -> bool:
    """Tell whether values of X are missing that may be words elsewhere: of objects or frames."""
    is_several = isinstance(X, list | tuple) or np.ndim(X) == 1
    return any(
        getattr(item, "dtype", None) in {None, np.dtype(object)}
        and missing_in(np.asarray(item, dtype=object)).any()
        for item in (X if is_several else [X])
    )


def _holds_text(step: Any) -> bool:
    """Tell whether one of the features of a step is a string."""
    return isinstance(step, list | tuple) and any(isinstance(value, str) for value in step)


def read_numbers(X: Any, sequences: Sequences) -> Steps:
    """Return steps that are numbers; of data frames in a list, as one that has their names."""
    has_names = HAS_NARWHALS and not has_rows(X) and hasattr(first_frame(X), "to_numpy")
    values = joined(X) if has_names else sequences.steps
    return Steps(values, sequences.lengths, sequences.n_features)


def read_words(X: Any, n_step_features: int) -> Steps:
    """Take apart an X that holds words: rows of steps, 3-D, or one item for each sequence."""
    if hasattr(X, "columns") or (isinstance(X, np.ndarray) and X.ndim > 1):
        return _from_array(np.asarray(X, dtype=object), n_step_features)
    lengths = np.array([len(item) for item in X], dtype=np.intp)
    check_lengths(lengths)
    if first_frame(X) is not None:
        frame = joined(X)
        return Steps(frame, lengths, frame.shape[1])
    if isinstance(X[0][0], dict):
        return Steps([step for item in X for step in item], lengths, 1)
    items = [_as_objects(item, i) for i, item in enumerate(X)]
    for i, item in enumerate(items):
        if item.shape[1] != items[0].shape[1]:
            raise ValueError(
                f"X[{i}] has {item.shape[1]} features, but X[0] has {items[0].shape[1]}; all "
                f"sequences must have the same number."
            )
    return Steps(np.concatenate(items), lengths, items[0].shape[1])


def joined(frames: Any) -> Any:
    """
    Return data frames of the same columns as one, of their own library.

    Of few rows, types may differ: then numbers become floats, words strings.
    """
    nw = load_narwhals()
    tables = [nw.from_native(frame, eager_only=True) for frame in frames]
    schemas = [table.schema for table in tables]
    for name in schemas[0]:
        kinds = {schema[name] for schema in schemas}
        known = kinds - {nw.Unknown()}  # of nothing but null
        to = nw.String() if all(kind in texts() for kind in known) else nw.Float64()
        are_like = to == nw.String() or all(k.is_numeric() or k == nw.Boolean for k in known)
        if len(kinds) > 1 and are_like:
            tables = [table.with_columns(nw.col(name).cast(to)) for table in tables]
    return nw.concat(tables).to_native()


def _from_array(X: npt.NDArray[Any], n_step_features: int) -> Steps:
    """Take apart an array of objects: rows of steps, or (n, T, D), padded by what is missing."""
    if has_rows(X):
        n_steps, rest = divmod(X.shape[1], n_step_features)
        if rest or not n_steps:
            raise ValueError(
                f"X has {X.shape[1]} columns, which n_step_features={n_step_features} does not "
                f"divide into whole time steps."
            )
        return Steps(X.reshape(-1, n_step_features), np.full(len(X), n_steps), n_step_features)
    is_there = np.logical_not(missing_in(X).all(axis=2))  # (n, T)
    n_missing = is_there[:, ::-1].argmax(axis=1)
    lengths = np.where(is_there.any(axis=1), X.shape[1] - n_missing, 0)
    check_lengths(lengths)
    return Steps(X[np.arange(X.shape[1]) < lengths[:, None]], lengths, X.shape[2])


def _as_objects(item: Any, i: int) -> npt.NDArray[Any]:
    """Return the steps of one sequence as objects, (T, D): each a value, or several."""
    steps = np.empty((len(item), 1), dtype=object)
    if is_array(item):
        steps = np.asarray(item, dtype=object)
    elif isinstance(item[0], Sequence) and not isinstance(item[0], str):
        widths = {len(step) for step in item}
        if len(widths) > 1:
            raise ValueError(
                f"X[{i}] has steps of {sorted(widths)} features; all must have as many."
            )
        steps = np.empty((len(item), *widths), dtype=object)
        for t, step in enumerate(item):
            steps[t] = step
    else:
        steps[:, 0] = item
    if steps.ndim == 1:
        steps = steps[:, None]
    if steps.ndim != 2:
        raise ValueError(
            f"X[{i}] has {steps.ndim} dimensions; a sequence has shape (n_timesteps, n_features)."
        )
    return steps
