"""Sequences with a number and a category at each step, and their targets."""

import numpy as np
import pytest

from skrnn import (
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)

SETTINGS = {"hidden_layer_sizes": 4, "max_iter": 2, "random_state": 0}
RNG = np.random.default_rng(0)
LENGTHS = RNG.integers(2, 6, size=30)
NUMBERS = [RNG.normal(size=n) for n in LENGTHS]
TOKENS = [RNG.integers(5, size=n) for n in LENGTHS]
WORDS = np.array(["a", "b", "c", "d", "e"])
X = [np.c_[x, k] for x, k in zip(NUMBERS, TOKENS, strict=True)]
Y = {
    RNNSequenceClassifier: np.array([k[0] % 2 for k in TOKENS]),
    RNNSequenceRegressor: np.array([x.sum() + k[-1] for x, k in zip(NUMBERS, TOKENS, strict=True)]),
    RNNSequenceTagger: [k % 2 for k in TOKENS],
}
CUBE = RNG.integers(4, size=(20, 3, 2)).astype(float)
LABELS = CUBE[:, 0, 0] > 1
every_kind = pytest.mark.parametrize("kind", Y)


def fit(kind=RNNSequenceClassifier, X=X, y=None, **settings):
    settings = SETTINGS | {"categorical_features": [1]} | settings
    return kind(**settings).fit(X, Y[kind] if y is None else y)


def flat(X, y=LABELS, **settings):
    """Return the parameters after a fit; they tell whether the codes were the same."""
    return fit(X=X, y=y, **settings).parameters_.flat


def assert_same(one, other):
    for x, x_other in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, x_other)


def in_words(X):
    return WORDS[np.asarray(X, dtype=int)]
