"""What early stopping watches."""

import pickle
from collections import UserList
from copy import copy, deepcopy

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import skops.io
from scipy.sparse import coo_array, csr_array
from sklearn.base import clone
from sklearn.metrics import (
    accuracy_score,
    f1_score,
    get_scorer,
    hamming_loss,
    log_loss,
    make_scorer,
    max_error,
    mean_absolute_error,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import Cycles, RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.estimators import scoring as judging
from skrnn.metrics import over_steps, step_accuracy_score, step_f1_score
from skrnn.preprocessing import PerStep
from skrnn.rules import InvalidParameterError
from skrnn.saving import TRUSTED_TYPES
from tests.campaign.comparisons import assert_same_fit, left
from tests.estimators.forms import FORMS, make_forms
from tests.estimators.test_collections import COLLECTIONS

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ALL, Y = make_forms()
X = ALL["list"]
NUMBERS = np.array([100 * x[:, 0].sum() + 7 for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
STEP_NUMBERS = [1000 + 50 * x[:, 0] for x in X]
SETS = np.column_stack([NUMBERS > 7, ALL["3-D"][:, 0, 1] > 0]).astype(int)
KINDS = [
    (RNNSequenceClassifier, Y),
    (RNNSequenceRegressor, NUMBERS),
    (RNNSequenceRegressor, STEP_NUMBERS),
    (RNNSequenceTagger, STEPS),
]
WEIGHTS = np.linspace(0, 3, len(X))


def part(values, rows):
    return [values[i] for i in rows] if isinstance(values, list) else values[rows]


def settings(**changes):
    return {
        "hidden_layer_sizes": 4,
        "max_iter": 3,
        "early_stopping": True,
        "learning_rate": 0.05,
        "random_state": 0,
    } | changes


def fit_and_validate(kind, y, X=X, weights=None, **changes):
    """Train on 40 sequences and validate on 20."""
    first, last = np.arange(40), np.arange(40, 60)
    given = {} if weights is None else {"sample_weight_val": part(weights, last)}
    return kind(**settings(**changes)).fit(
        part(X, first), part(y, first), X_val=part(X, last), y_val=part(y, last), **given
    )


def loss_of(model, y, weights):
    """Return the loss on the last 20 sequences from what is predicted there."""
    X_val, y_val = X[40:], y[40:]
    if y is SETS:
        proba = model.predict_proba(X_val)
        costs = -np.log(np.where(y_val == 1, proba, 1 - proba)).mean(axis=1)
        return np.average(costs, weights=weights[40:])
    w = [np.resize(weight, np.size(item)) for weight, item in zip(weights[40:], y_val, strict=True)]
    w = np.concatenate(w)
    flat = np.concatenate([np.atleast_1d(item) for item in y_val])
    if isinstance(model, RNNSequenceRegressor):
        said = np.concatenate([np.atleast_1d(item) for item in model.predict(X_val)])
        return np.average(((said - flat) / model.target_scale_) ** 2 / 2, weights=w)
    if model.class_weight is not None:
        w = w * np.vectorize(model.class_weight.get)(flat)
    proba = np.vstack(list(model.predict_proba(X_val)))
    return log_loss(flat, proba, sample_weight=w, labels=model.classes_)


@pytest.mark.parametrize(("kind", "y"), KINDS)
@pytest.mark.parametrize("weights", [np.ones(60), WEIGHTS])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_validation_loss_is_that_of_what_is_predicted(kind, y, weights, dtype):
    changes = {} if kind is RNNSequenceRegressor else {"class_weight": {"up": 2.0, "down": 0.5}}
    data = [x.astype(dtype) for x in X]
    model = fit_and_validate(kind, y, data, weights, **changes)
    assert len(model.validation_loss_curve_) == len(model.validation_scores_) == 3
    assert all(type(loss) is float for loss in model.validation_loss_curve_)
    best = model.validation_scores_.index(model.best_validation_score_)
    expected = loss_of(model, y, weights)
    assert model.validation_loss_curve_[best] == pytest.approx(
        expected, rel=1e-10 if dtype == "float64" else 1e-5
    )


@pytest.mark.parametrize("form", [np.asarray, csr_array, coo_array])
@pytest.mark.parametrize("scoring", [None, "loss", "f1_micro", make_scorer(hamming_loss)])
def test_sets_of_labels_are_scored_too(form, scoring):
    if form is not np.asarray:
        model = RNNSequenceClassifier(**settings(scoring=scoring)).fit(X, form(SETS), WEIGHTS)
        dense = clone(model).fit(X, SETS, WEIGHTS)
        assert_same_fit(model, dense)
        return
    model = fit_and_validate(RNNSequenceClassifier, SETS, weights=WEIGHTS, scoring=scoring)
    best = model.validation_scores_.index(model.best_validation_score_)
    loss = loss_of(model, SETS, WEIGHTS)
    assert model.validation_loss_curve_[best] == pytest.approx(loss, rel=1e-10)
    said = model.predict(X[40:])
    if scoring == "f1_micro":
        expected = f1_score(SETS[40:], said, average="micro", sample_weight=WEIGHTS[40:])
        assert model.best_validation_score_ == expected


def test_it_has_no_penalty_no_dropout_and_no_replicated_target():
    changes = {"alpha": 10.0, "dropout": 0.5, "target_replication": 0.5, "truncation_length": 2}
    model = fit_and_validate(RNNSequenceClassifier, Y, **changes)
    best = model.validation_scores_.index(model.best_validation_score_)
    expected = loss_of(model, Y, np.ones(60))
    assert model.validation_loss_curve_[best] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("kind", "y"), KINDS)
def test_where_nothing_is_held_out_there_is_none(kind, y):
    model = kind(**settings(early_stopping=False, scoring="loss")).fit(X, y)
    assert model.validation_loss_curve_ is None
    warm = kind(**settings(warm_start=True)).fit(X, y)
    assert warm.set_params(early_stopping=False).fit(X, y).validation_loss_curve_ is None


@pytest.mark.parametrize(("kind", "y"), KINDS)
@pytest.mark.parametrize("changes", [{}, {"optimizer": "lbfgs"}, {"n_init": 2}, {"n_jobs": 2}])
def test_the_loss_decides_where_it_is_watched(kind, y, changes):
    changes = {"max_iter": 12, "learning_rate": 0.3} | changes
    model = fit_and_validate(kind, y, scoring="loss", **changes)
    assert model.validation_scores_ == [-loss for loss in model.validation_loss_curve_]
    assert model.best_validation_score_ == -min(model.validation_loss_curve_)
    assert loss_of(model, y, np.ones(60)) == pytest.approx(-model.best_validation_score_, rel=1e-10)


@pytest.mark.parametrize(
    ("kind", "y", "weights"), [(*kind, w) for kind in KINDS for w in (None, WEIGHTS)]
)
def test_the_name_of_ones_own_score_is_that_score(kind, y, weights):
    name = "r2" if kind is RNNSequenceRegressor else "accuracy"
    own = kind(**settings()).fit(X, y, weights)
    named = kind(**settings(scoring=name)).fit(X, y, weights)
    assert named.validation_scores_ == pytest.approx(own.validation_scores_, rel=1e-9)
    assert named.validation_loss_curve_ == own.validation_loss_curve_
    np.testing.assert_array_equal(named.parameters_.flat, own.parameters_.flat)


def test_it_is_so_too_where_cycles_are_kept_by_a_margin():
    long = [np.vstack([x, -x, x / 2]) for x in X]
    labels = [np.where(np.roll(x[:, 0], 1) > 0, "up", "down") for x in long]
    assert sum(map(len, labels)) > 500
    own = RNNSequenceTagger(3, schedule=Cycles(first=2, doublings=2), random_state=0)
    named = clone(own).set_params(scoring="accuracy").fit(long, labels)
    own.fit(long, labels)
    assert len(own.validation_scores_) in {6, 14}
    assert_same_fit(named, own)


def test_names_are_taken_over_steps():
    for weights in (None, WEIGHTS, [np.linspace(0, 1, len(x)) for x in X]):
        named = RNNSequenceTagger(**settings(scoring="f1_macro")).fit(X, STEPS, weights)
        scorer = make_scorer(step_f1_score)
        called = RNNSequenceTagger(**settings(scoring=scorer)).fit(X, STEPS, weights)
        assert named.validation_scores_ == pytest.approx(called.validation_scores_, rel=1e-12)
    model = fit_and_validate(RNNSequenceTagger, STEPS, scoring="neg_log_loss")
    losses = [-loss for loss in model.validation_loss_curve_]
    assert model.validation_scores_ == pytest.approx(losses, rel=1e-9)


def test_numbers_of_steps_are_scored_in_their_units():
    model = fit_and_validate(
        RNNSequenceRegressor, STEP_NUMBERS, scoring="neg_mean_absolute_error", max_iter=1
    )
    true, said, _ = over_steps(STEP_NUMBERS[40:], model.predict(X[40:]))
    error = mean_absolute_error(true, said)
    assert error > 10
    assert model.validation_scores_ == pytest.approx([-error], rel=1e-9)


def test_a_step_without_weight_may_have_any_target():
    weights = [np.linspace(0, 1, len(x)) for x in X]
    y = [np.where(w > 0, y, np.nan) for y, w in zip(STEP_NUMBERS, weights, strict=True)]
    model = RNNSequenceRegressor(**settings(scoring="neg_mean_squared_error"))
    assert max(model.fit(X, y, weights).validation_scores_) < 0


class Witness:
    """A scorer that writes down what it is given."""

    def __init__(self):
        self.seen, self.said = [], []

    def __call__(self, estimator, X, y, sample_weight=None):
        self.seen.append((X, y, sample_weight))
        self.said.append(estimator.predict(X))
        return estimator.score(X, y, sample_weight)


@pytest.mark.parametrize("form", FORMS)
def test_a_scorer_sees_what_is_held_out_in_the_form_it_came_in(form):
    data, witness = ALL[form], Witness()
    changes = settings(n_step_features=2)
    model = RNNSequenceClassifier(**changes, scoring=witness).fit(data, Y)
    own = RNNSequenceClassifier(**changes).fit(data, Y)
    assert model.validation_scores_ == own.validation_scores_
    assert_same_fit(model, own)
    held_out, y, weights = witness.seen[0]
    assert type(held_out) is type(data)
    if form != "list":
        assert held_out.shape[1:] == data.shape[1:]
    assert len(held_out) == len(y) == 6
    assert weights is None
    assert [accuracy_score(y, said) for said in witness.said] == own.validation_scores_


@pytest.mark.parametrize("form", FORMS[1:])
def test_steps_keep_their_form_too(form):
    data, witness = ALL[form], Witness()
    y = np.where(ALL["3-D"][..., 0] > 0, 1, 0)
    y = y if form in {"3-D", "NaN-padded"} else [row[: len(x)] for row, x in zip(y, X, strict=True)]
    weights = np.linspace(1, 2, 60)
    model = RNNSequenceTagger(**settings(scoring=witness)).fit(data, y, weights)
    own = RNNSequenceTagger(**settings()).fit(data, y, weights)
    assert model.validation_scores_ == pytest.approx(own.validation_scores_, rel=1e-12)
    held_out, of_them, w = witness.seen[0]
    for one, labels, said, weight in zip(held_out, of_them, witness.said[0], w, strict=True):
        assert len(labels) == len(one)
        assert len(said) == len(weight) == np.isfinite(one).all(axis=1).sum()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_stay_frames(frame):
    table = frame(
        ALL["rows"], **({"columns": list("abcdefghijkl")} if frame is pd.DataFrame else {})
    )
    y = pd.Series(Y, index=range(100, 160)) if frame is pd.DataFrame else pl.Series(Y.tolist())
    witness = Witness()
    model = RNNSequenceClassifier(**settings(scoring=witness)).fit(table, y)
    own = RNNSequenceClassifier(**settings()).fit(table, y)
    assert model.validation_scores_ == own.validation_scores_
    assert isinstance(witness.seen[0][0], frame)
    assert type(witness.seen[0][1]) is type(y)


class OnlyAnArray:
    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, dtype)


@pytest.mark.parametrize("form", [tuple, UserList, OnlyAnArray])
def test_targets_of_other_types(form):
    model = RNNSequenceRegressor(**settings(scoring="r2")).fit(X, form(NUMBERS))
    assert_same_fit(model, clone(model).fit(X, NUMBERS))


@pytest.mark.parametrize("name", COLLECTIONS)
@pytest.mark.parametrize("scoring", ["accuracy", Witness()])
def test_collections_of_other_libraries(name, scoring):
    collection, plain = COLLECTIONS[name]
    y = pa.array(np.array(["a", "b"] * 15)) if name.startswith("Arrow") else ["a", "b"] * 15
    model = RNNSequenceClassifier(**settings(scoring=scoring)).fit(collection, y)
    own = RNNSequenceClassifier(**settings()).fit(plain, y)
    assert_same_fit(model, own)
    given = RNNSequenceClassifier(**settings(scoring=scoring))
    given.fit(plain, y, X_val=collection, y_val=y)
    assert len(given.validation_scores_) == 3


def test_a_validation_set_of_ones_own_is_handed_on_as_it_is():
    witness, weights = Witness(), WEIGHTS[40:]
    X_val, y_val = X[40:], list(Y[40:])
    model = RNNSequenceClassifier(**settings(scoring=witness))
    model.fit(X[:40], Y[:40], X_val=X_val, y_val=y_val, sample_weight_val=weights)
    assert all(seen[0] is X_val and seen[1] is y_val for seen in witness.seen)
    np.testing.assert_array_equal(witness.seen[0][2], weights)


def test_weights_go_to_those_who_take_them():
    seen = []

    def plain(estimator, X, y):
        seen.append(len(y))
        return 0.5

    def weighed(estimator, X, y, *, sample_weight):
        seen.append(sample_weight)
        return 0.5

    changes = settings(class_weight={"up": 2.0, "down": 1.0}, max_iter=1)
    RNNSequenceClassifier(**changes, scoring=plain).fit(X, Y)
    RNNSequenceClassifier(**changes, scoring=weighed).fit(X, Y)
    assert seen[0] == len(seen[1]) == 6
    assert set(seen[1]) == {1.0, 2.0}
    error = make_scorer(max_error, greater_is_better=False)
    with pytest.raises(
        ValueError, match=r"scoring=make_scorer.* failed .*knows no .*sample_weight"
    ):
        RNNSequenceRegressor(**settings(scoring=error)).fit(X, NUMBERS, WEIGHTS)


@pytest.mark.parametrize(
    ("kind", "y", "scoring"),
    [
        *((kind, y, scoring) for kind, y in KINDS for scoring in (None, "loss")),
        (RNNSequenceClassifier, Y, "neg_log_loss"),
        (RNNSequenceClassifier, Y, get_scorer("accuracy")),
        (RNNSequenceTagger, STEPS, "f1_macro"),
        (RNNSequenceTagger, STEPS, make_scorer(step_accuracy_score)),
        (RNNSequenceRegressor, STEP_NUMBERS, "r2"),
        (RNNSequenceClassifier, Y, lambda estimator, X, y: -len(X)),
    ],
)
def test_score_and_loss_take_one_forward_pass(kind, y, scoring, monkeypatch):
    calls, predict_rows = [], judging.predict_rows
    monkeypatch.setattr(judging, "predict_rows", lambda *of: calls.append(of) or predict_rows(*of))
    monkeypatch.setattr("skrnn.estimators.base.predict_rows", None)
    model = kind(**settings(scoring=scoring)).fit(X, y)
    assert len(calls) == model.n_iter_ == len(model.validation_loss_curve_)


COPIES = []


def vandal(estimator, X, y):
    score = estimator.score(X, y)
    COPIES[:] = pickle.loads(pickle.dumps(estimator)), copy(estimator), deepcopy(estimator)
    trusted = [*TRUSTED_TYPES, "tests.estimators.test_scoring.vandal"]
    COPIES.append(skops.io.loads(skops.io.dumps(estimator), trusted=trusted))
    estimator.predict(X[:2])
    estimator.parameters_.flat[...] *= -1
    assert (estimator.predict_proba(X) == estimator.predict_proba(list(X))).all()
    estimator.parameters_.flat[...] = 0
    assert len(np.unique(estimator.predict_proba(X))) == 1
    estimator.set_params(scoring=None, cell="elman", early_stopping=False)
    estimator.partial_fit(X, y, classes=["up", "down"])
    assert (estimator.predict_proba(X) == estimator.predict_proba(list(X))).all()
    estimator.set_params(alpha=7.0).fit(X, y)
    estimator.__dict__.clear()
    return score


def test_nothing_that_a_scorer_does_reaches_the_training():
    for changes in ({}, {"optimizer": "rmsprop", "n_init": 2}, {"warm_start": True}):
        own = RNNSequenceClassifier(**settings(**changes)).fit(X, Y)
        model = RNNSequenceClassifier(**settings(**changes, scoring=vandal)).fit(X, Y)
        assert_same_fit(model, own)
        assert_same_fit(model.fit(X, Y), own.fit(X, Y))
        for each in COPIES:
            assert each.predict(X).shape == (60,)
            assert not hasattr(each, "loss_curve_")
            assert not {"_predict", "__getstate__"} & set(vars(each))


def test_a_scorer_may_keep_what_it_is_given():
    kept = []

    def snapshot(estimator, X, y):
        kept.append((estimator, X, estimator.predict_proba(X)))
        return 0.0

    RNNSequenceClassifier(**settings(scoring=snapshot)).fit(X, Y)
    for estimator, held_out, proba in kept:
        np.testing.assert_array_equal(estimator.predict_proba(held_out), proba)
    assert not np.array_equal(kept[0][2], kept[1][2])


def test_a_scorer_is_given_nothing_of_an_earlier_fit():
    model = RNNSequenceClassifier(**settings()).fit(X, Y)
    model.set_params(scoring=lambda estimator, X, y: float(hasattr(estimator, "n_iter_")))
    assert set(model.fit(X, Y).validation_scores_) == {0.0}


def fails(estimator, X, y):
    raise RuntimeError("no score today")


@pytest.mark.parametrize(
    ("kind", "y", "scoring", "error", "message"),
    [
        (RNNSequenceClassifier, Y, "no such", InvalidParameterError, "'scoring' parameter of RNN"),
        (
            RNNSequenceClassifier,
            Y,
            accuracy_score,
            ValueError,
            "scoring value <.*use `make_scorer`",
        ),
        (RNNSequenceClassifier, Y, fails, ValueError, "scoring=<function.*: no score today"),
        (RNNSequenceClassifier, Y, "r2", ValueError, "scoring='r2' failed on the held-out"),
        (RNNSequenceRegressor, NUMBERS, "f1", ValueError, "scoring='f1' failed on the held-out"),
        (RNNSequenceClassifier, Y, lambda *_: np.nan, ValueError, "scoring=.*must give a finite"),
        (RNNSequenceClassifier, Y, lambda *_: None, ValueError, "scoring=.*failed"),
        (RNNSequenceTagger, STEPS, get_scorer("f1"), ValueError, r"scoring=.*make_scorer\(skrnn"),
    ],
)
def test_a_scorer_that_fails_is_named_and_leaves_the_estimator_as_it_was(
    kind, y, scoring, error, message
):
    model = kind(**settings()).fit(X, y).set_params(scoring=None, random_state=1)
    before = left(model)
    model.scoring = scoring
    with pytest.raises(error, match=message):
        model.fit(X, y)
    model.scoring = None
    assert left(model) == before


def test_a_metric_that_is_not_defined_on_what_is_held_out_is_an_error():
    alike = np.where(np.arange(60) < 40, Y, "up")
    with (
        pytest.warns(UserWarning, match="Only one class"),
        pytest.raises(ValueError, match=r"scoring='roc_auc' must give a finite.* X_val and"),
    ):
        fit_and_validate(RNNSequenceClassifier, alike, scoring="roc_auc")


@pytest.mark.parametrize("scoring", ["loss", "neg_log_loss", get_scorer("f1_macro")])
def test_a_warm_start_goes_on_exactly(scoring):
    changes = settings(n_iter_no_change=100, scoring=scoring)
    whole = RNNSequenceClassifier(**changes | {"max_iter": 6}).fit(X, Y)
    warm = RNNSequenceClassifier(**changes, warm_start=True).fit(X, Y).fit(X, Y)
    assert_same_fit(warm, whole, but=("n_iter_",))


def test_a_warm_start_scores_the_best_so_far_by_what_is_watched_now():
    model = fit_and_validate(RNNSequenceClassifier, Y, warm_start=True, max_iter=5)
    model.set_params(scoring="loss", max_iter=1, learning_rate=1e-9)
    model.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
    assert model.best_validation_score_ == pytest.approx(-loss_of(model, Y, np.ones(60)), rel=1e-6)


def test_in_a_search_and_a_pipeline():
    network = RNNSequenceTagger(**settings(max_iter=2))
    pipeline = make_pipeline(PerStep(StandardScaler()), network)
    grid = {"rnnsequencetagger__scoring": [None, "loss", make_scorer(step_f1_score)]}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, STEPS)
    assert search.best_estimator_[-1].validation_loss_curve_ is not None


