"""Sequences set aside for early stopping."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from skrnn.training.dataset import Dataset


def split(
    data: Dataset, validation_fraction: float, seed: int, strata: Any
) -> tuple[Dataset, Dataset]:
    """
    Set a part of the data aside.

    Parameters
    ----------
    data : Dataset
        All there is.
    validation_fraction : float
        Share of it to set aside.
    seed : int
        Decides which, so that a warm start sets the same sequences aside again.
    strata : array of shape (n,) or None
        Class of each sequence, of which both parts get the same shares.

    Returns
    -------
    kept, held_out : Dataset
        The parts to train and to validate on.
    """
    members = np.arange(len(data.sequences))
    try:
        kept, held_out = train_test_split(
            members, test_size=validation_fraction, random_state=seed, stratify=strata
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={validation_fraction} of "
            f"{len(members)} sequences: {error} Give X_val and y_val, or set early_stopping=False."
        ) from error
    parts = data.take(kept), data.take(held_out)
    for name, part in zip(("training", "validation"), parts, strict=True):
        if not part.weights.steps.any():
            raise ValueError(
                f"sample_weight is zero for every sequence that early_stopping left for {name}. "
                f"Give X_val and y_val, or set early_stopping=False."
            )
    return parts


def check_given(X_val: Any, y_val: Any, sample_weight_val: Any, *, allowed: bool) -> bool:
    """
    Tell whether a validation set is given, after checking that all of it is.

    Parameters
    ----------
    X_val, y_val, sample_weight_val : object or None
        What `fit` got.
    allowed : bool
        Whether early stopping may watch it.

    Returns
    -------
    bool
        Whether there is one.
    """
    given = X_val is not None
    if given != (y_val is not None) or (sample_weight_val is not None and not given):
        raise ValueError("X_val and y_val must be given together; sample_weight_val, with them.")
    if given and not allowed:
        raise ValueError(
            "X_val and y_val serve early stopping alone, but early_stopping=False. Set it to "
            "'auto' or True."
        )
    return given
