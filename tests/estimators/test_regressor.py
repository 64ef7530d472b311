"""Numbers for each sequence or each step: forms, units, losses, weights."""

import numpy as np
import pytest
from scipy.stats import pearsonr
from sklearn.base import clone
from sklearn.metrics import make_scorer, mean_absolute_error, mean_poisson_deviance, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import Huber, InvalidParameterError, Quantile, RNNSequenceRegressor
from skrnn.metrics import over_steps
from skrnn.network.losses import REGRESSION_LOSSES
from tests.estimators.forms import make_forms, objects

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
FORMS, _ = make_forms()
X = FORMS["list"]
N, LENGTHS = len(X), [len(x) for x in X]
Y = np.array([x[:, 0].sum() for x in X])
Y_TWO = np.array([[x[:, 0].sum(), x[-1, 1]] for x in X])
Y_STEPS = [x[:, 0].cumsum() for x in X]
Y_STEPS_TWO = [x.cumsum(axis=0) for x in X]


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "learning_rate": 0.03, "max_iter": 60, "random_state": 0}
    return RNNSequenceRegressor(**settings | {"n_step_features": 2} | changes)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("y", [Y, Y[:, None], Y_TWO], ids=["(n,)", "(n, 1)", "(n, 2)"])
def test_one_target_for_each_sequence(form, y):
    if form in {"rows", "3-D"}:
        y = FORMS["3-D"].sum(axis=1)[:, : y.shape[1]] if y.ndim == 2 else FORMS["3-D"][:, 0, 0]
    fitted = model().fit(FORMS[form], y)
    predictions = fitted.predict(FORMS[form])
    assert predictions.shape == y.shape
    assert fitted.score(FORMS[form], y) == pytest.approx(r2_score(y, predictions))
    assert fitted.score(FORMS[form], y) > 0.8


STEPS = {
    "list": (X, Y_STEPS),
    "list, two": (X, Y_STEPS_TWO),
    "objects": (objects(X), objects(Y_STEPS)),
    "3-D": (FORMS["3-D"], FORMS["3-D"].cumsum(axis=1)),
    "NaN-padded": (FORMS["NaN-padded"], FORMS["NaN-padded"].cumsum(axis=1)),
    "rows": (FORMS["rows"], FORMS["3-D"].cumsum(axis=1)),
}


@pytest.mark.parametrize("form", STEPS)
def test_a_target_for_each_step(form):
    X_form, y = STEPS[form]
    fitted = model(max_iter=80).fit(X_form, y)
    predictions = fitted.predict(X_form)
    if form in {"3-D", "rows"}:
        assert predictions.shape == y.shape
    else:
        assert isinstance(predictions, np.ndarray if form == "objects" else list)
        of_steps = 1 if form in {"list", "objects"} else 2
        assert [item.ndim for item in predictions] == [of_steps] * N
        assert [len(item) for item in predictions] == LENGTHS
    true, predicted, _ = over_steps(y, predictions)
    assert fitted.score(X_form, y) == pytest.approx(r2_score(true, predicted))
    assert fitted.score(X_form, y) > 0.9


def test_padding_of_targets_never_counts():
    padded, y = STEPS["NaN-padded"]
    of_list = model(max_iter=5).fit(X, Y_STEPS_TWO)
    for filling in (np.nan, 1e9):
        filled = np.where(np.isnan(y), filling, y)
        fitted = model(max_iter=5).fit(padded, filled)
        np.testing.assert_array_equal(fitted.parameters_.flat, of_list.parameters_.flat)
        assert fitted.score(padded, filled) == of_list.score(X, Y_STEPS_TWO)


@pytest.mark.parametrize("changes", [{}, {"loss": "poisson"}, {"truncation_length": 2}], ids=str)
def test_a_step_of_weight_zero_has_no_target(changes):
    rng, results = np.random.default_rng(0), []
    weights = [rng.choice([0.0, 1.0, 2.0], size=n) for n in LENGTHS]
    weights[0][0] = 1
    for nothing in (0.0, -1e6, np.nan):
        y = [np.where(w > 0, np.exp(t), nothing) for t, w in zip(Y_STEPS, weights, strict=True)]
        fitted = model(max_iter=5, **changes).fit(X, y, sample_weight=weights)
        results.append(fitted.parameters_.flat)
        assert np.isfinite(fitted.score(X, y, sample_weight=weights))
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("y", [Y, Y_STEPS], ids=["sequences", "steps"])
def test_weights_equal_copies_bit_for_bit(y):
    counts = np.random.default_rng(0).integers(0, 4, size=N)
    copies = np.repeat(np.arange(N), counts)
    weighted = model(max_iter=30, batch_size=N).fit(X, y, sample_weight=counts)
    copied = model(max_iter=30, batch_size=4 * N).fit(
        [X[i] for i in copies], [y[i] for i in copies]
    )
    np.testing.assert_array_equal(weighted.parameters_.flat, copied.parameters_.flat)


