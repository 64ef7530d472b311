"""Several labels at once: y is an indicator with a column for each."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import skops.io
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import InvalidParameterError, RNNSequenceClassifier, RNNSequenceTagger
from skrnn.inspection import check_gradients, hidden_states
from skrnn.preprocessing import PerStep
from skrnn.saving import TRUSTED_TYPES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 6, 3))
Y = (X.mean(axis=1) > 0).astype(int)  # each label by the mean of its own feature
RAGGED = [x[: 3 + i % 4] for i, x in enumerate(X)]
FEW = {"hidden_layer_sizes": 6, "max_iter": 2, "random_state": 0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def fitted():
    return RNNSequenceClassifier(16, learning_rate=0.02, max_iter=30, random_state=0).fit(X, Y)


def test_it_learns_each_label(fitted):
    assert fitted.score(X, Y) > 0.9
    np.testing.assert_array_equal(fitted.classes_, [0, 1, 2])
    assert fitted.predict(X).dtype == Y.dtype
    assert fitted.predict(X).shape == fitted.predict_proba(X).shape == Y.shape
    assert fitted.score(X, Y) == (fitted.predict(X) == Y).all(axis=1).mean()


def test_scores_probabilities_and_labels_say_the_same(fitted):
    scores, probabilities = fitted.decision_function(X), fitted.predict_proba(X)
    np.testing.assert_allclose(probabilities, 1 / (1 + np.exp(-scores)), rtol=1e-12)
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(probabilities), rtol=1e-10)
    np.testing.assert_array_equal(fitted.predict(X), probabilities > 0.5)


def test_two_labels_have_two_scores_and_are_no_pair_of_classes():
    model = RNNSequenceClassifier(**FEW).fit(X, Y[:, :2])
    assert model.decision_function(X).shape == (120, 2)
    assert not np.allclose(model.predict_proba(X).sum(axis=1), 1)


FORMS = {
    "bool": Y.astype(bool),
    "float": Y.astype(float),
    "list of lists": Y.tolist(),
    "list of arrays": list(Y),
    "sparse": scipy.sparse.csr_matrix(Y),
    "sparse array": scipy.sparse.coo_array(Y),
    "frame": pd.DataFrame(Y, columns=["a", "b", "c"]),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_y(form):
    expected = RNNSequenceClassifier(**FEW).fit(X, Y)
    model = RNNSequenceClassifier(**FEW).fit(X, FORMS[form])
    np.testing.assert_array_equal(model.predict_proba(X), expected.predict_proba(X))
    assert model.predict(X).dtype == Y.dtype
    if "sparse" not in form:
        assert model.score(X, FORMS[form]) == expected.score(X, Y)


def test_the_loss_is_the_mean_log_loss_of_labels():
    settings = FEW | {"batch_size": 120, "alpha": 0.0, "max_iter": 1, "learning_rate": 1e-12}
    weights = RNG.uniform(0.5, 2, size=120)
    model = RNNSequenceClassifier(**settings).fit(X, Y, weights)
    told = model.predict_proba(X)
    losses = [log_loss(Y[:, k], told[:, k], sample_weight=weights) for k in range(3)]
    assert model.loss_ == pytest.approx(np.mean(losses), rel=1e-9)


def test_whole_weights_are_copies():
    settings, times = FEW | {"batch_size": 400}, np.arange(120) % 3
    weighed = RNNSequenceClassifier(**settings).fit(X, Y, times)
    copied = RNNSequenceClassifier(**settings).fit(np.repeat(X, times, 0), np.repeat(Y, times, 0))
    np.testing.assert_array_equal(weighed.parameters_.flat, copied.parameters_.flat)


def test_partial_fit_goes_the_way_of_fit():
    settings = FEW | {"shuffle": True, "early_stopping": False}
    whole, parts = RNNSequenceClassifier(**settings).fit(X, Y), RNNSequenceClassifier(**settings)
    for _ in range(2):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    np.testing.assert_array_equal(parts.parameters_.flat, whole.parameters_.flat)
    parts.partial_fit(X[:1], Y[:1])  # one sequence has one row, of as many labels


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("change", [{}, {"target_replication": 0.5}, {"optimizer": "lbfgs"}])
def test_ragged_and_padded(change, dtype):
    sequences = [x.astype(dtype) for x in RAGGED]
    padded = np.full((120, 6, 3), np.nan, dtype)
    for row, x in zip(padded, sequences, strict=True):
        row[: len(x)] = x
    model = RNNSequenceClassifier(**FEW | change).fit(sequences, Y)
    other = RNNSequenceClassifier(**FEW | change).fit(padded, Y)
    np.testing.assert_array_equal(model.predict_proba(sequences), other.predict_proba(padded))
    assert model.predict_proba(sequences).dtype == dtype
    assert model.parameters_.flat.dtype == dtype


def test_early_stopping_watches_the_share_of_right_labels():
    model = RNNSequenceClassifier(**FEW | {"early_stopping": True})
    model.fit(X[:80], Y[:80], X_val=X[80:], y_val=Y[80:])
    right = (model.predict(X[80:]) == Y[80:]).mean()
    assert model.best_validation_score_ == pytest.approx(right)


def test_a_stream_says_what_predict_proba_says(fitted):
    stream = fitted.stream()
    for step in X[0]:
        told = stream.update(step)
    np.testing.assert_allclose(told, fitted.predict_proba(X[:1])[0], rtol=1e-12)


def test_a_saved_model(fitted):
    saved = skops.io.dumps(fitted)
    loaded = skops.io.loads(saved, trusted=TRUSTED_TYPES)
    np.testing.assert_array_equal(loaded.predict_proba(X), fitted.predict_proba(X))


def test_inspection(fitted):
    assert check_gradients(fitted, X[:4], Y[:4])["relative_error"].max() < 1e-5
    assert hidden_states(fitted, X[:2])


def test_searches_pipelines_and_scorers():
    model = make_pipeline(PerStep(StandardScaler()), RNNSequenceClassifier(**FEW))
    search = GridSearchCV(
        model, {"rnnsequenceclassifier__alpha": [0, 0.1]}, scoring="f1_macro", cv=2
    ).fit(X, Y)
    assert search.predict(X).shape == Y.shape
    scoring = make_scorer(
        lambda y, p: -np.mean([log_loss(*c) for c in zip(y.T, p.T, strict=True)]),
        response_method="predict_proba",
    )
    assert np.isfinite(cross_val_score(model, RAGGED, Y, scoring=scoring, cv=2)).all()


BEGUN = FEW | {"early_stopping": False}


@pytest.mark.parametrize(
    ("y", "change", "message"),
    [
        (Y + 1, {}, r"zeros and ones .* y\[\d+, \d+\] is 2"),
        (Y * 3, {}, r"zeros and ones .* is 3"),
        (Y - np.arange(3), {}, r"one label for each .* its shape is \(120, 3\)"),
        (Y[:-1], {}, "119"),
        (Y, {"class_weight": "balanced"}, "class_weight='balanced' weighs classes"),
        (Y, {"class_weight": {0: 2.0}}, "Set it to None"),
    ],
)
def test_errors(y, change, message):
    model = RNNSequenceClassifier(**FEW | change)
    with pytest.raises(ValueError, match=message) as raised:
        model.fit(X, y)
    assert isinstance(raised.value, InvalidParameterError) == ("class_weight" in change)
    assert set(vars(model)) == set(model.get_params())


@pytest.mark.parametrize(
    ("first", "then", "message"),
    [
        (Y, Y[:, 0], "y has one label for each sequence, but that of the fit had a column"),
        (Y[:, 0], Y, "y has a column for each of several labels, but that of the fit had one"),
        (Y, Y[:, :2], "y has 2 columns, but that of the fit had 3"),
    ],
)
def test_a_kind_that_changes(first, then, message):
    model = RNNSequenceClassifier(**BEGUN).fit(X, first)
    weights = model.parameters_.flat.copy()
    for call in (model.partial_fit, model.score):
        with pytest.raises(ValueError, match=message):
            call(X, then)
    np.testing.assert_array_equal(model.parameters_.flat, weights)
    model.fit(X, then)  # anew


def test_classes_of_partial_fit_are_the_columns():
    with pytest.raises(ValueError, match=r"classes=\[0, 1\] must be the numbers of y's columns"):
        RNNSequenceClassifier(**BEGUN).partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="first call to partial_fit"):
        RNNSequenceClassifier(**BEGUN).partial_fit(X, Y)


def test_a_tagger_takes_columns_for_steps():
    tagger = RNNSequenceTagger(**FEW).fit(X[:, :3], Y)
    np.testing.assert_array_equal(tagger.predict(X[:2, :3]).shape, (2, 3))
