"""Categories that are words: numbers in their place, so that X can be read as any other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse

from skrnn.estimators.categories import Words, codes_of
from skrnn.sequences.arrays import as_array, is_array, is_missing, missing_in
from skrnn.sequences.check import is_ragged, steps_of_row


def in_numbers(
    X: Any, n_step_features: int | None, words: Words | None = None
) -> tuple[Any, Words]:
    """
    Return X in the same form with numbers for words, and which words there are.

    A word becomes its place among those of its feature, or their number if it is not among them;
    what is missing there becomes NaN. X is as `as_container` let it pass. If no words are given,
    those of X are learnt; features without any stay as they are.
    """
    items = list(X) if is_ragged(X) else [X]
    are_arrays = not isinstance(X, list | tuple) or all(map(is_array, items))
    if issparse(X) or not are_arrays:  # which others refuse
        return X, {}
    arrays = [as_array(item, f"X[{i}]" if is_ragged(X) else "X") for i, item in enumerate(items)]
    may_be_words = any(array.dtype.kind in "OUT" and array.size for array in arrays)
    if not (may_be_words if words is None else words):
        return X, {}
    of_row = None if is_ragged(X) or arrays[0].ndim != 2 else n_step_features
    tables = [_steps(array, of_row) for array in arrays]
    if words is None:
        words = {}
        for j in range(max(table.shape[1] for table in tables)):
            column = [table[:, j] for table in tables if j < table.shape[1]]
            if len(of_feature := _words_of(j, np.concatenate(column))):
                words[j] = of_feature
        if not words:
            return X, {}
    for j, of_feature in words.items():
        for table in tables:
            if j < table.shape[1]:
                table[:, j] = _places(table[:, j], of_feature)
    translated = [
        _like(item, table.reshape(array.shape))
        for item, array, table in zip(items, arrays, tables, strict=True)
    ]
    return (translated if is_ragged(X) else translated[0]), words


def numbers_of_steps(x: npt.NDArray[Any], n_features: int, words: Words) -> npt.NDArray[Any]:
    """Return an array (..., n_features), or (...) of one feature, with numbers for known words."""
    if not words or x.size % n_features:
        return x
    numbers, _ = in_numbers(x.reshape(-1, n_features), n_features, words)
    return np.reshape(numbers, x.shape)


def _steps(array: npt.NDArray[Any], n_step_features: int | None) -> npt.NDArray[Any]:
    """Return a copy with a row of objects for each step."""
    width = 1 if array.ndim == 1 else array.shape[-1]
    if n_step_features is not None:
        steps_of_row(width, n_step_features)
        width = n_step_features
    return array.astype(object).reshape(-1, width) if array.size else np.empty((0, width), object)


def _words_of(feature: int, column: Iterable[Any]) -> npt.NDArray[np.str_]:
    """Return the different strings of a feature, of which all values are some, or none."""
    values = [value for value in column if not is_missing(value)]
    words = {value for value in values if isinstance(value, str)}
    other = next((value for value in values if not isinstance(value, str)), None)
    if words and other is not None:
        raise ValueError(
            f"Feature {feature} must hold strings alone or numbers alone; X has {min(words)!r} and "
            f"{other!r} there."
        )
    return np.array(sorted(words), dtype=np.str_)


def _places(column: npt.NDArray[Any], words: npt.NDArray[np.str_]) -> npt.NDArray[Any]:
    """Return the numbers for the values of a feature that has words."""
    is_word = np.array([isinstance(value, str) for value in column], dtype=bool)
    places = np.full(len(column), float(len(words)))
    places[is_word] = codes_of(column[is_word].astype(np.str_), words)
    places[missing_in(column)] = np.nan
    return places


def _like(item: Any, array: npt.NDArray[Any]) -> Any:
    """Return an array, or a data frame like the one that an item was."""
    if not hasattr(item, "columns"):
        return array
    names = getattr(item, "column_names", item.columns)  # those of Arrow, or of others
    columns = {name: np.array(column.tolist()) for name, column in zip(names, array.T, strict=True)}
    return getattr(type(item), "from_pydict", type(item))(columns)
