"""Sequences set aside for early stopping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics.cluster import contingency_matrix
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from skrnn.estimators.constraints import is_auto, takes_all_at_once
from skrnn.estimators.targets.target import Target
from skrnn.sequences.arrays import as_array, missing_in
from skrnn.training.dataset import Dataset
from skrnn.training.plan import Habits
from skrnn.types import IntArray

MANY_SEQUENCES = 10_000
"""More than this are held out of where early_stopping is "auto", as scikit-learn does."""

ENOUGH_SEQUENCES = 50
"""Of fewer that differ, nothing is held out unasked, however many targets they have."""


class HeldOut(NamedTuple):
    """What early stopping watches: these `members` (n,), None for all, of X and y as they came."""

    data: Dataset
    X: Any
    y: Any
    members: IntArray | None = None


def hold_out(
    estimator: Any,
    data: Dataset,
    X_y_groups: tuple[Any, Any, Any],
    target: Target,
    seed: int,
    given: tuple[Any, Any, Any],
    check: Callable[..., Dataset],
) -> tuple[Dataset, HeldOut | None, float]:
    """
    Set sequences aside if early stopping is asked for, or can tell noise, and none were `given`.

    Return the data to train on, those to validate on, and the margin of an improvement that
    `Monitor` takes. `seed` is that of `split`; `check` makes a dataset of those that were given.
    """
    X, y, groups = X_y_groups
    groups = None if groups is None else _numbers_of(groups, len(data.sequences))
    if _is_given(*given, allowed=bool(estimator.early_stopping)):
        try:
            return data, HeldOut(check(*given), *given[:2]), 0.0
        except (TypeError, ValueError) as error:
            raise ValueError(f"In X_val, y_val or sample_weight_val: {error}") from error
    margin = _margin(estimator, data, target.habits)
    if margin is None:
        return data, None, 0.0
    fraction = float(estimator.validation_fraction)
    members = split(data, fraction, seed, target.strata(data), groups)
    rest = np.setdiff1d(np.arange(len(data.sequences)), members)
    return data.take(rest), HeldOut(data.take(members), X, y, members), margin


def _margin(estimator: Any, data: Dataset, habits: Habits) -> float | None:
    """Return what an improvement has to be, or None if nothing is to be held out."""
    if not is_auto(estimator.early_stopping):
        return 0.0 if estimator.early_stopping else None
    if len(data.sequences) > MANY_SEQUENCES:
        return 0.0
    if not is_auto(estimator.max_iter) or not is_auto(estimator.n_iter_no_change):
        return None
    if takes_all_at_once(estimator):
        return None
    different = data.different
    n_targets = int(data.targets.lengths[different].sum())
    is_enough = len(different) >= ENOUGH_SEQUENCES and n_targets >= habits.enough
    return habits.margin if is_enough else None


def split(
    data: Dataset, validation_fraction: float, seed: int, strata: Any, groups: IntArray | None
) -> IntArray:
    """
    Return what to set aside: nothing without weight, nor all of a class, nor part of a group.

    A seed sets the same sequences aside each time, as a warm start needs; both parts get the same
    shares of `strata`, the classes of sequences, of shape (n,), as far as `groups` (n,) allow.
    """
    members = np.flatnonzero(data.weights.sums[:, 0] > 0)
    if groups is not None:
        classes = np.zeros_like(members) if strata is None else strata[members]
        return members[whole_groups(groups[members], classes, validation_fraction, seed)]
    if strata is not None:
        strata, counts = _strata(strata[members], validation_fraction)
        members, strata = members[counts > 1], strata[counts > 1]
    try:
        _, held_out = train_test_split(
            members, test_size=validation_fraction, random_state=seed, stratify=strata
        )
    except ValueError as error:
        raise ValueError(
            f"early_stopping cannot hold out validation_fraction={validation_fraction} of "
            f"{len(members)} sequences that have weight and are not alone in their class: {error} "
            f"Give X_val and y_val, or set early_stopping=False."
        ) from error
    return np.asarray(held_out)


def _numbers_of(groups: Any, n_sequences: int) -> IntArray:
    """Return the number of each sequence's group, (n,)."""
    groups = as_array(groups, "groups")
    if groups.shape != (n_sequences,):
        raise ValueError(f"groups must have shape ({n_sequences},), but has {groups.shape}.")
    if (missing := missing_in(groups)).any():
        i = missing.argmax()
        raise ValueError(
            f"groups[{i}] is {groups[i]}, but all sequences without a group would be one. Give "
            f"each a group of its own instead."
        )
    try:
        return np.unique(groups, return_inverse=True)[1]
    except TypeError as error:
        raise ValueError(f"groups must be values that can be sorted together: {error}.") from error


def whole_groups(groups: IntArray, classes: Any, fraction: float, seed: int) -> IntArray:
    """
    Return which of n sequences are in groups to hold out, about a fraction of each class.

    Of groups in random order, each is taken that leaves some of every class and brings the numbers
    closer, by chi^2, to what is wanted; if there is none, the one that comes closest.
    """
    counts = contingency_matrix(groups, classes)  # a row for each group
    total = counts.sum(axis=0)
    order = check_random_state(seed).permutation(len(counts))
    free = order[(counts[order] < total).all(axis=1)]
    if not len(free):
        raise ValueError(
            f"early_stopping cannot hold out one of {len(counts)} groups that have weight, and "
            f"leave sequences of each class. Give X_val and y_val, or set early_stopping=False."
        )

    def error_of(numbers: IntArray) -> float:
        return float((np.square(numbers - fraction * total) / total).sum())

    held_out, chosen = np.zeros_like(total), list[int]()
    for group in free:
        more = held_out + counts[group]
        if (more < total).all() and error_of(more) < error_of(held_out):
            held_out = more
            chosen.append(group)
    chosen = chosen or [min(free, key=lambda group: error_of(counts[group]))]
    return np.flatnonzero(np.isin(np.unique(groups, return_inverse=True)[1], chosen))


def _strata(classes: Any, fraction: float) -> tuple[Any, Any]:
    """
    Join classes too small to have a fraction and a rest, each of at least one, in one stratum.

    Returns the stratum of each sequence, and how many its class or, of these, its stratum has.
    """
    _, classes, counts = np.unique(classes, return_inverse=True, return_counts=True)
    is_small = counts * min(fraction, 1 - fraction) < 1
    strata = np.where(is_small[classes], -1, classes)
    alone = counts[classes] == 1
    n_joined = np.count_nonzero(strata[~alone] == -1)
    return strata, np.where(alone, 1, np.where(strata == -1, n_joined, counts[classes]))


def _is_given(X_val: Any, y_val: Any, sample_weight_val: Any, *, allowed: bool) -> bool:
    """Tell whether `fit` got a validation set; refuse half of one, and any if not `allowed`."""
    given = X_val is not None
    if given != (y_val is not None) or (sample_weight_val is not None and not given):
        raise ValueError("X_val and y_val must be given together; sample_weight_val, with them.")
    if given and not allowed:
        raise ValueError(
            "X_val and y_val serve early stopping alone, but early_stopping=False. Set it to "
            "'auto' or True."
        )
    return given


def refuse_hold_out(estimator: Any) -> None:
    """Raise an error if `partial_fit` is to hold something out."""
    if estimator.early_stopping not in (False, "auto"):
        raise ValueError(
            "partial_fit cannot be used with early_stopping=True: no call sees all the data from "
            "which to set some aside. Score the estimator between calls instead."
        )
