"""Names of the features of steps, where sequences come as data frames."""

from __future__ import annotations

from typing import Any

from skrnn.rules import shown


def names_of(steps: Any) -> list[str] | None:
    """Return the names of a frame's columns, if all are strings; None for what has no names."""
    columns = getattr(steps, "column_names", None)  # of pyarrow
    if columns is None:
        columns = getattr(steps, "columns", None)
    names = None if columns is None else list(columns)
    return names if names and all(isinstance(name, str) for name in names) else None


def first_frame(X: Any) -> Any:
    """Return X[0] if the sequences of a ragged X have names, which must be the same; else None."""
    if len(getattr(X, "shape", ())) == 3:
        return None
    known = [names_of(item) for item in X]
    for i, names in enumerate(known):
        if names != known[0]:
            raise ValueError(
                f"The feature names should be the same in all sequences, but X[{i}] has "
                f"{shown(names)}, and X[0] has {shown(known[0])}."
            )
    return X[0] if known and known[0] is not None else None


def check_names(steps: Any, known: Any) -> None:
    """Raise an error if steps, or some of a list, have other names than the fit (n_features,)."""
    for item in steps if isinstance(steps, list | tuple) else [steps]:
        names = names_of(item)
        if names is not None and known is not None and names != list(known):
            raise ValueError(
                f"The feature names should match those that were passed during fit: x has "
                f"{shown(names)}, and the fit had {shown(list(known))}."
            )
