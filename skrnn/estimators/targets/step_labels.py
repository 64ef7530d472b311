"""Labels of steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import column_or_1d

from skrnn.estimators.targets.labels import Labels, check_labels
from skrnn.estimators.targets.numbers import check_numbers, place_of
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.steps import check_number, take_apart
from skrnn.training.dataset import Dataset
from skrnn.types import IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class StepLabels(Labels):
    """A label for each step; if X is `on_rows`, each of which is one step, of shape (n,)."""

    per_step: bool = True
    on_rows: bool

    def check(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        form = () if y is None or is_ragged(y) else as_array(y, "y").shape
        if self.on_rows and (many := _several(y, form)):
            raise ValueError(
                f"X is 2-D, so that each row is a sequence of one step, but y {many}. Give X of "
                f"shape (n_samples, n_timesteps, n_features): with one feature, X[:, :, None]."
            )
        if y is None:
            raise ValueError("A tagger requires y to be passed, but the target y is None.")
        if self.on_rows:
            labels = column_or_1d(y, warn=True)
            check_number(len(labels), len(lengths), "y")
        elif len(form) == 1:
            raise ValueError(
                f"y has shape {form}, but must have a label for each time step: an array of shape "
                f"(n_samples, n_timesteps), or a list with an array for each sequence. For one "
                f"label per sequence, use RNNSequenceClassifier."
            )
        else:
            labels = take_apart(y, lengths, width, "y")
        if labels.ndim > 1:
            raise ValueError(f"y must have one label for each step, not {labels.shape[1:]} values.")
        owners = np.repeat(np.arange(len(lengths)), lengths)
        if labels.dtype.kind == "f":
            check_numbers(labels, there, owners, positive=False)
        rows = np.flatnonzero(there)
        known = check_labels(labels[there], lambda i: f"y of {place_of(labels, rows[i], owners)}")
        labels = np.zeros(len(there), known.dtype)  # where there is none, none that anyone reads
        labels[there] = known
        return labels

    def strata(self, data: Dataset) -> Any:
        return None

    @property
    def has_time(self) -> bool:
        return not self.on_rows


def _several(y: Any, form: tuple[int, ...]) -> str:
    """Say where y, of a shape if it is not ragged, has not one label for each sequence."""
    if form[1:] not in {(), (1,)}:
        return f"has shape {form}"
    sizes = [np.size(item) for item in y] if is_ragged(y) else []
    return next((f"has {n} labels in y[{i}]" for i, n in enumerate(sizes) if n != 1), "")
