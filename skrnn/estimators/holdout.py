"""Sequences set aside for early stopping."""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import train_test_split

from skrnn.training.dataset import Dataset


def split(data: Dataset, validation_fraction: float, seed: int) -> tuple[Dataset, Dataset]:
    """
    Set a stratified part of the data aside.

    Parameters
    ----------
    data : Dataset
        All there is.
    validation_fraction : float
        Share of it to set aside.
    seed : int
        Decides which, so that a warm start sets the same sequences aside again.

    Returns
    -------
    kept, held_out : Dataset
        The parts to train and to validate on.
    """
    members = np.arange(len(data.targets))
    try:
        kept, held_out = train_test_split(
            members, test_size=validation_fraction, random_state=seed, stratify=data.targets
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={validation_fraction} of "
            f"{len(members)} sequences: {error}"
        ) from error
    for name, part in (("training", kept), ("validation", held_out)):
        if not data.weights[part].any():
            raise ValueError(
                f"sample_weight is zero for every sequence that early_stopping left for {name}."
            )
    return data.take(kept), data.take(held_out)
