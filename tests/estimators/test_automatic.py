"""What "auto" comes to, and what stays true of it."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.ensemble import BaggingRegressor
from sklearn.exceptions import ConvergenceWarning

from skrnn import (
    Adam,
    Constant,
    Cycles,
    OneCycle,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.estimators.targets.labels import Labels
from skrnn.training import loop
from tests.estimators.forms import make_forms

FORMS, Y = make_forms()
X = FORMS["list"]
NUMBERS = np.array([x[:, 0].sum() for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
ESTIMATORS = [
    (RNNSequenceClassifier, Y),
    (RNNSequenceRegressor, NUMBERS),
    (RNNSequenceTagger, STEPS),
]
few_epochs = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
every_kind = pytest.mark.parametrize(("kind", "y"), ESTIMATORS)


def noise(n_sequences, n_steps=10, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_sequences, n_steps, 1)), rng


@every_kind
def test_what_auto_came_to_can_be_read(kind, y):
    model = kind(8, random_state=0).fit(X, y)
    assert model.batch_size_ == 32
    assert model.learning_rate_ == 0.01
    assert isinstance(model.schedule_, Cycles)
    assert model.schedule_.rests(model.n_iter_, 0)  # it ended with a cycle
    assert model.n_iter_ <= model.max_iter_ == model.schedule_.end(0)


@every_kind
@few_epochs
def test_what_is_given_is_taken(kind, y):
    given = {"batch_size": 7, "learning_rate": 0.02, "max_iter": 2, "schedule": Constant()}
    model = kind(4, **given, random_state=0).fit(X, y)
    assert {name: getattr(model, f"{name}_") for name in given} == given


@pytest.mark.parametrize("patience", [3, 1])
def test_who_counts_epochs_without_change_gets_a_constant_rate(patience):
    settings = {"tol": 10.0, "random_state": 0}
    model = RNNSequenceClassifier(4, n_iter_no_change=patience, **settings).fit(X, Y)
    assert model.schedule_ == Constant()
    assert model.n_iter_ == patience + 2
    assert model.max_iter_ > 100


def test_another_schedule_ends_with_the_last_cycle_too():
    settings = {"batch_size": 1, "random_state": 0}  # many updates in few epochs
    model = RNNSequenceClassifier(4, schedule=OneCycle(), **settings).fit(X[:20], Y[:20])
    cycles = RNNSequenceClassifier(4, **settings).fit(X[:20], Y[:20])
    assert model.n_iter_ == model.max_iter_ == cycles.max_iter_


def test_lbfgs_has_neither_batches_nor_cycles():
    settings = {"optimizer": "lbfgs", "tol": 1e-3, "random_state": 0}
    model = RNNSequenceClassifier(4, **settings).fit(X, Y)
    assert (model.batch_size_, model.max_iter_, model.schedule_) == (200, 200, Constant())


@every_kind
@few_epochs
def test_partial_fit_and_warm_starts_equal_fit_with_all_left_to_the_data(kind, y):
    """Cycles follow from the epoch alone, so that nobody has to know where training ends."""
    first = {} if kind is RNNSequenceRegressor else {"classes": ["down", "up"]}
    for n_epochs in (3, 12):
        whole = kind(4, max_iter=n_epochs, random_state=0).fit(X, y)
        parts = kind(4, random_state=0)
        for _ in range(n_epochs):
            parts.partial_fit(X, y, **first)
        warm = kind(4, max_iter=1, warm_start=True, random_state=0).fit(X, y)
        warm.set_params(max_iter=n_epochs - 1).fit(X, y)
        for other in (parts, warm):
            np.testing.assert_array_equal(other.parameters_.flat, whole.parameters_.flat)
            assert other.loss_curve_ == whole.loss_curve_
            assert other.schedule_ == whole.schedule_


@few_epochs
def test_later_chunks_do_not_change_the_plan():
    model = RNNSequenceClassifier(4, random_state=0).partial_fit(X, Y, classes=["down", "up"])
    plan = model.batch_size_, model.learning_rate_, model.schedule_, model.max_iter_
    longer = [np.tile(x, (40, 1)) for x in X[:3]]
    model.partial_fit(longer, Y[:3])
    assert plan == (model.batch_size_, model.learning_rate_, model.schedule_, model.max_iter_)
    pickle.loads(pickle.dumps(model)).partial_fit(longer, Y[:3])


@few_epochs
def test_a_chunk_that_is_learnt_before_keeps_its_rate_high():
    model = RNNSequenceClassifier(4, batch_size=4, random_state=0)
    for _ in range(model.partial_fit(X, Y, classes=["down", "up"]).max_iter_ + 20):
        model.partial_fit(X[:20], Y[:20])
    before = model.parameters_.flat.copy()
    model.partial_fit(X[20:40], Y[20:40])
    assert np.abs(model.parameters_.flat - before).max() > 1e-4


def test_a_warm_start_goes_on_to_the_end_of_a_cycle():
    settings = {"warm_start": True, "random_state": 0, "schedule": Cycles(first=2, doublings=1)}
    model, n_epochs = RNNSequenceClassifier(4, **settings), 0
    for expected in (6, 10, 14):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few epochs are too few
            n_epochs += model.fit(X, np.roll(Y, n_epochs)).n_iter_
        assert n_epochs == expected


class TestNoiseAndSmoothNumbers:
    def test_what_is_noise_is_not_learnt_by_heart(self):
        X, rng = noise(200)
        y = X[:, -1, 0] + rng.normal(size=200)
        model = RNNSequenceRegressor(16, random_state=0).fit(X, y)
        assert model.t_ == model.n_iter_ * 180
        assert len(model.validation_scores_) == model.n_iter_ < model.max_iter_
        ends = [e for e in range(1, model.n_iter_ + 1) if model.schedule_.rests(e, 0)]
        assert model.best_validation_score_ in {model.validation_scores_[e - 1] for e in ends}
        new, rng = noise(500, seed=1)
        by_heart = clone(model).set_params(early_stopping=False).fit(X, y)
        truth = new[:, -1, 0]
        assert model.score(new, truth) > by_heart.score(new, truth) + 0.05

    def test_what_is_smooth_is_learnt_for_as_long_as_it_takes(self):
        X, _ = noise(200)
        model = RNNSequenceRegressor(16, random_state=0).fit(X, X[:, -3:, 0].sum(axis=1))
        assert model.n_iter_ > model.schedule_.first
        new, _ = noise(500, seed=1)
        assert model.score(new, new[:, -3:, 0].sum(axis=1)) > 0.9

    @few_epochs
    @pytest.mark.parametrize(
        "settings",
        [
            {"max_iter": 3},
            {"n_iter_no_change": 1, "tol": 10.0},
            {"early_stopping": False, "schedule": Cycles(first=2, doublings=0)},
            {"optimizer": "lbfgs", "tol": 0.1},
        ],
        ids=str,
    )
    def test_nothing_is_held_out_where_somebody_says_how_long(self, settings):
        X, rng = noise(60)
        model = RNNSequenceRegressor(4, **settings).fit(X, rng.normal(size=60))
        assert model.validation_scores_ is None

    @pytest.mark.parametrize(("n_sequences", "held_out"), [(49, False), (50, True)])
    def test_nor_of_a_few(self, n_sequences, held_out):
        X, _ = noise(n_sequences, n_steps=3)
        y = X[:, -1, 0]
        model = RNNSequenceRegressor(4, random_state=0).fit(X, y)
        assert (model.validation_scores_ is not None) == held_out
        copies = np.repeat(np.arange(n_sequences), 3)
        again = RNNSequenceRegressor(4, random_state=0).fit(X[copies], y[copies])
        assert (again.validation_scores_ is not None) == held_out

    def test_sequences_without_weight_are_none(self):
        """A bag gives about a third of them no weight."""
        X, _ = noise(120, n_steps=3)
        bag = BaggingRegressor(RNNSequenceRegressor(4, n_step_features=1), 4, random_state=0)
        rows = X[:, :, 0]
        assert bag.fit(rows, rows[:, -1]).score(rows, rows[:, -1]) > 0.7

    def test_own_validation_data_keep_the_best_epoch(self):
        X, rng = noise(100)
        y = X[:, -1, 0] + rng.normal(size=100)
        model = RNNSequenceRegressor(4, random_state=0)
        model.fit(X[:50], y[:50], X_val=X[50:], y_val=y[50:])
        assert model.t_ == 50 * model.n_iter_
        assert model.best_validation_score_ == max(model.validation_scores_)


def test_a_fit_that_learns_nothing_says_so_in_plain_words():
    X, rng = noise(40, n_steps=200)
    settings = {"learning_rate": 1e-9, "schedule": Cycles(first=1, doublings=0)}
    with pytest.warns(ConvergenceWarning, match=r"learnt next to nothing: after 1 epochs.*Stack"):
        RNNSequenceClassifier(4, **settings).fit(X, rng.integers(2, size=40))


def test_a_fit_cut_short_within_a_cycle_says_so():
    with pytest.warns(ConvergenceWarning, match=r"max_iter=3 epochs, while the learning rate was"):
        RNNSequenceClassifier(4, max_iter=3).fit(X, Y)


def test_settings_of_an_automatic_schedule_need_an_object():
    with pytest.raises(ValueError, match=r"schedule is 'auto'. Give schedule=Cycles\(\) first"):
        RNNSequenceClassifier().set_params(schedule__rise=0.1)
    model = RNNSequenceClassifier().set_params(schedule=Cycles(), schedule__rise=0.1)
    assert model.schedule.rise == 0.1


@pytest.mark.parametrize(
    "name", ["max_iter", "batch_size", "learning_rate", "schedule", "n_iter_no_change"]
)
def test_other_words_than_auto_are_refused(name):
    with pytest.raises(ValueError, match=f"{name!r} parameter .*'auto'"):
        RNNSequenceClassifier(**{name: "automatic"}).fit(X, Y)


@few_epochs
def test_the_optimiser_may_be_an_object():
    model = RNNSequenceClassifier(4, optimizer=Adam(beta_1=0.8), max_iter=2).fit(X, Y)
    assert model.learning_rate_ == 0.01


def test_a_fit_interrupted_before_it_was_judged_keeps_its_last_epoch(monkeypatch):
    original, calls = loop.train_epoch, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(loop, "train_epoch", interrupted)
    X, _ = noise(60)
    with pytest.warns(UserWarning, match="interrupted"):
        model = RNNSequenceRegressor(4, random_state=0).fit(X, X[:, -1, 0])
    assert model.best_validation_score_ == model.validation_scores_[-1]
    assert model.predict(X).shape == (60,)


def test_labels_with_noise_are_not_learnt_by_heart_where_there_are_enough():
    X, rng = noise(600, n_steps=5)
    clean = np.where(X[:, -1, 0] > 0, "up", "down")
    y = np.where(rng.random(600) < 0.25, np.roll(clean, 1), clean)
    model = RNNSequenceClassifier(16, random_state=0).fit(X, y)
    assert model.t_ == 540 * model.n_iter_
    by_heart = RNNSequenceClassifier(16, early_stopping=False, random_state=0).fit(X, y)
    assert by_heart.validation_scores_ is None
    new, _ = noise(1000, n_steps=5, seed=1)
    truth = np.where(new[:, -1, 0] > 0, "up", "down")
    assert model.score(new, truth) > max(0.95, by_heart.score(new, truth))


@pytest.mark.parametrize(
    ("n_sequences", "n_steps", "held_out"), [(50, 10, True), (50, 9, False), (49, 30, False)]
)
def test_a_tagger_counts_its_steps(n_sequences, n_steps, held_out):
    X, _ = noise(n_sequences, n_steps)
    settings = {"schedule": Cycles(first=1, doublings=0), "random_state": 0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = RNNSequenceTagger(4, **settings).fit(X, (X[:, :, 0] > 0).astype(int))
    assert (model.validation_scores_ is not None) == held_out


class TestManyClasses:
    def fitted(self, y, **settings):
        X = np.random.default_rng(0).normal(size=(len(y), 2))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there is nothing to learn
            short = {"schedule": Cycles(first=1, doublings=0), "random_state": 0}
            return RNNSequenceClassifier(4, **short | settings).fit(X, y)

    @pytest.mark.parametrize("n_classes", [2, 60, 61, 200, 299, 300, 599])
    def test_are_held_out_as_far_as_they_go(self, n_classes):
        model = self.fitted(np.arange(600) % n_classes)
        assert len(model.classes_) == n_classes
        assert model.validation_scores_ is not None
        assert model.t_ in ({540} if n_classes <= 300 else range(540, 600))

    def test_that_all_have_a_single_member_cannot_be(self):
        with pytest.raises(ValueError, match=r"0 sequences that have weight and are not alone"):
            self.fitted(np.arange(60), early_stopping=True)

    def test_the_only_member_of_a_class_is_learnt_from(self, monkeypatch):
        seen = []
        monkeypatch.setattr(
            Labels,
            "score",
            lambda self, said, validation: seen.append(validation.targets.steps) or 0.0,
        )
        y = np.r_[np.zeros(560), np.ones(10), np.arange(2, 32)].astype(int)
        for seed in range(5):
            self.fitted(y, random_state=seed)
        assert {label for steps in seen for label in np.unique(steps)} == {0, 1}
