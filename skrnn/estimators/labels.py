"""Labels of classes: checked, encoded, weighed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

from skrnn.estimators.data import as_array_or_table
from skrnn.rules import check, real, shown
from skrnn.sequences.arrays import as_array, is_array
from skrnn.sequences.steps import without_objects
from skrnn.types import FloatArray, IntArray


def check_labels(y: Any, *, known: bool = False) -> Any:
    """
    Return y, checked, as an array of labels of shape (n,).

    Where the classes are `known`, an array of a plain type cannot be anything else; which of its
    labels are none of them is found when they are encoded.
    """
    if known and isinstance(y, np.ndarray) and y.ndim == 1 and y.dtype.kind in "biuUS":
        return y
    if y is None:
        raise ValueError("A classifier requires y to be passed, but the target y is None.")
    y = as_array_or_table(y, "y")
    if len(y.shape) > 2 or (len(y.shape) == 2 and 0 in y.shape):
        raise ValueError(f"y must have one label for each sequence; its shape is {y.shape}.")
    labels = without_objects(column_or_1d(y, warn=True))
    _check_there(labels, "y")
    try:
        check_classification_targets(labels)
    except TypeError as error:
        raise ValueError(
            f"y must have labels that can be sorted together: strings, whole numbers, booleans or "
            f"datetime64, and one of these alone. {error}"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"{error} Labels must be strings, whole numbers, booleans or datetime64, all of one of "
            f"these types."
        ) from error
    return labels


def _check_there(labels: Any, name: str) -> None:
    """Raise an error if a label is missing, or is no single one."""
    try:
        assert_all_finite(labels, input_name=name)
    except ValueError:
        for i, label in enumerate(labels):
            if is_array(label):
                raise ValueError(f"{name}[{i}] must be one label, but is an array.") from None
        raise


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
    _check_there(labels, "classes")
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


def encode_labels(labels: Any, classes: Any) -> IntArray:
    """Return the place of each of n labels among the sorted classes, from 0, as shape (n,)."""
    try:
        unknown = np.setdiff1d(labels, classes)
    except TypeError as error:
        raise ValueError(
            f"y has labels that cannot be compared with the known classes "
            f"{shown(classes.tolist())}: {error}."
        ) from error
    if unknown.size:
        raise ValueError(
            f"y has the label {shown(unknown.tolist()[0])}, which is none of the known classes "
            f"{shown(classes.tolist())}."
        )
    targets: IntArray = np.searchsorted(classes, labels)
    return targets


def weigh_classes(
    class_weight: dict[Any, float] | Literal["balanced"] | None, targets: IntArray, classes: Any
) -> FloatArray:
    """Return weights (n,) of encoded labels; "balanced" is inverse to frequency in `targets`."""
    if class_weight is None:
        return np.ones(len(targets))
    if class_weight == "balanced":
        weights: FloatArray = compute_sample_weight("balanced", classes[targets])
        return weights
    return _weights_of(classes, class_weight)[targets]


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
