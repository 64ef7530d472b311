"""What "auto" stands for: a batch, a learning rate and a first cycle that suit the data."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Self

import numpy as np

from skrnn.training.dataset import Dataset
from skrnn.training.schedules import Cycles

BATCH_SIZE = 32
"""Large enough for products to pay, small enough for many updates in an epoch."""


@dataclass(frozen=True)
class Habits:
    """
    What one kind of target asks of a plan.

    The first cycle has at least `n_updates` and `n_epochs`, and cycles become twice as long
    `doublings` times. `margin` is what early stopping that nobody asked for takes for an
    improvement, see `Monitor`; of `enough` targets, a fraction can tell whether others are learnt
    by heart.
    """

    n_updates: int
    n_epochs: int
    doublings: int
    margin: float
    enough: int


LABELS = Habits(n_updates=300, n_epochs=10, doublings=2, margin=0.2, enough=500)
"""Of a few, networks that name all training sequences rightly name others best."""

NUMBERS = Habits(n_updates=150, n_epochs=5, doublings=3, margin=0.2, enough=50)
"""Noise is learnt by heart after some hundred updates, smooth functions need thousands."""


@dataclass(frozen=True)
class Plan:
    """
    What follows from the data that training begins with.

    Batch size and learning rate are upper bounds; training is to end with one of the cycles.
    """

    batch_size: int
    learning_rate: float
    schedule: Cycles

    @classmethod
    def of(cls, data: Dataset, habits: Habits, batch_size: int | None) -> Self:
        """
        Look at the data: at those sequences that differ and have weight.

        A plan therefore knows no difference between weights and copies, and neither does training
        where one batch holds all, as it does if there are few. A `batch_size` of None is for the
        data to decide.
        """
        different, n_sequences = data.different, len(data.sequences)
        if batch_size is None:
            batch_size = BATCH_SIZE if len(different) > BATCH_SIZE else n_sequences
        updates_in_epoch = -(-n_sequences // batch_size)
        first = max(-(-habits.n_updates // updates_in_epoch), habits.n_epochs)
        rate = _learning_rate(float(np.median(data.sequences.lengths[different])))
        return cls(batch_size, rate, Cycles(first, habits.doublings))


def _learning_rate(n_steps: float) -> float:
    """Return a rate that falls with the root of the length, from 0.01 for up to 64 steps."""
    return 0.01 * sqrt(min(1.0, 64 / n_steps))
