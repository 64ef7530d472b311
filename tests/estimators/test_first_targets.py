"""What first targets do not tell: an output is that constant, until later ones tell its units."""

import numpy as np
import pytest

from skrnn import Elman, RNNSequenceRegressor
from skrnn.export import to_onnx
from skrnn.network.losses import REGRESSION_LOSSES
from tests.estimators.forms import make_forms
from tests.export.cases import run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, _ = make_forms()
X = FORMS["list"]
N, LENGTHS = len(X), [len(x) for x in X]
Y = np.array([x[:, 0].sum() for x in X])

SERIES = np.random.default_rng(0).normal(size=(350, 8, 2))
SUMS = 300 + 100 * (SERIES[:, :, 0].sum(axis=1) / 3 + SERIES[:, -1, 1])
TRAIN, TEST = slice(250), slice(250, None)
NOISE = np.random.default_rng(1).normal(size=50)

FIRST = {
    "one": SUMS[:1],
    "two": SUMS[:2],
    "a constant": np.full(50, 7.0),
    "nothing": np.zeros(50),
    "nearly equal": 300 + 1e-3 * NOISE,
    "very nearly equal": 300 + 1e-9 * NOISE,
}


def learner(**changes):
    settings = {"hidden_layer_sizes": 16, "batch_size": 32, "schedule": "constant"}
    return RNNSequenceRegressor(**settings | {"random_state": 0, "max_iter": 40} | changes)


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "learning_rate": 0.03, "max_iter": 5, "random_state": 0}
    return RNNSequenceRegressor(**settings | changes)


def held_out(fitted, y=SUMS):
    return fitted.score(SERIES[TEST], y[TEST])


@pytest.mark.parametrize("first", FIRST)
def test_units_are_learnt_as_long_as_they_are_unknown(first):
    y = FIRST[first]
    parts = learner().partial_fit(SERIES[: len(y)], y)
    for _ in range(40):
        parts.partial_fit(SERIES[TRAIN], SUMS[TRAIN])
    assert held_out(parts) > 0.99


@pytest.mark.parametrize("first", ["one", "a constant", "nearly equal"])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"schedule": "auto", "max_iter": "auto"},
        {"n_iter_no_change": 5},
        {"schedule": "adaptive"},
    ],
    ids=str,
)
def test_a_warm_start_learns_them_and_does_not_compare_losses_in_others(first, changes):
    y = FIRST[first]
    warm = learner(warm_start=True, **changes).fit(SERIES[: len(y)], y)
    warm.fit(SERIES[TRAIN], SUMS[TRAIN])
    assert held_out(warm) > 0.99


def test_a_warm_start_that_stops_early_does_not_compare_scores_in_others():
    given = {"X_val": SERIES[TEST], "y_val": SUMS[TEST]}
    warm = learner(warm_start=True, early_stopping=True, n_iter_no_change=5)
    warm.fit(SERIES[:50], FIRST["a constant"], **given)
    assert warm.best_validation_score_ == pytest.approx(held_out(warm))
    warm.fit(SERIES[TRAIN], SUMS[TRAIN], **given)
    assert held_out(warm) > 0.99
    assert warm.best_validation_score_ == pytest.approx(held_out(warm))


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_of_single_sequences(seed):
    order = np.random.default_rng(seed).permutation(250)
    parts = learner()
    for i in order[:20]:
        parts.partial_fit(SERIES[[i]], SUMS[[i]])
    assert 0.4 < parts.target_.units.size[0] / SUMS.std() < 2
    before = parts.target_.units
    for _ in range(40):
        parts.partial_fit(SERIES[TRAIN], SUMS[TRAIN])
    assert parts.target_.units is before
    assert held_out(parts) > 0.99


@pytest.mark.parametrize("per_step", [False, True], ids=["sequences", "steps"])
def test_a_column_that_is_constant_at_first(per_step):
    y = np.column_stack([SUMS, 2 * SUMS[::-1]])
    if per_step:
        y = np.stack([SERIES[:, :, 0].cumsum(axis=1), 1e3 * SERIES[:, :, 1] + 7], axis=2)
    first = y[:50].copy()
    first[..., 1] = 7
    parts = learner(hidden_layer_sizes=32).partial_fit(SERIES[:50], first)
    known = parts.target_.units.origin[0], parts._target.units.size[0]
    np.testing.assert_array_equal(parts.predict(SERIES)[..., 1], 7)
    for _ in range(10):
        parts.partial_fit(SERIES[TRAIN], y[TRAIN])
    assert (parts.target_.units.origin[0], parts._target.units.size[0]) == known
    assert parts.target_.units.size[1] == pytest.approx(y[..., 1].std(), rel=0.3)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
@pytest.mark.parametrize("value", [0.0, 1e-6, 0.1, 1.0, 1e6])
def test_a_constant_is_predicted_as_that(value, loss):
    """To the bit; with poisson, zeros alone are refused, but not beside others."""
    fitted, beside = model(loss=loss), np.column_stack([np.full(N, value), np.exp(Y)])
    if value > 0 or loss != "poisson":
        y = np.full(N, value)
        np.testing.assert_array_equal(fitted.fit(X, y).predict(X), y)
        assert fitted.score(X, y) == 1
        steps = [np.full(n, value) for n in LENGTHS]
        np.testing.assert_array_equal(np.concatenate(fitted.fit(X, steps).predict(X)), value)
    predictions = fitted.fit(X, beside).predict(X)
    np.testing.assert_array_equal(predictions[:, 0], value)
    assert np.ptp(predictions[:, 1]) > 0
    stream = fitted.stream()
    assert [stream.update(x)[0] for x in X[0]] == [value] * LENGTHS[0]


