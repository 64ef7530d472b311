"""What each step and feature contributes: against differences, sums, and a known answer."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import (
    GRU,
    Chrono,
    Quantile,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.datasets import make_temporal_order
from skrnn.inspection import attributions
from skrnn.preprocessing import PerStep, StackSteps
from skrnn.rules import InvalidParameterError
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
RAGGED, FEW = FORMS["list"], FORMS["list"][:6]
THREE = np.array(["a", "b", "c"])[np.arange(60) % 3]
SETS = np.stack([Y == "up", THREE == "a", THREE != "c"], axis=1).astype(int)
TOTALS = np.array([x.sum() for x in RAGGED])
TAGS = [np.where(x[:, 0] > 0, "up", "down") for x in RAGGED]
METHODS = ("integrated_gradients", "gradient", "occlusion")


def classifier(**changes):
    settings = {"hidden_layer_sizes": (5, 4), "learning_rate": 0.05, "max_iter": 5}
    return RNNSequenceClassifier(**settings | {"random_state": 0} | changes)


def regressor(**changes):
    return RNNSequenceRegressor(5, learning_rate=0.05, max_iter=5, random_state=0, **changes)


def log_odds(k):
    """Return what is explained of a class, in terms of probabilities."""

    def of(model, X):
        p = model.predict_proba(X)[:, k]
        return np.log(p) - np.log1p(-p)

    return of


def at_steps(model, X):
    """Return the sum over steps of the log odds of the second class."""
    proba = model.predict_proba(X)
    return np.array([np.log(p[:, 1]).sum() - np.log(p[:, 0]).sum() for p in proba])


def numbers(k):
    """Return a prediction, or the sum of those of the steps."""

    def of(model, X):
        return np.array([np.atleast_1d(said)[..., k].sum() for said in model.predict(X)])

    return of


KINDS = {
    "two classes": (classifier(), Y, "up", log_odds(1)),
    "three classes": (classifier(cell="lstm"), THREE, "b", log_odds(1)),
    "label sets": (classifier(), SETS, 2, log_odds(2)),
    "number": (regressor(), TOTALS * 1e3 + 1e5, None, numbers(0)),
    "outputs": (regressor(), np.stack([TOTALS, -5 * TOTALS], axis=1), 1, numbers(1)),
    "counts": (regressor(loss="poisson"), np.round(np.exp(TOTALS / 4)), None, numbers(0)),
    "quantiles": (regressor(loss=Quantile([0.1, 0.5, 0.9])), TOTALS, None, numbers(0)),
    "tags": (RNNSequenceTagger(5, max_iter=3, random_state=0), TAGS, "up", at_steps),
    "numbers of steps": (regressor(), RAGGED, 1, numbers(1)),
}


def moved(X, i, step, feature, by):
    X = [x.copy() for x in X]
    X[i][step, feature] += by
    return X


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_occlusions_are_differences_of_predictions(kind):
    model, y, target, f = KINDS[kind]
    model.fit(RAGGED, y)
    slopes = attributions(model, FEW, target, method="gradient")
    occluded = attributions(model, FEW, target, method="occlusion")
    whole = f(model, FEW)
    for i, step, feature in [(0, 0, 0), (0, 5, 1), (1, 2, 0), (4, 0, 1), (5, 0, 0)]:
        above, below = (f(model, moved(FEW, i, step, feature, by)) for by in (1e-5, -1e-5))
        expected = (above - below)[i] / 2e-5
        scale = np.abs(slopes[i]).max()
        np.testing.assert_allclose(slopes[i][step, feature], expected, 1e-5, 1e-5 * scale)
        without = f(model, moved(FEW, i, step, feature, -FEW[i][step, feature]))
        expected = (whole - without)[i]
        np.testing.assert_allclose(occluded[i][step, feature], expected, 1e-7, 1e-7 * abs(whole[i]))


@pytest.mark.parametrize("kind", KINDS)
def test_integrated_gradients_of_each_kind_are_complete(kind):
    model, y, target, f = KINDS[kind]
    model.fit(RAGGED, y)
    found = np.array([a.sum() for a in attributions(model, FEW, target)])
    expected = f(model, FEW) - f(model, [np.zeros_like(x) for x in FEW])
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("readout", ["last", "mean", "max"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_integrated_gradients_are_complete(cell, bidirectional, readout):
    """After a training that makes the way steep."""
    model = classifier(cell=cell, bidirectional=bidirectional, readout=readout, max_iter=30)
    model.fit(RAGGED, Y)
    found = np.array([a.sum() for a in attributions(model, RAGGED, "up")])
    f = log_odds(1)
    expected = f(model, RAGGED) - f(model, [np.zeros_like(x) for x in RAGGED])
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMS)
def test_forms(form, method):
    """Each sequence has what it has alone, in the form of X."""
    X = FORMS[form]
    model = classifier(n_step_features=2, max_iter=2).fit(X, Y)
    found = attributions(model, X[:5], method=method)
    assert isinstance(found, np.ndarray) == (form not in {"list", "NaN-padded"})
    if form in {"rows", "3-D"}:
        assert found.shape == (5, 6, 2)
    for i in range(5):
        steps = np.reshape(X[i], (-1, 2))
        steps = steps[~np.isnan(steps).all(axis=1)]
        assert found[i].shape == steps.shape
        alone = attributions(model, X[i : i + 1], method=method)[0]
        np.testing.assert_allclose(found[i], alone, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_float32_stays(method):
    X = FORMS["3-D"].astype(np.float32)
    model = classifier().fit(X, Y)
    found = attributions(model, X, "up", method=method)
    assert found.dtype == np.float32
    if method == "integrated_gradients":
        f = log_odds(1)
        expected = f(model, X) - f(model, np.zeros_like(X))
        np.testing.assert_allclose(found.sum(axis=(1, 2)), expected, rtol=1e-3, atol=1e-5)


def test_targets():
    model = classifier().fit(RAGGED, THREE)
    said = model.predict(FEW)
    by_name = {name: attributions(model, FEW, name, method="gradient") for name in "abc"}
    for i, (of_said, of_each) in enumerate(
        zip(
            attributions(model, FEW, method="gradient"),
            attributions(model, FEW, said[::-1], method="gradient"),
            strict=True,
        )
    ):
        np.testing.assert_array_equal(of_said, by_name[said[i]][i])
        np.testing.assert_array_equal(of_each, by_name[said[::-1][i]][i])
    tagger = RNNSequenceTagger(4, max_iter=2, random_state=0).fit(RAGGED, TAGS)
    up, down = (attributions(tagger, FEW, name, method="gradient") for name in ("up", "down"))
    np.testing.assert_allclose(up[0], -down[0], rtol=1e-10)
    mixed = attributions(tagger, FEW, ["up", "down"] * 3, method="gradient")
    np.testing.assert_array_equal(mixed[1], down[1])
    one = regressor().fit(RAGGED, TOTALS)
    np.testing.assert_array_equal(attributions(one, FEW)[0], attributions(one, FEW, 0)[0])


def test_of_a_pipeline_are_those_of_what_the_network_reads():
    inner = make_pipeline(PerStep(PCA(1)), classifier())
    model = make_pipeline(PerStep(StandardScaler()), None, inner)
    model.fit(RAGGED, Y)
    found = attributions(model, FEW)
    read = model[2][0].transform(model[0].transform(FEW))
    for a, b in zip(found, attributions(model[2][1], read), strict=True):
        assert a.shape[1] == 1
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form", FORMS)
def test_joined_steps_are_taken_apart(form):
    """The first step of a sequence may stand in a new step more than once."""
    X = FORMS[form]
    model = make_pipeline(StackSteps(4, n_step_features=2), classifier()).fit(X, Y)
    f, few = log_odds(1), [np.reshape(x, (-1, 2)) for x in X[:6]]
    few = [x[~np.isnan(x).any(axis=1)] for x in few]
    ragged = make_pipeline(StackSteps(4), classifier()).fit(RAGGED, Y)
    ragged[1].__dict__.update(model[1].__dict__)  # the same network, of lists
    whole = f(ragged, few)
    np.testing.assert_allclose(whole, f(model, X[:6]))
    slopes = attributions(model, X[:6], "up", method="gradient")
    occluded = attributions(model, X[:6], "up", method="occlusion")
    for i, step, feature in [(0, 0, 0), (0, 5, 1), (4, 0, 1)]:
        assert slopes[i].shape == few[i].shape
        above, below = (f(ragged, moved(few, i, step, feature, by)) for by in (1e-5, -1e-5))
        np.testing.assert_allclose(slopes[i][step, feature], (above - below)[i] / 2e-5, rtol=1e-5)
        without = f(ragged, moved(few, i, step, feature, -few[i][step, feature]))
        np.testing.assert_allclose(occluded[i][step, feature], (whole - without)[i], rtol=1e-7)
    complete = np.array([a.sum() for a in attributions(model, X[:6], "up")])
    np.testing.assert_allclose(complete, whole - f(ragged, [0 * x for x in few]), rtol=1e-3)


def test_temporal_order():
    """Of the steps, the two symbols that matter get nine tenths of what is attributed."""
    X, y = make_temporal_order(1050, 20, random_state=0)
    cell = GRU(update_bias=Chrono(20))
    network = RNNSequenceClassifier(
        16,
        cell=cell,
        learning_rate=0.02,
        schedule="constant",
        alpha=0.01,
        max_iter=20,
        random_state=0,
    )
    model = make_pipeline(PerStep(StandardScaler()), network).fit(X[:1000], y[:1000])
    X, y = X[1000:], y[1000:]
    assert model.score(X, y) == 1
    matter = X[:, :, :2].any(axis=2)
    for method in ("integrated_gradients", "occlusion"):
        of_steps = np.abs(attributions(model, X, method=method).sum(axis=2))
        shares = (of_steps * matter).sum(axis=1) / of_steps.sum(axis=1)
        assert np.median(shares) >= 0.9


def test_errors():
    model = classifier().fit(RAGGED, THREE)
    with pytest.raises(InvalidParameterError, match="method"):
        attributions(model, FEW, method="saliency")
    with pytest.raises(ValueError, match=r"target='d' is none of \['a', 'b', 'c'\]"):
        attributions(model, FEW, "d")
    with pytest.raises(ValueError, match=r"one for each of the 6 sequences; its shape is \(2,\)"):
        attributions(model, FEW, ["a", "b"])
    two = regressor().fit(RAGGED, np.stack([TOTALS, TOTALS], axis=1))
    with pytest.raises(ValueError, match=r"there are 2\. Give the number of one, from 0 to 1"):
        attributions(two, FEW)
    with pytest.raises(ValueError, match="one class only"):
        attributions(classifier().fit(RAGGED, ["only"] * 60), FEW)
    with pytest.raises(NotFittedError):
        attributions(classifier(), FEW)
    with pytest.raises(TypeError, match="estimator must be one of skrnn's, not a PCA"):
        attributions(make_pipeline(PerStep(StandardScaler()), PCA()), FEW)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", ["integrated_gradients", "gradient", "occlusion"])
def test_categories_have_no_derivative_but_may_be_missing(method):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(20, 4, 1)), rng.integers(3, size=(20, 4, 1))], axis=2)
    model = RNNSequenceRegressor(4, categorical_features=[1], max_iter=5, random_state=0)
    model.fit(X, X.sum(axis=(1, 2)))
    found = attributions(model, X, method=method)
    if method == "occlusion":
        for place in [(0, 2, 0), (3, 1, 1)]:
            other = X.copy()
            other[place] = 0 if place[2] == 0 else np.nan
            fall = model.predict(X) - model.predict(other)
            np.testing.assert_allclose(found[place], fall[place[0]], rtol=1e-9)
        return
    assert not found[..., 1].any()
    if method == "integrated_gradients":
        fall = model.predict(X) - model.predict(X * [0, 1])
        np.testing.assert_allclose(found.sum(axis=(1, 2)), fall, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("n_steps", [1, 2])
@pytest.mark.parametrize("method", METHODS)
def test_categories_of_joined_steps(method, n_steps):
    rng = np.random.default_rng(0)
    X = np.concatenate([rng.normal(size=(20, 4, 1)), rng.integers(1, 4, size=(20, 4, 1))], axis=2)
    chosen = [1, 3][:n_steps]
    network = RNNSequenceRegressor(4, categorical_features=chosen, max_iter=5, random_state=0)
    model = make_pipeline(StackSteps(n_steps), network).fit(X, X.sum(axis=(1, 2)))
    found = attributions(model, X, method=method)
    joined = X.reshape(20, -1, 2 * n_steps)
    np.testing.assert_allclose(
        found, attributions(network, joined, method=method).reshape(X.shape), rtol=1e-7, atol=1e-12
    )
    assert found[..., 0].any()
    if n_steps == 1:
        return
    mixed = model.set_params(rnnsequenceregressor__categorical_features=[1]).fit(X, X[:, 0, 0])
    with pytest.raises(ValueError, match=r"feature 1 a category in some .* Name it in all: \[1, 3"):
        attributions(mixed, X, method=method)
