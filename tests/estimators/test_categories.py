"""Features of a step that are categories: which, what of, and that nothing else depends on it."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import (
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.estimators import categories
from skrnn.inspection import check_gradients, gradient_flow, hidden_states, loss_gradient
from skrnn.inspection.states import states_of
from skrnn.preprocessing import PerStep
from tests.estimators.category_cases import (
    CUBE,
    LABELS,
    LENGTHS,
    SETTINGS,
    X,
    Y,
    assert_same,
    every_kind,
    fit,
    in_words,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)


def test_a_task_that_needs_categories():
    """The first of two tokens decides what the second means; their numbers say nothing."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(12, size=(150, 2))
    y = rng.integers(2, size=(12, 12))[tokens[:, 0], tokens[:, 1]]
    settings = {"random_state": 0, "max_iter": 60, "early_stopping": False, "learning_rate": 0.03}
    plain = RNNSequenceClassifier(32, **settings).fit(tokens, y)
    model = RNNSequenceClassifier(32, categorical_features=[0], **settings).fit(tokens, y)
    assert model.score(tokens, y) > 0.97
    assert plain.score(tokens, y) < 0.8


@every_kind
def test_labels_of_categories_do_not_matter(kind):
    """As long as their order does not change; another order is another start."""
    model = fit(kind)
    for values in ([-3.5, 0, 1, 7, 1e6], [1, 2, 3, 4, 5], [-0.0, 1, 2, 3, 4]):
        renamed = [np.c_[x[:, 0], np.array(values)[x[:, 1].astype(int)]] for x in X]
        other = fit(kind, renamed)
        np.testing.assert_array_equal(other.parameters_.flat, model.parameters_.flat)
        assert_same(other.predict(renamed), model.predict(X))


@every_kind
def test_what_is_unknown_counts_as_missing(kind):
    model, said = fit(kind), []
    for value in (np.nan, 7, -1, 1.5):
        new = [x.copy() for x in X[:5]]
        for x in new:
            x[0, 1] = value
        said.append(model.predict(new))
    for one in said[1:]:
        assert_same(one, said[0])


def test_missing_ones_are_a_category_of_their_own():
    """In the sequences of one class, the first is missing."""
    X = [np.r_[np.nan if i % 2 else i % 3, np.full(2, i % 3)] for i in range(60)]
    y = np.arange(60) % 2
    model = RNNSequenceClassifier(
        8, categorical_features=[0], max_iter=40, learning_rate=0.05, random_state=0
    ).fit(X, y)
    assert model.score(X, y) == 1
    assert model.network_.embeddings == ((0, 3, 3),)


def test_what_training_never_saw_adds_nothing():
    E = fit(alpha=0.1).parameters_["embedding_1.weights"]
    assert E.shape == (6, 4)
    assert not E[-1].any()
    assert E[:-1].all()


def test_all_may_be_missing():
    gone = [np.c_[x[:, 0], np.full(len(x), np.nan)] for x in X]
    model = fit(X=gone)
    assert model.network_.embeddings == ((1, 0, 1),)
    assert_same(model.predict_proba(X), model.predict_proba(gone))


@pytest.mark.parametrize(
    ("n", "size"), [(1, 2), (2, 2), (4, 3), (5, 4), (10, 6), (100, 21), (10**4, 50)]
)
def test_size_by_the_rule_of_thumb(n, size):
    assert categories.size_of(n) == size


@every_kind
def test_size_is_searched(kind):
    search = GridSearchCV(
        kind(**SETTINGS, categorical_features=[1]), {"embedding_size": [1, 3, "auto"]}, cv=2
    ).fit(X, Y[kind])
    assert search.best_estimator_.network_.embeddings[0][2] in {1, 3, 4}