@pytest.mark.parametrize("loss", REGRESSION_LOSSES)
def test_units_do_not_matter(loss):
    """In other units, what is learnt is the same but for rounding, and predictions follow."""
    y = np.exp(Y / 3)
    factor, shift = (1e6, 0.0) if loss == "poisson" else (-1e6, 1e7)
    fitted = model(loss=loss, max_iter=20).fit(X, y)
    other = model(loss=loss, max_iter=20).fit(X, factor * y + shift)
    expected = factor * fitted.predict(X) + shift
    tolerance = 1e-4 * np.ptp(expected)  # training magnifies rounding
    if factor > 0:
        np.testing.assert_allclose(other.predict(X), expected, atol=tolerance)
    assert other.score(X, factor * y + shift) > 0.8


def test_each_loss_is_what_it_says():
    """The constant that a network without inputs learns: mean, median, and in between."""
    rng = np.random.default_rng(0)
    y = rng.gamma(0.7, size=400)
    X_nothing, found = np.zeros((400, 1, 1)), {}
    for loss in REGRESSION_LOSSES:
        at_once = {"batch_size": 400, "learning_rate": 0.02}
        fitted = model(loss=loss, max_iter=300, tol=0.0, alpha=0.0, **at_once)
        found[loss] = fitted.fit(X_nothing, y).predict(X_nothing[:1])[0]
    assert found["squared_error"] == pytest.approx(y.mean(), rel=0.01)
    assert found["poisson"] == pytest.approx(y.mean(), rel=0.01)
    assert found["absolute_error"] == pytest.approx(np.median(y), rel=0.01)
    assert found["quantile"] == pytest.approx(np.median(y), rel=0.01)
    assert np.median(y) < found["huber"] < y.mean()


def test_poisson_learns_counts_and_predicts_nothing_negative():
    rng = np.random.default_rng(0)
    y = rng.poisson(np.exp(Y / 2))
    fitted = model(loss="poisson").fit(X, y)
    predictions = fitted.predict(X)
    assert (predictions > 0).all()
    assert pearsonr(predictions, np.exp(Y / 2)).statistic > 0.8
    of_mean = mean_poisson_deviance(y, np.full(N, y.mean()))
    assert mean_poisson_deviance(y, predictions) < 0.6 * of_mean


def test_huber_is_not_impressed_by_an_outlier():
    y = Y.copy()
    y[:3] += 1000
    errors = {
        loss: mean_absolute_error(Y[3:], model(loss=loss).fit(X, y).predict(X[3:]))
        for loss in ("squared_error", "absolute_error")
    }
    errors["huber"] = mean_absolute_error(
        Y[3:], model(loss=Huber(threshold=0.01)).fit(X, y).predict(X[3:])
    )
    assert errors["huber"] < errors["squared_error"] / 3
    assert errors["absolute_error"] < errors["squared_error"] / 3


def test_a_wrong_loss_is_named_in_a_search_as_well():
    with pytest.raises(ValueError, match="'loss' parameter of RNNSequenceRegressor must be"):
        cross_val_score(model(loss="squared"), X, Y, error_score="raise")


def test_details_of_a_loss_can_be_searched():
    search = GridSearchCV(model(loss=Huber(), max_iter=3), {"loss__threshold": [0.1, 1.0]}, cv=2)
    assert search.fit(X, Y).best_params_["loss__threshold"] in {0.1, 1.0}
    with pytest.raises(InvalidParameterError, match=r"loss=Huber\(\) first"):
        model(loss="huber").set_params(loss__threshold=1.0)


@pytest.mark.parametrize("y", [Y, Y_STEPS], ids=["sequences", "steps"])
@pytest.mark.parametrize("changes", [{}, {"loss": "absolute_error", "truncation_length": 3}])
def test_epochs_add_up_bit_for_bit(changes, y):
    whole = model(**changes | {"max_iter": 5}).fit(X, y)
    piecewise = model(**changes | {"max_iter": 5})
    for _ in range(5):
        piecewise.partial_fit(X, y)
    np.testing.assert_array_equal(piecewise.parameters_.flat, whole.parameters_.flat)
    warm = model(**changes | {"max_iter": 2}, warm_start=True).fit(X, y)
    warm.set_params(max_iter=3).fit(X, y)
    np.testing.assert_array_equal(warm.parameters_.flat, whole.parameters_.flat)