def test_what_was_saved_before_there_was_a_loss_curve_goes_on():
    model = RNNSequenceClassifier(**settings(warm_start=True)).fit(X, Y)
    state = model.__getstate__()
    for name in ("scoring", "validation_loss_curve_"):
        del state[name]
    for name in ("validation_losses", "ceiling"):
        vars(state["_progress"].monitor).pop(name)
    old = RNNSequenceClassifier.__new__(RNNSequenceClassifier)
    old.__setstate__(state)
    assert old.scoring is None
    old.fit(X, Y)
    assert len(old.validation_scores_) == 6
    assert len(old.validation_loss_curve_) == 3


def test_partial_fit_watches_nothing():
    settings_ = {"hidden_layer_sizes": 4, "random_state": 0, "learning_rate": 0.05}
    plain = RNNSequenceClassifier(**settings_).partial_fit(X, Y, classes=["down", "up"])
    scored = RNNSequenceClassifier(**settings_, scoring=fails)
    assert_same_fit(scored.partial_fit(X, Y, classes=["down", "up"]), plain)
    assert scored.validation_loss_curve_ is None


def test_f1_of_a_named_scorer_by_hand():
    model = fit_and_validate(RNNSequenceTagger, STEPS, scoring="f1_micro", max_iter=1)
    true, said, _ = over_steps(STEPS[40:], model.predict(X[40:]))
    assert model.validation_scores_ == [f1_score(true, said, average="micro")]
