"""How much a score falls where a feature, or a step, is that of other sequences."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from sklearn.inspection import permutation_importance
from sklearn.metrics import check_scoring
from sklearn.utils import Bunch

from skrnn.rules import among, check
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import check_lengths, from_steps, is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.steps import ListOfArrays
from skrnn.types import FloatArray, IntArray


def sequence_importance(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    by: Literal["feature", "time"] = "feature",
    scoring: Any = None,
    n_repeats: int = 5,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = None,
    sample_weight: Any = None,
) -> Bunch:
    """
    Measure what the score of an estimator loses where parts of X are exchanged among sequences.

    It is `sklearn.inspection.permutation_importance` for sequences: a column is what a sequence
    has of one feature, or at one step. Of features that say the same, each seems to matter little.

    Parameters
    ----------
    estimator : estimator
        Fitted, of skrnn or any other, a pipeline or a search.
    X : array-like of shape (n_samples, n_timesteps, n_features) or list of arrays
        Sequences, which may be padded with NaN or differ in length; in a list, words and data
        frames of pandas as well. Best are such as were not used to fit. Columns of 2-D X,
        `permutation_importance` takes itself.
    y : array-like or list of arrays
        Their targets, as the scorer takes them.
    by : {"feature", "time"}, default="feature"
        What is exchanged. "feature": one feature at all steps, so that each sequence gets the
        course of another one, of which steps are left out or repeated evenly if the lengths differ.
        "time": all features of one step, counted from the end, among sequences that have it.
    scoring : str, callable or None, default=None
        A scorer of scikit-learn's, such as "neg_log_loss"; None for the estimator's `score`.
    n_repeats : int, default=5
        How often each is exchanged.
    n_jobs : int, default=None
        How many of them may be measured at a time; None is one.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the result repeatable.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights, for the scorer.

    Returns
    -------
    Bunch
        `importances`, of shape (n_features, n_repeats) or (n_timesteps, n_repeats), by how much the
        score fell; `importances_mean` and `importances_std`, of shape (n_features,) or
        (n_timesteps,). The last of the steps is the last one of every sequence; there are as many
        as the longest one has.

    References
    ----------
    L. Breiman, "Random forests", Machine Learning 45, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceRegressor
    >>> from skrnn.inspection import sequence_importance
    >>> X = np.random.default_rng(0).normal(size=(100, 5, 2))
    >>> model = RNNSequenceRegressor(8, random_state=0).fit(X, X[:, 1, 0])
    >>> by_feature = sequence_importance(model, X, X[:, 1, 0], random_state=0)
    >>> by_time = sequence_importance(model, X, X[:, 1, 0], by="time", random_state=0)
    >>> int(by_feature.importances_mean.argmax()), int(by_time.importances_mean.argmax())
    (0, 1)
    """
    check("by", by, among(("feature", "time")))
    X = as_sequences(X)
    X = X if is_ragged(X) else as_array(X, "X")
    if not is_ragged(X) and X.ndim != 3:
        raise ValueError(
            f"X must be 3-D or a list of arrays, but its shape is {X.shape}. For a 2-D X there is "
            f"sklearn.inspection.permutation_importance, whose columns are features of a step."
        )
    sequences = _read(X)
    exchange = _features if by == "feature" else _times
    scorer = check_scoring(estimator, scoring=scoring)

    def score(estimator: Any, donors: IntArray, y: Any, **weights: Any) -> Any:
        """Return the score where a column says from whom each sequence has that part."""
        steps = sequences.steps.copy()
        changed = (donors != nobody_else).any(axis=0)
        for column in np.flatnonzero(changed).tolist():
            exchange(steps, sequences, donors[:, column], column)
        return scorer(estimator, _like(X, steps, sequences.lengths), y, **weights)

    n_columns = sequences.n_features if by == "feature" else int(sequences.lengths.max())
    nobody_else = np.repeat(np.arange(len(sequences))[:, None], n_columns, axis=1)
    return permutation_importance(
        estimator,
        nobody_else,
        y,
        scoring=score,
        n_repeats=n_repeats,
        n_jobs=n_jobs,
        random_state=random_state,
        sample_weight=sample_weight,
    )


def _features(steps: FloatArray, sequences: Sequences, donors: IntArray, feature: int) -> None:
    """Give each sequence (n,) the course of its donor in a feature, stretched to its length."""
    lengths = sequences.lengths
    own, given = np.repeat(lengths, lengths), np.repeat(lengths[donors], lengths)
    step = np.arange(len(steps)) - np.repeat(sequences.starts, lengths)
    rows = np.repeat(sequences.starts[donors], lengths) + (2 * step + 1) * given // (2 * own)
    steps[:, feature] = sequences.steps[rows, feature]


def _times(steps: FloatArray, sequences: Sequences, donors: IntArray, time: int) -> None:
    """Give the sequences that have a step, counted from the end, that of others, by their order."""
    ends = sequences.starts + sequences.lengths
    back = sequences.lengths.max() - time
    has = np.flatnonzero(sequences.lengths >= back)
    order = donors[has].argsort().argsort()
    steps[ends[has] - back] = sequences.steps[(ends[has] - back)[order]]


def _read(X: Any) -> Sequences:
    """Take sequences from an X that is 3-D, or holds arrays, frames or words."""
    if not is_ragged(X):
        return from_steps(X, gaps=True)
    lengths: IntArray = np.array([len(item) for item in X])
    check_lengths(lengths)
    steps: Any = np.concatenate([np.asarray(item).reshape(len(item), -1) for item in X])
    return Sequences(steps, lengths)


def _like(X: Any, steps: FloatArray, lengths: IntArray) -> Any:
    """Return steps in the form of X, padded as it is."""
    if not is_ragged(X):
        padded: npt.NDArray[Any] = np.full(X.shape, np.nan, steps.dtype)
        padded[np.arange(X.shape[1]) < lengths[:, None]] = steps
        return padded
    parts: Any = [
        part.reshape(np.shape(item))
        for part, item in zip(np.split(steps, np.cumsum(lengths)[:-1]), X, strict=True)
    ]
    for i, item in enumerate(X):
        if hasattr(item, "iloc") and hasattr(item, "columns"):  # whose names an estimator may know
            parts[i] = type(item)(parts[i], item.index, item.columns).infer_objects()
    return parts if isinstance(X, list | tuple) else np.asarray(ListOfArrays(parts))