def test_targets_keep_the_units_of_the_first_call():
    fitted = model().partial_fit(X, Y)
    before = fitted.predict(X)
    fitted.set_params(learning_rate=1e-300).partial_fit(X, 1000 * Y + 7)
    np.testing.assert_allclose(fitted.predict(X), before)


def test_early_stopping_watches_r2():
    fitted = model(early_stopping=True, max_iter=20).fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
    assert fitted.best_validation_score_ == pytest.approx(fitted.score(X[40:], Y[40:]))
    fitted = model(early_stopping=True, loss="poisson", max_iter=20)
    fitted.fit(X[:40], np.exp(Y[:40]), X_val=X[40:], y_val=np.exp(Y[40:]))
    expected = fitted.score(X[40:], np.exp(Y[40:]))
    assert fitted.best_validation_score_ == pytest.approx(expected)
    with pytest.raises(ValueError, match="early_stopping needs at least two targets"):
        model(early_stopping=True).fit(X[:40], Y[:40], X_val=X[:1], y_val=Y[:1])


@pytest.mark.parametrize("y", [Y, Y_STEPS], ids=["sequences", "steps"])
def test_searches_and_curves(y):
    search = GridSearchCV(
        model(max_iter=10), {"hidden_layer_sizes": [4, 8]}, cv=3, n_jobs=2, error_score="raise"
    ).fit(X, y)
    scores = cross_val_score(model(max_iter=10), X, y, cv=3)
    assert search.cv_results_["mean_test_score"][1] == pytest.approx(scores.mean())
    predictions = cross_val_predict(model(max_iter=10), X, y, cv=3)
    assert len(predictions) == N
    assert predictions[3].shape == y[3].shape
    sizes, _, test_scores = learning_curve(model(max_iter=10), X, y, cv=3, train_sizes=[0.5, 1.0])
    assert test_scores.shape == (len(sizes), 3)
    assert np.isfinite(test_scores).all()


def error_over_steps(y_true, y_pred):
    return mean_absolute_error(*over_steps(y_true, y_pred)[:2])


def test_any_metric_over_steps():
    scoring = make_scorer(error_over_steps, greater_is_better=False)
    scores = cross_val_score(model(), X, Y_STEPS, cv=3, scoring=scoring, error_score="raise")
    assert (scores < 0).all()


def test_scikit_learn_around_it():
    rows = FORMS["rows"]
    pipeline = make_pipeline(StandardScaler(), model(max_iter=5)).fit(rows, Y)
    assert pipeline.predict(rows).shape == (N,)
    several = MultiOutputRegressor(model(max_iter=2)).fit(rows, Y_TWO)
    assert several.predict(rows).shape == (N, 2)


def test_both_directions_meet_at_the_step():
    y = [x[::-1, 0].cumsum()[::-1] for x in X]  # from here to the end
    one = model().fit(X, y).score(X, y)
    both = model(bidirectional=True).fit(X, y).score(X, y)
    assert both > 0.9
    assert both > one + 0.2


@pytest.mark.parametrize("readout", ["mean", "max"])
def test_readouts_of_steps_gather_what_was_read(readout):
    y = [np.maximum.accumulate(x[:, 0]) for x in X]
    assert model(readout=readout).fit(X, y).score(X, y) > 0.8


