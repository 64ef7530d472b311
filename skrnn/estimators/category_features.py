"""Which features of a step are categories, by what `categorical_features` says."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.rules import InvalidParameterError, shown
from skrnn.sequences.check import is_ragged

OF_FRAMES = {"category", "Categorical", "Enum", "dictionary"}
"""Names of types of columns that hold categories: of pandas, of polars, and of Arrow."""


def features_of(selection: Any, X: Any, names: Any, n_features: int) -> tuple[int, ...]:
    """
    Return the numbers of the features that are selected, of the `n_features` of a step.

    X is as the user gave it, `names` are those of its columns, or None.
    """
    if isinstance(selection, str):
        return _by_type(X, n_features)
    given = np.asarray(selection)
    if given.dtype.kind == "b":
        if len(given) != n_features:
            raise InvalidParameterError(
                f"categorical_features is a mask of {len(given)} values, but a step has "
                f"{n_features} features."
            )
        given = np.flatnonzero(given)
    elif given.dtype.kind in "UO" and len(given):
        known = [] if names is None or len(names) != n_features else list(names)
        for name in given.tolist():
            if name not in known:
                raise InvalidParameterError(
                    f"categorical_features names {shown(name)}, but "
                    + (f"X has {shown(known)}." if known else _NO_NAMES)
                )
        given = np.array([known.index(name) for name in given.tolist()])
    wrong = [int(feature) for feature in given if not 0 <= feature < n_features]
    if wrong:
        raise InvalidParameterError(
            f"categorical_features has the number {wrong[0]}, but a step has {n_features} "
            f"features: it must be from 0 to {n_features - 1}."
        )
    return tuple(sorted({int(feature) for feature in given}))


_NO_NAMES = (
    "features of a step have no names here: only the columns of data frames have, and of those "
    "only where one row is one step. Give numbers or a mask."
)


def _by_type(X: Any, n_features: int) -> tuple[int, ...]:
    """Return the features whose columns, in a data frame, are of a type of categories."""
    table = X[0] if is_ragged(X) else X
    types: Any = getattr(getattr(table, "schema", None), "types", None)  # Arrow's
    types = getattr(table, "dtypes", ()) if types is None else types
    flags = np.array([str(kind).split("(")[0].split("<")[0] in OF_FRAMES for kind in types])
    by_step = flags.reshape(-1, n_features)
    for feature in np.flatnonzero(by_step.any(axis=0)):
        if not by_step[:, feature].all():
            raise ValueError(
                f"Feature {feature} of a step must be of a categorical type in the columns of all "
                f"steps or of none; it is in that of step {int(np.argmax(by_step[:, feature]))}, "
                f"but not in that of step {int(np.argmin(by_step[:, feature]))}."
            )
    return tuple(np.flatnonzero(by_step.any(axis=0)).tolist())
