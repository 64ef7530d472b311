"""Sequences and what goes with them, in all the forms that estimators take."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.estimators.forms import objects

OF_ROWS = ("rows", "frame")
OF_EQUAL_LENGTHS = (*OF_ROWS, "3-D")
RAGGED = ("NaN-padded", "list", "objects", "series")
FORMS = (*OF_EQUAL_LENGTHS, *RAGGED)
LABELS = {
    "strings": np.array(["a", "b", "c", "d"]),
    "digits": np.array(["0", "1", "10", "2"]),
    "ints": np.array([-7, 0, 3, 12]),
    "bools": np.array([False, True]),
    "dates": np.arange("2020-01-01", "2020-01-05", dtype="datetime64[D]"),
}
NOTHING = {"U": "zzz: padding", "i": -99, "b": True, "M": "NaT"}
"""What stands in y behind the end of a padded sequence, by the kind of y."""


@dataclass(frozen=True)
class Data:
    """
    Sequences, targets and weights, an item of each for each sequence.

    `x` has arrays (T_i, D). Where targets are `per_step`, `y` has arrays (T_i,) of labels or
    (T_i, K) of numbers, and `weights` has arrays (T_i,), or a number for each sequence.
    """

    x: list[Any]
    y: list[Any]
    weights: list[Any] | None
    per_step: bool

    def __len__(self) -> int:
        return len(self.x)

    def take(self, members: Any) -> "Data":
        """Return some of the sequences, in this order."""
        x, y, weights = (
            None if part is None else [part[i] for i in members]
            for part in (self.x, self.y, self.weights)
        )
        return Data(x, y, weights, self.per_step)

    def until(self, n_steps: int) -> "Data":
        """Return the beginning of each sequence, without weights."""
        y = [item[:n_steps] for item in self.y] if self.per_step else self.y
        return Data([x[:n_steps] for x in self.x], y, None, self.per_step)

    def given(self, form: str) -> dict[str, Any]:
        """Return the first arguments of `fit`, X being of a form."""
        X, y, weights = self.x, self.y, self.weights
        if self.per_step and y[0].ndim == 1 and form in OF_ROWS:  # a tagger takes a row for a step
            y, weights = np.concatenate(y), None if weights is None else np.ravel(weights)
        else:
            y = lay(y, form) if self.per_step else np.array(y)
            if weights is not None:
                weights = lay(weights, form) if np.ndim(weights[0]) > 0 else np.array(weights)
        if form in OF_ROWS:
            X = np.stack(X).reshape(len(X), -1)
            return {
                "X": pd.DataFrame(X).add_prefix("c") if form == "frame" else X,
                "y": pd.Series(y) if form == "frame" and np.ndim(y) == 1 else y,
                "sample_weight": weights,
            }
        return {"X": lay(X, form), "y": y, "sample_weight": weights}


def lay(items: list[Any], form: str) -> Any:
    """Return arrays (T_i, ...) in a form; behind the end stands what nobody must read."""
    if form in OF_EQUAL_LENGTHS:
        return np.stack(items)
    if form == "objects":
        return objects(items)
    if form == "series":
        return pd.Series(objects(items), index=range(100, 100 + len(items)))
    if form == "list":  # where a single feature, or number, needs no axis
        return [x[:, 0] if x.shape[1:] == (1,) else x for x in items]
    kind, dtype = items[0].dtype.kind, items[0].dtype
    shape = len(items), 1 + max(map(len, items)), *items[0].shape[1:]
    array = np.full(shape, NOTHING.get(kind, np.nan), None if kind == "U" else dtype)
    for row, item in zip(array, items, strict=True):
        row[: len(item)] = item
    return array
