"""Sample weights: of sequences, or of their steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.sequences.arrays import as_array, as_floats
from skrnn.sequences.check import is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.steps import take_apart
from skrnn.types import FloatArray, IntArray


def check_sample_weight(
    sample_weight: Any, lengths: IntArray, width: int | None, *, per_step: bool
) -> FloatArray:
    """
    Return float64 weights, (n,) or (sum of lengths,): finite, none negative, not all zero.

    None means 1 for each target; a number, that for each; a sequence's weight, of shape (n,), is
    that of each of its steps if targets are `per_step`. `width` is as in `take_apart`.
    """
    n_samples, sample_weight = len(lengths), as_sequences(sample_weight)
    if per_step and (is_ragged(sample_weight) or as_array(sample_weight, "sample_weight").ndim > 1):
        weights = take_apart(sample_weight, lengths, width, "sample_weight", read=as_floats)
        weights = weights.astype(np.float64)
        if weights.ndim != 1:
            raise ValueError(
                f"sample_weight must have one number for each step, not of shape "
                f"{weights.shape[1:]}."
            )
        _check_weights(weights, np.repeat(np.arange(n_samples), lengths))
        check_sum(weights, "sample_weight")
        return weights
    given = 1.0 if sample_weight is None else sample_weight
    weights = as_floats(given, "sample_weight").astype(np.float64)
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.shape != (n_samples,):
        steps = ", or have a weight for each step" if per_step else ""
        raise ValueError(
            f"sample_weight has shape {weights.shape}; X has {n_samples} sequences, so it must be "
            f"({n_samples},){steps}."
        )
    _check_weights(weights, np.arange(n_samples))
    if per_step:
        weights = np.repeat(weights, lengths)
    check_sum(weights, "sample_weight")
    return weights


def check_sum(weights: FloatArray, name: str) -> None:
    """Raise an error if the sum of weights that are finite is not."""
    with np.errstate(over="ignore"):
        if not np.isfinite(weights.sum()):
            raise ValueError(f"{name} must have a finite sum; divide it by its largest value.")


def _check_weights(weights: FloatArray, owners: IntArray) -> None:
    """Raise an error for the first weight that is none, naming the sequence it belongs to."""
    wrong = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if wrong.size:
        raise ValueError(
            f"sample_weight must be finite and not negative; sample_weight[{owners[wrong[0]]}] "
            f"{'is' if len(owners) == owners[-1] + 1 else 'has'} {weights[wrong[0]]}."
        )
    if not weights.any():
        raise ValueError("sample_weight is zero for every sequence; at least one must count.")
