"""Categories among the features of a step: which features have them, and the code of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray

Words: TypeAlias = Mapping[int, npt.NDArray[np.str_]]
"""By feature, the strings that it has, sorted."""

MOST = 2**24
"""Categories of a feature: the last code that float32 tells from the one before."""


@dataclass(frozen=True, eq=False)  # arrays have no one answer
class Categories:
    """
    What categories some features of a step have, as the first X had them.

    `features` are numbers of features, upwards. The network reads codes: 0 to C - 1 for the
    `values` (C,) of each, which are sorted, and C for what is missing or was not there. Where X had
    `words`, their places in this sorted array are the values.
    """

    features: tuple[int, ...] = ()
    words: Words = field(default_factory=dict)
    values: tuple[FloatArray, ...] = ()

    def learn(self, sequences: Sequences, weights: FloatArray) -> Self:
        """
        Return these with the values that sequences have, where any of their weights is above 0.

        Weights are (n,), or (sum of lengths,) of steps.
        """
        if not self.features:
            return self
        lengths = sequences.lengths
        of_each = Sequences(
            weights[:, None], np.ones_like(lengths) if len(weights) == len(lengths) else lengths
        )
        counts = sequences.take(np.flatnonzero(of_each.sums[:, 0] > 0)).steps
        values = []
        for feature in self.features:
            column = counts[:, feature]
            values.append(np.unique(column[~np.isnan(column)]))
            if len(values[-1]) > MOST:
                raise ValueError(
                    f"Feature {feature} has {len(values[-1])} categories, but at most 2**24 can be "
                    f"told apart. Is it a number? Then leave it out of categorical_features."
                )
            largest, end = np.abs(values[-1]).max(initial=0), 2 / np.finfo(column.dtype).eps
            if largest >= end:
                raise ValueError(
                    f"Feature {feature} has the category {largest:.0f}, but {column.dtype} does "
                    f"not tell whole numbers apart from {end:.0f} on. Give categories as strings, "
                    f"in an array of objects."
                )
        return replace(self, values=tuple(values))

    def check_words(self) -> None:
        """Raise an error for the first feature that has words, but is not among these."""
        for feature, words in self.words.items():
            if feature not in self.features:
                raise ValueError(
                    f"X must hold real numbers, but feature {feature} is {words[0].item()!r} "
                    f"somewhere. If it is a category, name it in categorical_features."
                )

    def encode(self, steps: FloatArray) -> FloatArray:
        """Return steps (..., D) with codes in place of categories; without these, themselves."""
        if not self.features:
            return steps
        steps = steps.copy()
        for feature, values in zip(self.features, self.values, strict=True):
            column = steps[..., feature]
            codes = codes_of(column, values)
            if (others := codes == len(values)).any():
                codes[others] = _rounded_codes_of(column[others], values)
            steps[..., feature] = codes
        return steps

    def embeddings(self, size: int | Literal["auto"]) -> tuple[tuple[int, int, int], ...]:
        """Return what a `Network` is told of each: feature, number of categories, size."""
        return tuple(
            (feature, len(values), size_of(len(values)) if size == "auto" else int(size))
            for feature, values in zip(self.features, self.values, strict=True)
        )


NONE = Categories()


def size_of(n_categories: int) -> int:
    """
    Return the size of a vector by fastai's rule of thumb, at most 50.

    J. Howard, S. Gugger, "Fastai: a layered API for deep learning", Information 11, 2020.
    """
    return int(max(1, min(50, 1.6 * n_categories**0.56 + 0.5)))


def bounds_of(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Return between which numbers each of sorted categories (C,) is known, (C,) both.

    What became of it in float32, behind a scaler for instance, is another number than in float64.
    So there is some slack: 1e-5, more of large fractions, but no quarter of the way to the next.
    """
    are_whole = (values == np.round(values)).all()
    slack = 1e-5 * (np.ones(len(values)) if are_whole else np.maximum(1, np.abs(values)))
    slack = np.minimum(slack, np.diff(values).min(initial=np.inf) / 4)
    return values - slack, values + slack


def _rounded_codes_of(column: FloatArray, values: FloatArray) -> IntArray:
    """Return the places of numbers within the bounds of C sorted values; C for others, and NaN."""
    lower, upper = bounds_of(values)
    places = np.searchsorted(lower, column, side="right") - 1
    is_known = column <= np.append(upper, -np.inf)[places]  # -1, below all, is the last
    codes: IntArray = np.where(is_known, places, len(values))
    return codes


def codes_of(values: npt.NDArray[Any], known: npt.NDArray[Any]) -> IntArray:
    """Return the places of values among C sorted ones; C for what is not there, such as NaN."""
    if not len(known):
        return np.zeros(values.shape, np.intp)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    codes: IntArray = np.where(known[places] == values, places, len(known))
    return codes
