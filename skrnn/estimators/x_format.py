"""X, checked in scikit-learn's manner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from skrnn.estimators.categories import NONE, Categories
from skrnn.estimators.category_features import features_of
from skrnn.estimators.category_words import in_numbers, numbers_of_steps
from skrnn.estimators.feature_names import check_names, first_frame
from skrnn.rules import shown
from skrnn.sequences.arrays import as_array, as_floats
from skrnn.sequences.check import FORMS, check_finite, check_some, from_flat, from_steps, is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.step_array import StepArray, step_width
from skrnn.sequences.steps import put_together
from skrnn.types import FloatArray, IntArray


def as_container(X: Any) -> Any:
    """
    Return X as it is if it is ragged or a table, and else as an array, of 2 or 3 dimensions.

    From here on its dimensions tell which it is: what is ragged has one, or is a list. Tensors
    and what other libraries hold sequences in become arrays here, while the columns of a data frame
    keep their names.
    """
    X = as_sequences(X)
    if is_ragged(X) or isinstance(X, StepArray):
        return X
    array = as_array_or_table(X, "X")
    if len(array.shape) not in {2, 3}:
        raise ValueError(_rank_error(array, X))
    return array


def _rank_error(array: Any, X: Any) -> str:
    """Say what is wrong with an X that, as an array, has neither 2 nor 3 dimensions."""
    if len(array.shape) > 3:
        return f"X has {len(array.shape)} dimensions. Expected X to be {FORMS}."
    if array.shape == (0,):
        return "X is empty, but must have 1 sequence at least."
    if not array.shape:
        return f"X is {shown(X)}. Expected X to be {FORMS}."
    if array.dtype == np.dtype(object):
        return f"X[0] is {shown(np.asarray(array)[0])}. Expected X to be {FORMS}."
    return (
        f"X has shape {array.shape}. Reshape your data: if it is one sequence of one feature, pass "
        f"[X], and [y] if y has a value for each step; if it is one row of a table, "
        f"X.reshape(1, -1). Expected X to be {FORMS}."
    )


def as_array_or_table(values: Any, name: str) -> Any:
    """Return what pandas, polars or SciPy made as it is, for scikit-learn, else an array."""
    is_table = hasattr(values, "columns") or hasattr(values, "iloc") or issparse(values)
    return values if is_table else as_array(values, name)


def has_rows(X: Any) -> bool:
    """Tell whether an X that `as_container` let pass has a row per sequence."""
    return len(getattr(X, "shape", ())) == 2


@dataclass(frozen=True)
class XFormat:
    """
    What X was like when training began, and has to be from then on.

    `on_rows` says that each row was a sequence, `n_features` are those of a step, and `dtype` is
    the precision of the network. If X was 3-D and `padded`, predictions of steps are lists, for a
    3-D X without padding as well: the folds of a search must not differ in their form. With
    `gaps`, NaN that is no padding is let through. Of features that are `categories`, the network
    reads codes.
    """

    on_rows: bool
    n_features: int
    dtype: np.dtype[np.floating]
    padded: bool
    gaps: bool = False
    categories: Categories = NONE

    @classmethod
    def learn(
        cls,
        estimator: BaseEstimator,
        X: Any,
        n_step_features: int | None,
        selection: Any = None,
        *,
        gaps: bool = False,
    ) -> tuple[Self, Sequences]:
        """
        Return what the first X is like, and X as sequences, in float32 if it is, else in float64.

        If `n_step_features` is None, a row is one step. The estimator gets ``n_features_in_`` and
        ``feature_names_in_``. Where a `selection` makes features categories, these are yet to be
        learnt and encoded, by `with_categories`.
        """
        chosen, numbers = selection is not None, X
        if chosen:
            numbers, words = in_numbers(X, n_step_features)
        sequences = _check_sequences(
            estimator, numbers, n_step_features, reset=True, gaps=gaps or chosen
        )
        width = width_of(X)
        padded = width is not None and bool((sequences.lengths < width).any())
        form = cls(has_rows(X), sequences.n_features, sequences.steps.dtype, padded, gaps)
        if not chosen:
            return form, sequences
        names = getattr(estimator, "feature_names_in_", None)
        features = features_of(selection, X, names, sequences.n_features)
        categories = Categories(features, words)
        categories.check_words()
        check_finite(sequences, features)
        return replace(form, categories=categories), sequences

    def with_categories(self, sequences: Sequences, weights: FloatArray) -> tuple[Self, Sequences]:
        """Learn the categories of sequences, where any weight is above 0, and encode all."""
        form = replace(self, categories=self.categories.learn(sequences, weights))
        return form, form.encode(sequences)

    def check(self, estimator: BaseEstimator, X: Any) -> Sequences:
        """Turn a later X into sequences in the precision of the first; compare its features."""
        self.check_rank(estimator, X)
        categories = self.categories
        chosen = len(categories.features) > 0
        if chosen:
            check_names(X, getattr(estimator, "feature_names_in_", None))  # then what they hold
            X, _ = in_numbers(X, self.n_features, categories.words)
        gaps = self.gaps or chosen
        sequences = _check_sequences(estimator, X, self.n_features, reset=False, gaps=gaps)
        if chosen or sequences.steps.dtype != self.dtype:
            sequences = sequences.astype(self.dtype)
            # What is finite in float64 need not be so in float32.
            check_finite(sequences, categories.features, gaps=self.gaps)
        return self.encode(sequences)

    def check_selection(self, selection: Any, names: Any) -> None:
        """Raise an error if training would have to go on with other features as categories."""
        if isinstance(selection, str):  # which tables alone can tell, and later X may be none
            return
        chosen = () if selection is None else features_of(selection, None, names, self.n_features)
        if chosen != self.categories.features:
            raise ValueError(
                f"categorical_features={shown(selection)} are other features than the network was "
                f"begun with, {list(self.categories.features)}. Set this back, or begin anew: fit "
                f"with warm_start=False, or take sklearn.base.clone of the estimator."
            )

    def encode(self, sequences: Sequences) -> Sequences:
        """Return sequences with codes for categories."""
        if not self.categories.features:
            return sequences
        return Sequences(self.categories.encode(sequences.steps), sequences.lengths)

    def in_numbers(self, x: Any) -> Any:
        """Return one sequence (T, n_features), or flat, with numbers for words."""
        return numbers_of_steps(as_array(x, "x"), self.n_features, self.categories.words)

    def read(self, estimator: BaseEstimator, X: Any) -> tuple[Sequences, Callable[[Any], Any]]:
        """Return X as sequences, and what brings values (m, ...) of all steps into its form."""
        X = as_container(X)
        sequences = self.check(estimator, X)
        return sequences, partial(put_together, lengths=sequences.lengths, X=X, padded=self.padded)

    def check_rank(self, estimator: BaseEstimator, X: Any) -> None:
        """Raise an error if a later X is 2-D and the first was not, or the other way round."""
        if has_rows(X) != self.on_rows:
            raise ValueError(f"{type(estimator).__name__} {_rank_mismatch(X)}")


def _rank_mismatch(X: Any) -> str:
    """Say what to do about an X whose rank is not that of the fit."""
    if has_rows(X):
        return (
            "was fitted on 3-D or ragged X, but this X is 2-D. If it is one sequence of shape "
            "(n_timesteps, n_features), pass [X]; if its rows are sequences, "
            "X.reshape(len(X), n_timesteps, n_features)."
        )
    if is_ragged(X):
        return (
            "was fitted on 2-D X, a row per sequence, but this X is a list of arrays. Fit on a "
            "list of arrays as well, which may differ in length."
        )
    return "was fitted on 2-D X, a row per sequence, but this X is 3-D. Pass X.reshape(len(X), -1)."


def _check_sequences(
    estimator: BaseEstimator, X: Any, n_step_features: int | None, *, reset: bool, gaps: bool
) -> Sequences:
    """Turn X into sequences; record its features, or compare them."""
    if has_rows(X):
        rows = as_rows(X, partial(validate_data, estimator, reset=reset))
        width = rows.shape[1] if n_step_features is None else int(n_step_features)
        if (known := step_width(X)) is not None and known != width:
            cure = (
                "Give it a 3-D X." if n_step_features is None else f"Set n_step_features={known}."
            )
            raise ValueError(
                f"X has rows of steps with {known} features each, as the transformer that made it "
                f"knows, but {type(estimator).__name__} takes {width} for a step. {cure}"
            )
        return from_flat(rows, width, gaps=gaps)
    sequences, frame = from_steps(X, gaps=gaps), first_frame(X)
    # Of a later X only the width can be wrong by now, and to ask may take longer than to predict.
    if frame is not None:
        validate_data(estimator, frame, reset=reset, skip_check_array=True)
    elif (
        reset
        or sequences.n_features != estimator.n_features_in_
        or hasattr(estimator, "feature_names_in_")
    ):
        validate_data(estimator, sequences.steps, reset=reset, ensure_all_finite=False)
    return sequences


def as_rows(X: Any, check: Callable[..., FloatArray]) -> FloatArray:
    """
    Return what one of scikit-learn's checks makes of a 2-D X, in float32 or float64.

    An error names the first value that is no number; whether they are finite is left to those who
    know the time steps.
    """
    if isinstance(X, np.ndarray) and X.dtype.kind != "c":  # for which there is a message
        X = as_floats(X, "X")
    try:
        return check(X, dtype=[np.float64, np.float32], ensure_all_finite=False)
    except (TypeError, ValueError):
        if hasattr(X, "columns"):
            values = as_floats(np.asarray(X, dtype=object), "X")
            check_some(values)
        raise


def taken(values: Any, members: IntArray | None) -> Any:
    """Return some of the sequences, or of what there is for each, in the form that all have."""
    if members is None:
        return values
    if isinstance(values, Sequence):
        return [values[i] for i in members.tolist()]
    if not hasattr(values, "__getitem__"):  # SciPy's coordinates among others
        values = values.tocsr() if issparse(values) else np.asarray(values)
    by_columns = hasattr(values, "iloc") or hasattr(values, "to_pylist")  # pandas and pyarrow
    return values.take(members) if by_columns else values[members]


def width_of(X: Any) -> int | None:
    """Return how many steps a 3-D X has, padding included; None for an X of another form."""
    return int(X.shape[1]) if len(getattr(X, "shape", ())) == 3 else None