BAD = {
    "NaN": (X, np.where(np.arange(N) == 7, np.nan, Y), {}, "y contains NaN: sequence 7."),
    "infinite": (X, np.where(np.arange(N) == 7, np.inf, Y), {}, "infinity: sequence 7"),
    "NaN at a step": (
        [*X[:2], np.ones((3, 2)), *X[3:]],
        [*Y_STEPS[:2], np.array([1.0, np.nan, 2.0]), *Y_STEPS[3:]],
        {},
        "y contains NaN: sequence 2, time step 1.",
    ),
    "negative counts": (X, Y, {"loss": "poisson"}, "loss='poisson' needs y that is not negative"),
    "no counts": (X, np.zeros(N), {"loss": "poisson"}, "at least one target above 0"),
    "too few": (X, Y[:-1], {}, "X has 60 sequences, but y has 59"),
    "too few steps": (X, [y[:1] for y in Y_STEPS], {}, r"y\[\d+\] has 1 values, but X\["),
    "vectors in a list": (X, list(Y_TWO), {}, r"y\[\d+\] has 2 values, but X\["),
    "4-D": (X, np.zeros((N, 2, 2, 2)), {}, "y has 4 dimensions. Expected"),
    "tables of steps": (
        X,
        [np.zeros((n, 2, 2)) for n in LENGTHS],
        {},
        r"one or more numbers for each step, not \(2, 2\)",
    ),
    "0-D": (X, 3.0, {}, "y has 0 dimensions. Expected"),
    "None": (X, None, {}, "requires y to be passed, but the target y is None"),
    "strings": (X, ["a"] * N, {}, "y must hold real numbers; its dtype is <U1"),
    "replicated steps": (
        X,
        Y_STEPS,
        {"target_replication": 0.5},
        "target_replication=0.5 cannot be used with a target at every step",
    ),
    "stride without windows": (
        X,
        Y,
        {"truncation_length": 3, "truncation_stride": 1},
        "truncation_stride=1 needs target_replication above 0",
    ),
    "unknown loss": (X, Y, {"loss": "squared"}, "'loss' parameter of RNNSequenceRegressor must be"),
    "threshold": (X, Y, {"loss": Huber(threshold=0)}, "'threshold' parameter of Huber must be"),
    "level": (
        X,
        Y,
        {"loss": Quantile([0.5, 0.1])},
        r"level\[1\] of Quantile must be a float in the",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_named_and_changes_nothing(case):
    X_bad, y, changes, message = BAD[case]
    fresh = model(max_iter=1, **changes)
    with pytest.raises(ValueError, match=message):
        fresh.fit(X_bad, y)
    assert set(vars(fresh)) == set(vars(clone(fresh)))


def test_what_changes_between_calls():
    fitted = model(max_iter=1).fit(X, Y)
    before = dict(vars(fitted))
    for y, message in (
        (Y_STEPS, "y has targets for steps, but those of the fit were for sequences"),
        (Y_TWO, r"y has targets of shape \(2,\), but those of the fit had \(\)"),
    ):
        with pytest.raises(ValueError, match=message):
            fitted.partial_fit(X, y)
        with pytest.raises(ValueError, match=r"."):
            fitted.score(X, y)
        assert vars(fitted) == before
    warm = model(max_iter=1, warm_start=True).fit(X, np.exp(Y))
    with pytest.raises(ValueError, match="loss='poisson' measures targets in other units"):
        warm.set_params(loss="poisson").fit(X, np.exp(Y))
    warm.set_params(loss="huber").fit(X, np.exp(Y))
    assert len(warm.loss_curve_) == 2


def test_float32_stays_float32():
    fitted = model(max_iter=2)
    for y in (Y, FORMS["3-D"]):
        _, _, data = fitted.__skrnn_task__(FORMS["3-D"].astype(np.float32), y)
        assert data.targets.steps.dtype == np.float32
        del fitted._progress
    fitted.fit(FORMS["3-D"].astype(np.float32), Y)
    assert fitted.parameters_.flat.dtype == np.float32


def test_a_target_without_weight_may_be_beyond_float32():
    y = np.where(np.arange(N) == 3, 1e200, Y)
    fitted = model(max_iter=2).fit(FORMS["3-D"].astype(np.float32), y, (y < 1e9).astype(float))
    assert np.isfinite(fitted.loss_)


def test_predictions_are_as_precise_as_y():
    y = 1.7e9 + Y
    for dtype in (np.float32, np.float64):
        fitted = model().fit(FORMS["3-D"].astype(dtype), y)
        assert fitted.predict(FORMS["3-D"]).dtype == np.float64
        assert fitted.score(FORMS["3-D"], y) > 0.5


def test_counts_may_all_be_zero_once_units_are_known():
    counts = np.arange(N) % 3
    fitted = model(loss="poisson", max_iter=2).fit(X, counts)
    fitted.partial_fit(X[:4], np.zeros(4))
    assert np.isfinite(fitted.score(X[:4], np.zeros(4)))


def test_targets_of_steps_and_of_sequences_in_turn():
    fitted = model(max_iter=2)
    for y in (Y_STEPS, Y, Y_STEPS_TWO):
        expected = model(max_iter=2).fit(X, y).predict(X)
        for item, of_item in zip(fitted.fit(X, y).predict(X), expected, strict=True):
            np.testing.assert_array_equal(item, of_item)


def test_the_validation_score_is_weighted_and_needs_two_targets():
    weights = [np.random.default_rng(0).uniform(0.1, 5, size=n) for n in LENGTHS]
    weights[0][0], y = 0, [y.copy() for y in Y_STEPS]
    y[0][0] = 1e3
    fitted = model(early_stopping=True, max_iter=3)
    fitted.fit(X, Y_STEPS, X_val=X, y_val=y, sample_weight_val=weights)
    assert fitted.best_validation_score_ == pytest.approx(fitted.score(X, y, weights))
    one = [np.zeros(n) for n in LENGTHS]
    one[0][0] = 1
    with pytest.raises(ValueError, match="at least two targets"):
        model(early_stopping=True).fit(X, Y_STEPS, X_val=X, y_val=y, sample_weight_val=one)