@pytest.mark.parametrize("value", [-3.3, 1.7e9, 1e-300])
def test_a_constant_of_which_float32_knows_nothing(value):
    rows, y = FORMS["3-D"].astype(np.float32), np.full(N, value)
    for target in (y, np.column_stack([y, Y]), np.full((N, 6, 1), value)):
        fitted = model().fit(rows, target)
        np.testing.assert_array_equal(fitted.predict(rows).reshape(N, -1)[:, 0], value)


def test_what_has_no_weight_may_differ():
    y, weights = np.where(np.arange(N) < 3, 1e9, 5.0), np.arange(N) >= 3
    fitted = model().fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(fitted.predict(X), 5)
    fitted.partial_fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(fitted.predict(X), 5)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
def test_a_constant_does_not_disturb_the_others(loss):
    """What the network learns of it is 0, of whatever size it is."""
    fitted = [
        model(loss=loss).fit(X, np.column_stack([np.full(N, value), np.exp(Y)]))
        for value in (0.0, 1e-6, 1.0, 1e6, 1e300)
    ]
    for other in fitted[1:]:
        np.testing.assert_array_equal(other.parameters_.flat, fitted[0].parameters_.flat)


@pytest.mark.parametrize("loss", sorted({*REGRESSION_LOSSES} - {"quantile"}))  # watched by its own
@pytest.mark.parametrize("value", [1e-6, 5.0, 1e6])
def test_the_validation_score_is_that_of_score(value, loss):
    y = np.column_stack([np.full(N, value), np.exp(Y)])
    settings = {"loss": loss, "early_stopping": True}
    fitted = model(**settings).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    assert fitted.best_validation_score_ == pytest.approx(fitted.score(X[40:], y[40:]))
    y[40:, 0] *= 1 + np.arange(20)
    fitted = model(**settings).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    assert fitted.best_validation_score_ == pytest.approx(fitted.score(X[40:], y[40:]))


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_an_exported_constant_whatever_the_score(loss):
    rows, y = FORMS["3-D"], np.column_stack([np.full(N, 0.1), np.exp(Y)])
    fitted = model(loss=loss, cell=Elman("relu")).fit(rows, y)
    fitted.parameters_["readout.bias"][0] = 1000  # whose exponential is beyond range
    assert (fitted.predict(rows)[:, 0] == 0.1).all()
    said = run(to_onnx(fitted), rows.astype(np.float32))["variable"]
    np.testing.assert_array_equal(said[:, 0], np.float32(0.1))
    np.testing.assert_allclose(said, fitted.predict(rows), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("y", [Y[:5], np.full(N, 7.0), 7 + 1e-9 * Y, np.column_stack([Y, Y > 9])])
def test_epochs_add_up_bit_for_bit_where_units_are_yet_to_be_learnt(y):
    X_of, whole = X[: len(y)], model(max_iter=4).fit(X[: len(y)], y)
    parts, warm = model(), model(max_iter=1, warm_start=True).fit(X_of, y)
    for _ in range(4):
        parts.partial_fit(X_of, y)
    warm.set_params(max_iter=3).fit(X_of, y)
    for _ in range(2):  # and so do units that are learnt afterwards
        for other in (parts, warm):
            np.testing.assert_array_equal(other.parameters_.flat, whole.parameters_.flat)
            np.testing.assert_array_equal(other.predict(X), whole.predict(X))
        later = np.resize(np.exp(Y), (N, *y.shape[1:]))
        for fitted in (whole, parts, warm):
            fitted.partial_fit(X, later)


def test_a_call_that_fails_leaves_units_as_they_were():
    fitted = model().fit(X, np.full(N, 7.0))
    before = dict(vars(fitted))
    for y, changes in ((np.column_stack([Y, Y]), {}), (Y, {"sample_weight": np.full(N, -1.0)})):
        with pytest.raises(ValueError, match=r"."):
            fitted.partial_fit(X, y, **changes)
        assert vars(fitted) == before
    fitted.set_params(loss="poisson")
    with pytest.raises(ValueError, match="loss='poisson' measures targets in other units"):
        fitted.partial_fit(X, np.exp(Y))
    np.testing.assert_array_equal(fitted.predict(X), 7)


def test_counts_of_which_there_are_none_at_first():
    counts = np.random.default_rng(0).poisson(np.exp(Y / 2))
    y = np.column_stack([counts, 100 * counts])
    fitted = model(loss="poisson").partial_fit(X, y * [1, 0])
    np.testing.assert_array_equal(fitted.predict(X)[:, 1], 0)
    fitted.partial_fit(X, y)
    assert fitted.target_.units.size[1] == pytest.approx(y[:, 1].mean() / 2, rel=0.5)
    assert (fitted.predict(X)[:, 1] > 0).all()
