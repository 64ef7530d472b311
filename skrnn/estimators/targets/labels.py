"""Labels of sequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
from sklearn.metrics import accuracy_score
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from skrnn.estimators.targets.target import Target
from skrnn.estimators.x_format import as_array_or_table
from skrnn.network.losses import CrossEntropy, Loss, log_softmax
from skrnn.rules import check, real, shown
from skrnn.sequences.arrays import as_array, is_array, missing_in
from skrnn.sequences.check import is_ragged
from skrnn.sequences.sample_weight import check_sum
from skrnn.sequences.steps import check_number, without_objects
from skrnn.training.dataset import Dataset
from skrnn.training.plan import LABELS, Habits
from skrnn.types import FloatArray, IntArray

_LABELS = (
    "Labels must be strings, whole numbers, booleans or datetime64, all of one of these types."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Labels(Target):
    """A label for each sequence; `classes` (K,) are sorted, and None until they are learnt."""

    habits: ClassVar[Habits] = LABELS
    metric = staticmethod(accuracy_score)

    class_weight: dict[Any, float] | Literal["balanced"] | None
    classes: Any = None

    def after(self, earlier: Self) -> Self:
        if type(self) is not type(earlier):
            has = ["one label for each sequence", "a column for each of several labels"]
            now, before = has[::-1] if type(earlier) is Labels else has
            raise ValueError(f"y has {now}, but that of the fit had {before}.")
        return replace(self, classes=earlier.classes)

    def check(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        if is_ragged(y):
            raise ValueError(
                "y has an array for each sequence, but RNNSequenceClassifier takes one label for "
                "each. For labels of steps, use RNNSequenceTagger."
            )
        is_plain = isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "biuUS"
        if not is_plain or self.classes is None:  # or `encode` finds what is none of the classes
            if y is None:
                raise ValueError("A classifier requires y to be passed, but the target y is None.")
            y = as_array_or_table(y, "y")
            if len(y.shape) > 2 or (len(y.shape) == 2 and (0 in y.shape or y.shape[1] > 1)):
                raise ValueError(
                    f"y must have one label for each sequence, or zeros and ones that tell which "
                    f"of several labels it has; its shape is {y.shape}."
                )
            y = check_labels(column_or_1d(y, warn=True))
        check_number(len(y), len(lengths), "y")
        return y

    def learn(self, rows: Any, weights: FloatArray, all_targets: Any) -> Self:
        if self.classes is not None:
            return self
        return replace(self, classes=np.unique(rows if all_targets is None else all_targets))

    def encode(self, rows: Any) -> Any:
        try:
            unknown = np.setdiff1d(rows, self.classes)
        except TypeError as error:
            raise ValueError(
                f"y has labels that cannot be compared with the known classes "
                f"{shown(self.classes.tolist())}: {error}."
            ) from error
        if unknown.size:
            raise ValueError(
                f"y has the label {shown(unknown.tolist()[0])}, which is none of the known classes "
                f"{shown(self.classes.tolist())}."
            )
        return np.searchsorted(self.classes, rows)[:, None]

    def weigh(self, encoded: Any, weights: FloatArray) -> FloatArray:
        if self.class_weight == "balanced":
            weights = weights * compute_sample_weight("balanced", self.classes[encoded[:, 0]])
        elif self.class_weight is not None:
            weights = weights * _weights_of(self.classes, self.class_weight)[encoded[:, 0]]
        if not weights.any():
            raise ValueError("sample_weight times class_weight is zero for every sequence.")
        check_sum(weights, "sample_weight times class_weight")
        return weights

    @property
    def n_outputs(self) -> int:
        return len(self.classes)

    @property
    def loss(self) -> Loss:
        return CrossEntropy()

    def read(self, scores: FloatArray) -> FloatArray:
        probabilities: FloatArray = np.exp(self.log_read(scores))
        return probabilities

    def log_read(self, scores: FloatArray) -> FloatArray:
        """Return the logarithms of what `read` returns."""
        return log_softmax(scores.T).T

    def compare(self, scores: FloatArray) -> FloatArray:
        """Return scores (m, K) as a decision function; of two classes, the difference (m,)."""
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def explained(self, scores: FloatArray, outputs: IntArray) -> tuple[FloatArray, FloatArray]:
        if scores.shape[1] == 1:
            raise ValueError("There is one class only, whose probability is 1 whatever X is.")
        rows = np.arange(len(scores)), outputs  # log odds: the score less the logsumexp of others
        others = scores.copy()
        others[rows] = -np.inf
        log_p = log_softmax(others.T).T
        slopes: FloatArray = -np.exp(log_p)
        slopes[rows] = 1
        of_largest = others.argmax(axis=1)
        largest = others[rows[0], of_largest]
        return scores[rows] - largest + log_p[rows[0], of_largest], slopes

    def predict(self, scores: FloatArray) -> Any:
        return self.classes[self.decide(scores)]

    def decide(self, scores: FloatArray) -> Any:
        return scores.argmax(axis=1)

    def score(self, said: Any, validation: Dataset) -> float:
        right, weights = validation.targets.steps[:, 0], validation.weights.steps[:, 0]
        return float(self.metric(right, said, sample_weight=weights))

    def strata(self, data: Dataset) -> Any:
        return data.targets.steps[:, 0]


def check_labels(
    y: npt.NDArray[Any], place: Callable[[int], str] = "y[{}]".format
) -> npt.NDArray[Any]:
    """
    Return labels (m,) in a type of their own; raise an error if they are no labels.

    `place` says where the i-th of them stands.
    """
    labels = without_objects(y)
    _check_there(labels, "y", place)
    try:
        check_classification_targets(labels)
    except TypeError as error:
        raise ValueError(
            f"y must have labels that can be sorted together: strings, whole numbers, booleans or "
            f"datetime64, and one of these alone. {error}"
        ) from error
    except ValueError as error:
        raise ValueError(f"{error} {_LABELS}") from error
    return labels


def _check_there(labels: Any, name: str, place: Callable[[int], str]) -> None:
    """Raise an error if a label is missing, or is no single one."""
    for i, label in enumerate(labels if labels.dtype == np.dtype(object) else ()):
        if not isinstance(label, str) and is_array(label):
            raise ValueError(f"{place(i)} must be one label, but is an array.")
    if (missing := missing_in(labels)).any():
        i = int(missing.argmax())
        raise ValueError(f"{place(i)} is {labels[i]}, where a label is missing. {_LABELS}")
    assert_all_finite(labels, input_name=name)


def check_classes(classes: Any, known: Any) -> Any:
    """Return `classes` sorted, or None where they are `known`; they must not differ from these."""
    if classes is None:
        if known is None:
            raise ValueError("classes must be given in the first call to partial_fit.")
        return None
    labels = without_objects(as_array(classes, "classes"))
    if labels.ndim != 1 or not labels.size:
        raise ValueError(
            f"classes must have one label at least, and be 1-D; its shape is {labels.shape}."
        )
    _check_there(labels, "classes", "classes[{}]".format)
    try:
        labels = np.unique(labels)
    except TypeError as error:
        raise ValueError(
            f"classes must have labels that can be sorted together, and got {shown(classes)}: "
            f"{error}."
        ) from error
    if known is not None and not np.array_equal(known, labels):
        raise ValueError(
            f"classes={shown(classes)} differs from the known classes {shown(known.tolist())}."
        )
    return labels


def _weights_of(classes: Any, class_weight: dict[Any, float]) -> FloatArray:
    """
    Return the weight of each class as shape (n_classes,); of one that the dict leaves out, 1.

    As in scikit-learn, a dict with a weight for every class may have others as well, such as of a
    class that y lacks in one fold. One with gaps may not: it could be a label misspelt.
    """
    for label, weight in class_weight.items():
        check(f"class_weight[{label!r}]", weight, real(0))
    known = set(classes)
    others = [label for label in class_weight if label not in known]
    is_left_out = np.array([label not in class_weight for label in classes])
    if others and is_left_out.any():
        raise ValueError(
            f"class_weight has a weight for {others}, which is none of the classes "
            f"{classes.tolist()}, and has none for {classes[is_left_out].tolist()}. If y may lack "
            f"a class, as in a fold, list every class, with a weight of 1 where that is meant."
        )
    return np.array([class_weight.get(label, 1) for label in classes], dtype=np.float64)
