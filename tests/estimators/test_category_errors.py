"""What is wrong with a choice of categories, or with their X, is named and changes nothing."""

import numpy as np
import pandas as pd
import pytest

from skrnn import (
    InvalidParameterError,
    RNNSequenceClassifier,
    RNNSequenceTagger,
)
from skrnn.estimators import categories
from tests.estimators.category_cases import CUBE, LABELS, SETTINGS, X, Y, every_kind, fit

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ("auto", "must be a str among {'from_dtype'}, a list of ints, of names or of bools"),
        (1, "must be a str among"),
        ([0.5], "must be a str among"),
        ([0, True], "must be a str among"),
        ([[0]], "must be a str among"),
        ([2], "has the number 2, but a step has 2 features: it must be from 0 to 1"),
        ([-1], "has the number -1, but a step has 2 features"),
        ([True], "is a mask of 1 values, but a step has 2 features"),
        (["k"], "names 'k', but features of a step have no names here"),
    ],
)
@every_kind
def test_a_wrong_choice_is_named_and_changes_nothing(kind, chosen, message):
    model = kind(**SETTINGS, categorical_features=chosen)
    before = dict(vars(model))
    with pytest.raises(InvalidParameterError, match=message):
        model.fit(X, Y[kind])
    assert vars(model) == before


def test_a_wrong_name_is_told_with_those_that_there_are():
    frame = pd.DataFrame(CUBE[:, 0], columns=["k", "l"])
    with pytest.raises(InvalidParameterError, match=r"names 'm', but X has \['k', 'l'\]"):
        fit(RNNSequenceTagger, frame, LABELS, categorical_features=["m"])


@pytest.mark.parametrize("size", [0, 2.5, "small", None])
def test_a_wrong_size_is_named(size):
    with pytest.raises(InvalidParameterError, match="embedding_size"):
        fit(embedding_size=size)


def test_a_size_beyond_all_bounds_is_named():
    with pytest.raises(InvalidParameterError, match="embedding_size=1000000000000 makes"):
        fit(embedding_size=10**12)


def test_numbers_must_be_finite_and_categories_not_infinite():
    for feature, value, name in ((0, np.nan, "NaN"), (0, np.inf, "inf"), (1, np.inf, "inf")):
        new = [x.copy() for x in X]
        new[2][1, feature] = value
        message = f"X contains .*{name}.*: sequence 2, time step 1, feature {feature}"
        with pytest.raises(ValueError, match=message):
            fit(X=new)
        with pytest.raises(ValueError, match=message):
            fit().predict(new)


def test_too_many_categories(monkeypatch):
    monkeypatch.setattr(categories, "MOST", 4)
    with pytest.raises(ValueError, match="Feature 1 has 5 categories, but at most"):
        fit()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"categorical_features": None}, r"None are other features than .*, \[1\]"),
        ({"categorical_features": [0, 1]}, r"other features than the network was begun with"),
        ({"embedding_size": 2}, "embeddings was .* and is now"),
    ],
)
def test_a_warm_start_does_not_change_them(change, message):
    model = fit().set_params(warm_start=True, **change)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y[RNNSequenceClassifier])
    assert vars(model) == before
    model.set_params(categorical_features=[False, True], embedding_size="auto")
    model.fit(X, Y[RNNSequenceClassifier])


@pytest.mark.parametrize(("dtype", "end"), [("int64", 2**53), ("float32", 2**24)])
def test_numbers_too_large_to_be_told_apart_are_no_categories(dtype, end):
    keys = np.array([[-1, 0], [0, -1]])
    model = fit(X=list((end + keys - 1).astype(dtype)), y=[0, 1], categorical_features=[0])
    assert model.parameters_["embedding_0.weights"].shape[0] == 3
    message = f"Feature 0 has the category {end}, but float.. does not .* from {end} on"
    with pytest.raises(ValueError, match=message):
        fit(X=list((end + keys).astype(dtype)), y=[0, 1], categorical_features=[0])


def test_columns_in_another_order_are_named():
    frames = [pd.DataFrame({"word": ["a", "b"], "n": [1.0, 2.0]}) for _ in range(2)]
    model = fit(X=frames, y=[0, 1], categorical_features=["word"])
    with pytest.raises(
        ValueError, match=r"feature names should match those .* fit had \['word', 'n'"
    ):
        model.predict([frame[["n", "word"]] for frame in frames])
