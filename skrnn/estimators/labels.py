"""Labels of classes: checked, encoded, weighed."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from sklearn.utils import assert_all_finite, column_or_1d
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets

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
    labels = without_objects(column_or_1d(y, warn=True))
    assert_all_finite(labels, input_name="y")
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


def check_classes(classes: Any, known: Any) -> Any:
    """Return `classes` sorted, or None where they are `known`; they must not differ from these."""
    if classes is None:
        if known is None:
            raise ValueError("classes must be given in the first call to partial_fit.")
        return None
    labels = without_objects(column_or_1d(classes))
    assert_all_finite(labels, input_name="classes")
    try:
        labels = np.unique(labels)
    except TypeError as error:
        raise ValueError(
            f"classes must be labels that can be sorted together, not {classes!r}: {error}."
        ) from error
    if known is not None and not np.array_equal(known, labels):
        raise ValueError(f"classes={classes!r} differs from the known classes {known.tolist()}.")
    return labels


def encode_labels(labels: Any, classes: Any) -> IntArray:
    """Return the place of each of n labels among the sorted classes, from 0, as shape (n,)."""
    unknown = np.setdiff1d(labels, classes)
    if unknown.size:
        raise ValueError(
            f"y has the label {unknown.tolist()[0]!r}, which is none of the known classes "
            f"{classes.tolist()}."
        )
    targets: IntArray = np.searchsorted(classes, labels)
    return targets


def weigh_classes(
    class_weight: dict[Any, float] | Literal["balanced"] | None, targets: IntArray, classes: Any
) -> FloatArray:
    """Return weights (n,) of encoded labels; "balanced" is inverse to frequency in `targets`."""
    for label, weight in class_weight.items() if isinstance(class_weight, dict) else ():
        if not (np.isfinite(weight) and weight >= 0):
            raise ValueError(
                f"class_weight must be finite and not negative; class_weight[{label!r}] is "
                f"{weight}."
            )
    if class_weight is None:
        return np.ones(len(targets))
    labels = classes[targets]
    if class_weight == "balanced":
        weights: FloatArray = compute_sample_weight("balanced", labels)
    else:  # over all classes: a chunk of partial_fit need not hold every class that has a weight
        weights = compute_class_weight(class_weight, classes=classes, y=labels)[targets]
    return weights