@every_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_streams_say_what_prefixes_do(kind, dtype):
    new = [x.astype(dtype) for x in X]
    new[0][1, 1] = np.nan
    model = fit(kind, new)
    assert model.parameters_.flat.dtype == dtype
    whole = model.predict if kind is RNNSequenceRegressor else model.predict_proba
    stream = pickle.loads(pickle.dumps(model.stream()))
    for t in range(len(new[0])):
        said, expected = stream.update(new[0][t]), whole([new[0][: t + 1]])[0]
        if kind is RNNSequenceTagger:
            expected = expected[-1]
        np.testing.assert_allclose(said, expected, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_streams_of_words():
    words = list(in_words(CUBE[:, :, 0]))
    model = fit(X=words, y=LABELS, categorical_features=[0])
    expected = model.predict_proba(words[:2])
    several, one = model.stream(2), model.stream()
    for word in words[0]:
        said = one.update([word])
    np.testing.assert_allclose(said, expected[0])
    np.testing.assert_allclose(several.update(np.stack(words[:2])[:, :, None]), expected)
    one.update([None])
    model = fit()
    with pytest.raises(ValueError, match="infinity: time step 0, feature 1"):
        model.stream().update([1.0, np.inf])
    with pytest.raises(ValueError, match="infinity: time step 0, feature 0"):
        model.stream().update([np.nan, 1.0])


@every_kind
def test_later_calls_know_the_categories_of_the_first(kind):
    model = kind(**SETTINGS, categorical_features=[1])
    classes = () if kind is RNNSequenceRegressor else (None, [0, 1])
    model.partial_fit(X, Y[kind], *classes)
    later = [x + np.array([0, 3]) for x in X]
    model.partial_fit(later, Y[kind])
    assert model.network_.embeddings == ((1, 5, 4),)
    assert model.parameters_["embedding_1.weights"][-1].any()  # learnt by now
    again = clone(model).set_params(warm_start=True).fit(X, Y[kind]).fit(later, Y[kind])
    assert again.network_.embeddings == ((1, 5, 4),)


def test_fits_equal_partial_fits():
    model = fit()
    steps = RNNSequenceClassifier(**SETTINGS, categorical_features=[1])
    for _ in range(2):
        steps.partial_fit(X, Y[RNNSequenceClassifier], classes=[0, 1])
    np.testing.assert_array_equal(steps.parameters_.flat, model.parameters_.flat)


def test_sequences_without_weight_have_no_categories():
    y, weights = Y[RNNSequenceClassifier], np.ones(30)
    weights[20:] = 0
    other = X[:20] + [x + np.array([0, 9]) for x in X[20:]]
    settings = SETTINGS | {"categorical_features": [1]}
    weighted = RNNSequenceClassifier(**settings).fit(other, y, weights)
    without = RNNSequenceClassifier(**settings).fit(X[:20], y[:20])
    np.testing.assert_array_equal(weighted.parameters_.flat, without.parameters_.flat)
    of_steps = [np.full(n, w) for n, w in zip(LENGTHS, weights, strict=True)]
    tagger = RNNSequenceTagger(**settings).fit(other, Y[RNNSequenceTagger], of_steps)
    assert tagger.network_.embeddings == ((1, 5, 4),)


@pytest.mark.parametrize(
    "change",
    [
        {"checkpoint": True},
        {"n_jobs": 2},
        {"truncation_length": 2},
        {"bidirectional": True},
        {"optimizer": "lbfgs"},
        {"dropout": 0.3, "hidden_layer_sizes": (4, 3)},
        {"early_stopping": True},
        {"engine": "numba"},
    ],
    ids=str,
)
@every_kind
def test_with_everything_else(kind, change):
    if change.get("engine") == "numba":
        pytest.importorskip("numba")
    model, plain = fit(kind, **change), fit(kind)
    for said in model.predict(X):
        assert np.isfinite(said).all()
    if change in ({"checkpoint": True}, {"engine": "numba"}, {"n_jobs": 2}):
        exact = 0 if "checkpoint" in change else 1e-9
        np.testing.assert_allclose(model.parameters_.flat, plain.parameters_.flat, exact, exact)


@every_kind
def test_inspection(kind):
    model = fit(kind)
    table = check_gradients(model, X, Y[kind])
    assert table["parameter"][0] == "embedding_1.weights"
    assert table["relative_error"].max() < 1e-6
    assert loss_gradient(model, X, Y[kind])[1]["embedding_1.weights"].shape == (6, 4)
    assert np.isfinite(gradient_flow(model, X, Y[kind])["layer_0"]).all()
    states = hidden_states(model, X)["layer_0"]
    one, _ = states_of(model, X[3], 0)
    np.testing.assert_allclose(one.T, states[3])


def test_states_of_words():
    words = list(in_words(CUBE[:, :, 0]))
    model = fit(X=words, y=LABELS, categorical_features=[0])
    one, _ = states_of(model, words[3], 0)
    np.testing.assert_allclose(one.T, hidden_states(model, words)["layer_0"][3])


def test_behind_a_scaler_they_are_as_they_were():
    plain = fit()
    scaled = make_pipeline(PerStep(StandardScaler()), clone(plain)).fit(X, Y[RNNSequenceClassifier])
    assert scaled[-1].network_.embeddings == plain.network_.embeddings


def test_tags_allow_what_categories_do():
    for chosen, allowed in (([0], True), (None, False), ([], False), ("from_dtype", False)):
        tags = RNNSequenceClassifier(categorical_features=chosen).__sklearn_tags__()
        assert tags.input_tags.allow_nan == allowed
