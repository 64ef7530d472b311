"""What `PerStep` reads: all steps of all sequences, compared with those of the fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import validate_data

from skrnn.estimators.x_format import XFormat, as_container, as_rows, has_rows
from skrnn.preprocessing.inner import takes_gaps
from skrnn.preprocessing.words import Steps, is_words, lacks_values, read_numbers, read_words
from skrnn.sequences.check import from_flat, from_steps
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sequences import Sequences


def read_steps(per_step: Any, X: Any, *, reset: bool = False) -> tuple[Steps, Any]:
    """
    Return the steps of X, numbers or words, and X in the form that results are to have.

    What they are like is noted, or compared with what was.
    """
    X = as_sequences(X)
    knows_words = not reset and per_step.x_format_.dtype.kind == "O"
    if is_words(X) or (knows_words and lacks_values(X)):
        return _read_words(per_step, X, reset=reset), X
    X = as_container(X)
    if reset:
        per_step.x_format_, sequences = XFormat.learn(
            per_step, X, per_step.n_step_features, gaps=takes_gaps(per_step.transformer)
        )
    elif knows_words:
        raise ValueError("PerStep was fitted on words, but this X holds numbers.")
    else:
        sequences = per_step.x_format_.check(per_step, X)
    return read_numbers(X, sequences), X


def _read_words(per_step: Any, X: Any, *, reset: bool) -> Steps:
    """Return steps that are words, after comparing their features, or noting them."""
    if not reset:
        per_step.x_format_.check_rank(per_step, X)
    steps = read_words(X, per_step.n_step_features if reset else per_step.x_format_.n_features)
    if reset:
        kind: Any = np.dtype(object)
        per_step.x_format_ = XFormat(has_rows(X), steps.n_features, kind, padded=False)
    elif per_step.x_format_.dtype.kind == "f":
        raise ValueError("PerStep was fitted on numbers, but this X holds words.")
    sample = X if has_rows(X) else steps.sample
    validate_data(per_step, sample, reset=reset, skip_check_array=True)
    return steps


def read_new_steps(per_step: Any, X: Any) -> Sequences:
    """Take sequences from what `transform` returns, whose steps may have other features."""
    x_format = per_step.x_format_
    x_format.check_rank(per_step, X)
    if not has_rows(X):
        return from_steps(X, gaps=x_format.gaps)
    rows = as_rows(X, check_array)
    n_steps = per_step.n_features_in_ // x_format.n_features
    n_features, rest = divmod(rows.shape[1], n_steps)
    if rest:
        raise ValueError(
            f"X has {rows.shape[1]} columns, but must have as many for each of the {n_steps} "
            f"time steps that the X of the fit had."
        )
    return from_flat(rows, n_features, gaps=x_format.gaps)
