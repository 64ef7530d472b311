"""Quantiles: what is learnt, how it is asked for, and that none cross."""

import pickle
from importlib.util import find_spec

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.metrics import d2_pinball_score, r2_score
from sklearn.model_selection import GridSearchCV

from skrnn import InvalidParameterError, Quantile, RNNSequenceRegressor
from skrnn.inspection import check_gradients
from skrnn.metrics import over_steps
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, _ = make_forms()
X = FORMS["list"]
N, LENGTHS = len(X), [len(x) for x in X]
Y = np.array([x[:, 0].sum() for x in X])
Y_TWO = np.array([[x[:, 0].sum(), 100 * x[-1, 1]] for x in X])
Y_STEPS = [x[:, 0].cumsum() for x in X]
LEVELS = [0.1, 0.5, 0.8]


def model(level=LEVELS, **changes):
    settings = {"hidden_layer_sizes": 6, "learning_rate": 0.03, "max_iter": 3, "random_state": 0}
    loss = {"loss": Quantile(level), "n_step_features": 2}
    return RNNSequenceRegressor(**settings | loss | changes)


def noisy_sums(seed, n=1500):
    """Return sequences, sums of them with noise as large as the last step says, and its size."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4, 1))
    sums, size = 50 + 10 * X.sum(axis=(1, 2)), 10 * np.exp(X[:, -1, 0] / 2)
    return X, sums + size * rng.normal(size=n), sums, size


@pytest.mark.parametrize("level", [0.9, [0.1, 0.5, 0.9], [0.02, 0.25, 0.4, 0.75]], ids=str)
def test_what_is_learnt_are_the_quantiles_of_noise_that_has_no_one_size(level):
    X, y, _, _ = noisy_sums(0)
    fitted = model(level, hidden_layer_sizes=16, max_iter="auto", learning_rate="auto").fit(X, y)
    X, y, sums, size = noisy_sums(1)
    found = fitted.predict_quantiles(X)
    expected = sums[:, None] + size[:, None] * norm.ppf(np.atleast_1d(level))
    for i, share in enumerate(np.atleast_1d(level)):
        assert np.corrcoef(found[:, i], expected[:, i])[0, 1] > 0.95
        for part in (size < np.median(size), size >= np.median(size)):
            assert np.mean(y[part] < found[part, i]) == pytest.approx(share, abs=0.06)


OF_STEPS = FORMS["3-D"].cumsum(axis=1)
SHAPES = {
    "(n,)": ("list", Y, (N, 3)),
    "(n, 2)": ("list", Y_TWO, (N, 2, 3)),
    "rows": ("rows", Y_TWO, (N, 2, 3)),
    "3-D, steps": ("3-D", OF_STEPS, (*OF_STEPS.shape, 3)),
    "rows, steps": ("rows", OF_STEPS, (*OF_STEPS.shape, 3)),
}


@pytest.mark.parametrize("case", SHAPES)
def test_levels_stand_along_the_last_axis(case):
    form, y, shape = SHAPES[case]
    fitted = model().fit(FORMS[form], y)
    quantiles = fitted.predict_quantiles(FORMS[form])
    assert quantiles.shape == shape
    assert quantiles.dtype == np.float64
    assert (np.diff(quantiles) >= 0).all()
    np.testing.assert_array_equal(fitted.predict(FORMS[form]), quantiles[..., 1])
    assert fitted.predict(FORMS[form]).shape == y.shape


@pytest.mark.parametrize("form", ["list", "NaN-padded"])
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_those_of_steps_come_in_the_form_of_x(form, n_outputs):
    y = Y_STEPS if n_outputs == 1 else [np.column_stack([y, -y]) for y in Y_STEPS]
    fitted = model().fit(FORMS[form], y)
    quantiles = fitted.predict_quantiles(FORMS[form])
    assert isinstance(quantiles, list)
    for of_sequence, of_y, predicted in zip(quantiles, y, fitted.predict(FORMS[form]), strict=True):
        assert of_sequence.shape == (*of_y.shape, 3)
        np.testing.assert_array_equal(of_sequence[..., 1], predicted)
    for i, of_sequence in enumerate(quantiles[:5]):
        (alone,) = fitted.predict_quantiles([X[i]])
        np.testing.assert_allclose(alone, of_sequence, rtol=1e-12)


def test_one_level_has_an_axis_too():
    for level in (0.7, [0.7]):
        fitted = model(level).fit(X, Y)
        assert fitted.network_.n_outputs == 1
        np.testing.assert_array_equal(fitted.predict_quantiles(X), fitted.predict(X)[:, None])
    by_name = model(loss="quantile").fit(X, Y)
    np.testing.assert_array_equal(by_name.predict(X), model(0.5).fit(X, Y).predict(X))


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_none_cross_in_the_units_of_y(scale, dtype):
    rows = FORMS["3-D"].astype(dtype)
    fitted = model(np.arange(1, 20) / 20).fit(rows, scale * (3 + Y))
    assert fitted.parameters_.flat.dtype == dtype
    rng = np.random.default_rng(0)
    for size in (0.1, 10.0, 1e4):
        fitted.parameters_.flat[:] = size * rng.normal(size=fitted.parameters_.flat.size)
        assert (np.diff(fitted.predict_quantiles(rows)) >= 0).all()


def test_a_constant_is_predicted_as_that_at_every_level():
    beside = np.column_stack([np.full(N, 0.1), Y])
    fitted = model().fit(X, beside)
    np.testing.assert_array_equal(fitted.predict_quantiles(X)[:, 0], 0.1)
    assert (np.diff(fitted.predict_quantiles(X)[:, 1]) > 0).all()
    np.testing.assert_array_equal(model().fit(X, np.full(N, 0.1)).predict_quantiles(X), 0.1)


def test_units_that_go_on_being_learnt():
    parts = model().partial_fit(X[:2], Y[:2])
    for _ in range(3):
        parts.partial_fit(X, 1000 * Y)
        assert (np.diff(parts.predict_quantiles(X)) >= 0).all()
    assert parts.target_scale_[0] == pytest.approx(1000 * Y.std(), rel=0.3)


@pytest.mark.parametrize("y", [Y, Y_TWO, Y_STEPS], ids=["(n,)", "(n, 2)", "steps"])
def test_epochs_add_up_bit_for_bit(y):
    whole = model().fit(X, y)
    parts, warm = model(), model(max_iter=1, warm_start=True).fit(X, y)
    for _ in range(3):
        parts.partial_fit(X, y)
    warm.set_params(max_iter=2).fit(X, y)
    for other in (parts, warm, pickle.loads(pickle.dumps(whole))):
        np.testing.assert_array_equal(other.parameters_.flat, whole.parameters_.flat)
        for said, expected in zip(
            other.predict_quantiles(X), whole.predict_quantiles(X), strict=True
        ):
            np.testing.assert_array_equal(said, expected)


def test_weights_equal_copies_bit_for_bit():
    counts = np.random.default_rng(0).integers(0, 4, size=N)
    copies = np.repeat(np.arange(N), counts)
    weighted = model(batch_size=N).fit(X, Y, sample_weight=counts)
    copied = model(batch_size=4 * N).fit([X[i] for i in copies], Y[copies])
    np.testing.assert_array_equal(weighted.parameters_.flat, copied.parameters_.flat)


@pytest.mark.parametrize(
    "changes",
    [
        {"target_replication": 0.3, "readout": "max"},
        {"bidirectional": True, "hidden_layer_sizes": (4, 3)},
        {"checkpoint": 2},
        {"n_jobs": 2},
        *[{"engine": "numba", "cell": "lstm"}] * bool(find_spec("numba")),
    ],
    ids=str,
)
def test_gradients(changes):
    for y in (Y_TWO, Y_STEPS):
        if y is Y_TWO or "target_replication" not in changes:
            table = check_gradients(model(**changes), X[:5], y[:5])
            assert table["relative_error"].max() < 1e-6


def test_lbfgs():
    fitted = model(optimizer="lbfgs", max_iter=40).fit(X, Y)
    pinball = [
        d2_pinball_score(Y, quantile, alpha=level)
        for quantile, level in zip(fitted.predict_quantiles(X).T, LEVELS, strict=True)
    ]
    assert min(pinball) > 0.6


@pytest.mark.parametrize("y", [Y, Y_TWO, Y_STEPS], ids=["(n,)", "(n, 2)", "steps"])
def test_a_stream_says_what_predict_says(y):
    fitted = model().fit(X, y)
    stream = fitted.stream()
    for step in X[0]:
        said = stream.update(step)
    expected = fitted.predict(X[:1])[0]
    np.testing.assert_allclose(said, expected[-1] if y is Y_STEPS else expected, rtol=1e-12)


def d2(y, quantiles, weights=None):
    return np.mean(
        [
            d2_pinball_score(y, quantiles[..., i], alpha=level, sample_weight=weights)
            for i, level in enumerate(LEVELS)
        ]
    )


@pytest.mark.parametrize("spoilt", [False, True], ids=["constant", "no longer constant"])
def test_early_stopping_watches_what_all_levels_cost(spoilt):
    y = np.column_stack([np.full(N, 7.0), np.exp(Y)])
    y[40:, 0] += np.arange(20) * spoilt
    weights = np.random.default_rng(0).uniform(size=20)
    fitted = model(early_stopping=True).fit(
        X[:40], y[:40], X_val=X[40:], y_val=y[40:], sample_weight_val=weights
    )
    expected = d2(y[40:], fitted.predict_quantiles(X[40:]), weights)
    assert fitted.best_validation_score_ == pytest.approx(expected)
    assert fitted.score(X, y) == pytest.approx(r2_score(y, fitted.predict(X)))


def test_early_stopping_of_steps():
    fitted = model(early_stopping=True)
    fitted.fit(X[:40], Y_STEPS[:40], X_val=X[40:], y_val=Y_STEPS[40:])
    y, quantiles, _ = over_steps(Y_STEPS[40:], fitted.predict_quantiles(X[40:]))
    assert fitted.best_validation_score_ == pytest.approx(d2(y, quantiles))
    with pytest.raises(ValueError, match="early_stopping needs at least two targets"):
        model(early_stopping=True).fit(X[:40], Y[:40], X_val=X[:1], y_val=Y[:1])


def test_a_warm_start_may_change_levels_but_not_their_number():
    warm = model(0.5, warm_start=True).fit(X, Y)
    before = warm.predict(X)
    warm.set_params(loss__level=0.9)
    np.testing.assert_array_equal(warm.predict(X), before)  # until it is fitted
    warm.set_params(learning_rate=1e-300).fit(X, Y)
    np.testing.assert_allclose(warm.predict(X), before + norm.ppf(0.9) * Y.std(), rtol=1e-6)
    assert warm.target_.units.loss.level == 0.9
    before = dict(vars(warm))
    with pytest.raises(ValueError, match="n_outputs was 1 and is now 2"):
        warm.set_params(loss=Quantile([0.1, 0.9])).fit(X, Y)
    assert {**vars(warm), "loss": before["loss"]} == before
    with pytest.raises(ValueError, match="loss='poisson' measures targets in other units"):
        warm.set_params(loss="poisson").fit(X, np.exp(Y))
    warm.set_params(loss="squared_error").fit(X, Y)
    assert not hasattr(warm, "predict_quantiles")


def test_what_is_asked_of_another_loss():
    unfitted = RNNSequenceRegressor()
    assert not hasattr(unfitted, "predict_quantiles")
    with pytest.raises(AttributeError) as refused:
        _ = unfitted.predict_quantiles
    assert "needs a fit with loss='quantile'" in str(refused.value.__cause__)
    assert hasattr(unfitted.set_params(loss="quantile"), "predict_quantiles")
    fitted = model(loss="huber").fit(X, Y).set_params(loss="quantile")
    assert not hasattr(fitted, "predict_quantiles")
    assert hasattr(model().fit(X, Y).set_params(loss="huber"), "predict_quantiles")


@pytest.mark.parametrize("level", [0.0, [0.5, 0.1], []], ids=str)
def test_wrong_levels_are_named_and_change_nothing(level):
    fresh = model(level)
    with pytest.raises(InvalidParameterError, match="level"):
        fresh.fit(X, Y)
    assert set(vars(fresh)) == set(vars(clone(fresh)))


def test_levels_can_be_searched_cloned_and_shown():
    levels = [0.3, [0.1, 0.5], np.array([0.2, 0.8])]
    search = GridSearchCV(model(0.5, max_iter=1), {"loss__level": levels}, cv=2)
    search.fit(X, Y)
    assert search.best_params_["loss__level"] in (0.3, [0.1, 0.5]) or search.best_index_ == 2
    copy = clone(model())
    assert copy.loss == Quantile(LEVELS)
    assert "loss=Quantile(level=[0.1, 0.5, 0.8])" in repr(copy)
    with pytest.raises(InvalidParameterError, match=r"loss=Quantile\(\) first"):
        model(loss="quantile").set_params(loss__level=0.1)
