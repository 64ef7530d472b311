"""Sets of labels of sequences: any number of them may be right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import issparse
from scipy.special import expit, log_expit
from sklearn.utils.multiclass import is_multilabel

from skrnn.estimators.targets.labels import Labels
from skrnn.network.losses import BinaryCrossEntropy, Loss
from skrnn.rules import InvalidParameterError, shown
from skrnn.sequences.arrays import as_array
from skrnn.sequences.steps import check_number
from skrnn.training.dataset import Dataset
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelSets(Labels):
    """Which of K labels, its columns, each sequence has: an indicator (n, K) of zeros and ones."""

    def check(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        if self.class_weight is not None:
            raise InvalidParameterError(
                f"class_weight={shown(self.class_weight)} weighs classes of which one is right, "
                f"but y is an indicator of several labels. Set it to None."
            )
        rows = y.toarray() if issparse(y) else as_array(y, "y")
        check_number(len(rows), len(lengths), "y")
        if self.classes is not None and rows.shape[1] != len(self.classes):
            raise ValueError(
                f"y has {rows.shape[1]} columns, but that of the fit had {len(self.classes)}."
            )
        wrong = (rows != 0) & (rows != 1)
        if wrong.any():
            i, k = np.argwhere(wrong)[0]
            raise ValueError(
                f"y must be an indicator of zeros and ones where it has a column for each label, "
                f"but y[{i}, {k}] is {rows[i, k]}."
            )
        return rows.astype(int)

    def learn(self, rows: Any, weights: FloatArray, all_targets: Any) -> Self:
        if self.classes is not None:
            return self
        classes = np.arange(rows.shape[1])
        if all_targets is not None and not np.array_equal(all_targets, classes):
            raise ValueError(
                f"classes={shown(all_targets.tolist())} must be the numbers of y's columns, "
                f"range({len(classes)})."
            )
        return replace(self, classes=classes)

    def encode(self, rows: Any) -> FloatArray:
        encoded: FloatArray = rows.astype(np.float64)
        return encoded

    def weigh(self, encoded: Any, weights: FloatArray) -> FloatArray:
        return weights

    @property
    def loss(self) -> Loss:
        return BinaryCrossEntropy()

    def read(self, scores: FloatArray) -> FloatArray:
        probabilities: FloatArray = expit(scores)
        return probabilities

    def log_read(self, scores: FloatArray) -> FloatArray:
        log_probabilities: FloatArray = log_expit(scores)
        return log_probabilities

    def compare(self, scores: FloatArray) -> FloatArray:
        return scores

    def explained(self, scores: FloatArray, outputs: IntArray) -> tuple[FloatArray, FloatArray]:
        slopes = (outputs[:, None] == np.arange(scores.shape[1])).astype(scores.dtype)
        return scores[np.arange(len(scores)), outputs], slopes

    def predict(self, scores: FloatArray) -> Any:
        return self.decide(scores)

    def decide(self, scores: FloatArray) -> Any:
        return (scores > 0).astype(int)

    def score(self, said: Any, validation: Dataset) -> float:
        right = (said == validation.targets.steps).mean(axis=1)  # a set as a whole says little
        return float(np.average(right, weights=validation.weights.steps[:, 0]))

    def strata(self, data: Dataset) -> Any:
        return None


def is_indicator(y: Any) -> bool:
    """Tell whether y has a column for each of several labels, zeros and ones by their look."""
    if isinstance(y, np.ndarray) and y.ndim != 2:
        return False
    try:
        return bool(is_multilabel(y))
    except (RuntimeError, TypeError, ValueError):
        return False  # `Labels.check` says what is wrong
