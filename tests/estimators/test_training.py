"""fit, partial_fit and warm_start: what they promise about each other, and what they record."""

import re
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_validate

from skrnn import GRU, LBFGS, SGD, Adam, Adaptive, Cosine, Orthogonal, RNNSequenceClassifier
from skrnn.estimators import resolved
from skrnn.estimators.targets.labels import Labels
from skrnn.network.cells import CELLS
from skrnn.network.network import Network
from skrnn.training import loop
from skrnn.training.optimizers import OPTIMIZERS
from tests.estimators.forms import make_forms

few_epochs = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"]


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "batch_size": 16, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


def state(fitted):
    """Return all that a fit leaves for people to see."""
    names = ("n_iter_", "t_", "loss_", "best_loss_", "loss_curve_", "validation_scores_")
    arrays = fitted.parameters_.flat.tobytes(), fitted.gradient_norm_curve_.tobytes()
    return [*arrays, fitted.clip_rate_curve_, *(getattr(fitted, name) for name in names)]


@few_epochs
@pytest.mark.parametrize(
    "settings",
    [
        *({"optimizer": name} for name in OPTIMIZERS if name != "lbfgs"),
        *({"schedule": name} for name in ("inverse_scaling", "adaptive")),
        {"schedule": Adaptive(), "tol": 10.0, "n_iter_no_change": 1},
        *({"cell": cell} for cell in CELLS),
        {"dropout": 0.3, "hidden_layer_sizes": (8, 6), "bidirectional": True, "readout": "mean"},
        {"dropout": 0.3, "truncation_length": 2, "target_replication": 0.5, "readout": "max"},
        {"truncation_length": 3, "truncation_stride": 1, "target_replication": 0.5},
    ],
    ids=str,
)
def test_partial_fit_equals_fit_equals_warm_start_bit_for_bit(settings):
    whole = model(max_iter=5, **settings).fit(X, Y)
    parts = model(**settings)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=["down", "up"])
    warm = model(max_iter=2, warm_start=True, **settings).fit(X, Y)
    warm.set_params(max_iter=3).fit(X, Y)
    assert state(parts) == state(whole)
    assert warm.n_iter_ == 3
    warm.n_iter_ = 5
    assert state(warm) == state(whole)


@few_epochs
def test_warm_start_with_early_stopping_goes_on_exactly_too():
    settings = {"early_stopping": True, "n_iter_no_change": 100}
    whole = model(max_iter=20, **settings).fit(X, Y)
    warm = model(max_iter=8, warm_start=True, **settings).fit(X, Y)
    warm.set_params(max_iter=12).fit(X, Y)
    assert warm.validation_scores_ == whole.validation_scores_
    np.testing.assert_array_equal(warm.parameters_.flat, whole.parameters_.flat)


@few_epochs
def test_partial_fit_after_fit_needs_no_classes():
    fitted = model(max_iter=2).fit(X, Y)
    fitted.partial_fit(X, Y)
    assert fitted.n_iter_ == 3
    assert state(fitted)[0] == model(max_iter=3).fit(X, Y).parameters_.flat.tobytes()


def test_partial_fit_needs_classes_at_first_and_the_same_later():
    fresh = model()
    with pytest.raises(ValueError, match="classes must be given in the first call"):
        fresh.partial_fit(X, Y)
    fresh.partial_fit(X, Y, classes=["up", "sideways", "down"])
    assert fresh.predict_proba(X).shape == (len(X), 3)
    with pytest.raises(ValueError, match="differs from the known classes"):
        fresh.partial_fit(X, Y, classes=["up", "down"])
    with pytest.raises(ValueError, match=r"'unheard'.*none of the known classes"):
        fresh.partial_fit(X[:1], ["unheard"])


def test_partial_fit_refuses_what_needs_all_the_data():
    with pytest.raises(ValueError, match="early_stopping=True"):
        model(early_stopping=True).partial_fit(X, Y, classes=["down", "up"])
    with pytest.raises(ValueError, match="class_weight='balanced'"):
        model(class_weight="balanced").partial_fit(X, Y, classes=["down", "up"])


def test_partial_fit_with_class_weights_and_a_chunk_that_lacks_a_class():
    weighted = model(class_weight={"up": 2.0, "down": 1.0})
    only_up = [x for x, label in zip(X, Y, strict=True) if label == "up"]
    labels, classes = ["up"] * len(only_up), ["down", "up"]
    weighted.partial_fit(only_up, labels, classes=classes)
    same = model().partial_fit(only_up, labels, [2.0] * len(labels), classes=classes)
    assert state(weighted) == state(same)


@few_epochs
def test_fit_begins_anew_without_warm_start():
    fitted = model(max_iter=3).fit(X, Y)
    before = state(fitted)
    assert state(fitted.fit(X, Y)) == before
    assert state(fitted.fit(FORMS["rows"], Y)) != before
    assert fitted.n_features_in_ == FORMS["rows"].shape[1]


@few_epochs
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_seed_decides_everything(dropout):
    one, same, other = (
        model(max_iter=3, dropout=dropout, random_state=seed).fit(X, Y) for seed in (0, 0, 1)
    )
    assert state(one) == state(same)
    assert state(one) != state(other)
    generator = np.random.RandomState(0)
    first, second = (model(max_iter=3, random_state=generator).fit(X, Y) for _ in range(2))
    assert state(first) != state(second)


@few_epochs
def test_another_process_gives_the_same_bits():
    script = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "from tests.estimators.test_training import X, Y, model\n"
        "print(model(max_iter=3).fit(X, Y).parameters_.flat.tobytes().hex())"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    here = model(max_iter=3).fit(X, Y).parameters_.flat.tobytes().hex()
    assert output.stdout.decode().strip() == here


def test_the_loss_falls_and_training_ends_by_itself():
    fitted = model(learning_rate=0.01, max_iter=2000, tol=1e-3, n_iter_no_change=3).fit(X, Y)
    assert fitted.n_iter_ < 2000
    assert len(fitted.loss_curve_) == fitted.n_iter_
    assert fitted.loss_curve_[-1] < fitted.loss_curve_[0] / 5
    assert fitted.loss_ == fitted.loss_curve_[-1]
    assert fitted.best_loss_ == min(fitted.loss_curve_)
    assert fitted.t_ == fitted.n_iter_ * len(X)
    assert fitted.validation_scores_ is None
    assert fitted.best_validation_score_ is None


def test_running_out_of_epochs_warns():
    with pytest.warns(ConvergenceWarning, match="max_iter=2 epochs"):
        model(max_iter=2).fit(X, Y)


@few_epochs
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataDimensionalityWarning")
class TestEarlyStopping:
    def test_on_a_fraction(self):
        fitted = model(early_stopping=True, max_iter=30, validation_fraction=0.25).fit(X, Y)
        assert fitted.best_validation_score_ == max(fitted.validation_scores_)
        assert len(fitted.validation_scores_) == fitted.n_iter_
        assert fitted.best_loss_ is None
        assert fitted.t_ == fitted.n_iter_ * 45

    def test_on_data_of_ones_own(self):
        fitted = model(early_stopping=True, max_iter=40, learning_rate=0.01)
        fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
        assert fitted.score(X[40:], Y[40:]) == fitted.best_validation_score_
        assert fitted.t_ == fitted.n_iter_ * 40

    def test_weights_count_in_the_score(self):
        fitted = model(early_stopping=True, max_iter=3)
        weights = np.arange(20) == 7
        fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:], sample_weight_val=weights)
        assert set(fitted.validation_scores_) <= {0.0, 1.0}

    @pytest.mark.parametrize("given", [{"X_val": X}, {"y_val": Y}, {"sample_weight_val": [1]}])
    def test_all_or_none(self, given):
        with pytest.raises(ValueError, match="X_val and y_val must be given together"):
            model(early_stopping=True).fit(X, Y, **given)

    def test_not_where_it_is_ruled_out(self):
        with pytest.raises(ValueError, match="but early_stopping=False"):
            model(early_stopping=False).fit(X, Y, X_val=X, y_val=Y)

    def test_auto_watches_what_it_is_given(self):
        given = {"X_val": X[40:], "y_val": Y[40:]}
        by_itself = model(max_iter=5).fit(X[:40], Y[:40], **given)
        asked_for = model(max_iter=5, early_stopping=True).fit(X[:40], Y[:40], **given)
        assert state(by_itself) == state(asked_for)
        assert len(by_itself.validation_scores_) == 5

    def test_auto_holds_nothing_out_of_a_partial_fit(self):
        many, labels = np.zeros((10_001, 1)), np.arange(10_001) % 2
        settings = {"max_iter": 1, "batch_size": 2000}
        of_part = model(**settings).partial_fit(many, labels, classes=[0, 1])
        assert state(of_part) == state(model(**settings, early_stopping=False).fit(many, labels))

    def test_auto_holds_out_some_of_more_than_ten_thousand(self):
        few = model(max_iter=1).fit(X, Y)
        assert few.validation_scores_ is None
        assert few.t_ == 60
        for n_sequences, n_seen in [(10_000, 10_000), (10_001, 9_000)]:
            many, labels = np.zeros((n_sequences, 1)), np.arange(n_sequences) % 2
            assert model(max_iter=1, batch_size=2000).fit(many, labels).t_ == n_seen

    def test_unknown_label(self):
        with pytest.raises(ValueError, match=r"'new'.*none of the known classes"):
            model(early_stopping=True).fit(X, Y, X_val=X[:1], y_val=["new"])

    def test_a_class_with_a_single_member_can_be_held_out_with(self):
        labels = np.array([*Y[:-2], "rare", "single"])
        fitted = model(early_stopping=True, max_iter=2).fit(X, labels)
        assert set(fitted.classes_) == {"down", "up", "rare", "single"}
        assert fitted.t_ == 2 * 54

    def test_held_out_classes_are_in_proportion(self, monkeypatch):
        seen = []
        monkeypatch.setattr(
            Labels,
            "score",
            lambda self, said, validation: seen.append(validation.targets.steps) or 0.0,
        )
        y = np.arange(60) % 6 == 0  # ten of sixty
        model(early_stopping=True, validation_fraction=0.3, max_iter=1).fit(X, y)
        assert seen[0].sum() == 3
        assert len(seen[0]) == 18

    def test_a_warm_start_on_other_validation_data_forgets_their_predecessors_score(self):
        fitted = model(early_stopping=True, warm_start=True, max_iter=40, learning_rate=0.02)
        fitted.set_params(n_iter_no_change=100)
        fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
        before = fitted.parameters_.flat.copy()
        other = np.where(Y == "up", "down", "up")
        fitted.set_params(max_iter=60).fit(X[:40], other[:40], X_val=X[40:], y_val=other[40:])
        assert fitted.best_validation_score_ == fitted.score(X[40:], other[40:])
        assert (fitted.parameters_.flat != before).all()

    def test_a_warm_start_scores_the_best_parameters_anew(self):
        fitted = model(early_stopping=True, warm_start=True, max_iter=40, learning_rate=0.02)
        fitted.set_params(n_iter_no_change=100)
        fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
        other = np.where(Y == "up", "down", "up")
        fitted.set_params(max_iter=1, learning_rate=1e-9)
        fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=other[40:])
        assert fitted.best_validation_score_ == fitted.score(X[40:], other[40:])

    def test_without_validation_after_validation(self):
        fitted = model(early_stopping=True, warm_start=True, max_iter=3).fit(X, Y)
        fitted.set_params(early_stopping=False).fit(X, Y)
        assert fitted.validation_scores_ is None
        assert fitted.best_validation_score_ is None
        assert fitted.best_loss_ == min(fitted.loss_curve_)
        assert fitted.parameters_ is fitted._progress.parameters


@few_epochs
class TestWeights:
    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"clip_by": "step_norm", "clip_threshold": 0.01},
            {"readout": "mean", "bidirectional": True},
            {"cell": "lstm", "target_replication": 0.5, "dropout": 0.2},
        ],
        ids=str,
    )
    def test_a_whole_weight_equals_copies_in_full_batches_bit_for_bit(self, settings):
        weights = np.random.default_rng(0).integers(0, 4, size=len(X))
        settings = {"batch_size": 1000, "max_iter": 20, **settings}
        weighted = model(**settings).fit(X, Y, sample_weight=weights)
        members = np.random.default_rng(1).permutation(np.repeat(np.arange(len(X)), weights))
        repeated = model(**settings).fit([X[i] for i in members], Y[members])
        assert weighted.loss_curve_ == repeated.loss_curve_
        np.testing.assert_array_equal(weighted.parameters_.flat, repeated.parameters_.flat)

    def test_all_are_seen_copies_and_those_without_weight_as_well(self):
        weights = np.arange(61) % 2
        fitted = model(max_iter=2).fit([*X, X[0]], [*Y, Y[0]], sample_weight=weights)
        assert fitted.t_ == 2 * 61

    def test_class_weight_multiplies(self):
        by_class = model(max_iter=3, class_weight={"up": 3.0, "down": 0.5}).fit(X, Y)
        by_sample = model(max_iter=3).fit(X, Y, sample_weight=np.where(Y == "up", 3.0, 0.5))
        assert state(by_class) == state(by_sample)

    @pytest.mark.parametrize(
        "labels",
        [
            np.array(["0", "1"]),
            np.array([False, True]),
            np.array([-7, 3]),
            np.array([1.0, 2.0]),
            np.array(["down", "up"], dtype=object),
            np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
        ],
        ids=str,
    )
    def test_class_weights_go_by_labels_of_every_type(self, labels):
        y, weights = labels[(Y == "up").astype(int)], dict(zip(labels, [0.5, 3.0], strict=True))
        by_class = model(max_iter=3, class_weight=weights).fit(X, y)
        by_sample = model(max_iter=3).fit(X, y, sample_weight=np.where(Y == "up", 3.0, 0.5))
        assert state(by_class) == state(by_sample)
        of_one = model(max_iter=3, class_weight={labels[1]: 3.0}).fit(X, y)
        by_sample = model(max_iter=3).fit(X, y, sample_weight=np.where(Y == "up", 3.0, 1.0))
        assert state(of_one) == state(by_sample)

    def test_balanced(self):
        counts = {label: (label == Y).sum() for label in ("up", "down")}
        by_class = {label: len(Y) / 2 / count for label, count in counts.items()}
        balanced = model(max_iter=3, class_weight="balanced").fit(X, Y)
        assert state(balanced) == state(model(max_iter=3, class_weight=by_class).fit(X, Y))

    def test_a_number_for_all(self):
        np.testing.assert_allclose(
            model(max_iter=3, alpha=0).fit(X, Y, sample_weight=7).parameters_.flat,
            model(max_iter=3, alpha=0).fit(X, Y).parameters_.flat,
            atol=1e-12,
        )


@few_epochs
class TestDropout:
    def test_none_in_prediction(self):
        fitted = model(max_iter=3, dropout=0.5).fit(X, Y)
        np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(X))

    def test_it_may_change_between_warm_starts(self):
        fitted = model(max_iter=2, warm_start=True, dropout=0.5).fit(X, Y)
        assert fitted.set_params(dropout=0.0).fit(X, Y).n_iter_ == 2


@few_epochs
class TestWarmStart:
    def test_another_network_is_an_error(self):
        fitted = model(max_iter=1, warm_start=True).fit(X, Y)
        before = state(fitted)
        fitted.set_params(hidden_layer_sizes=9)
        with pytest.raises(
            ValueError, match=r"network is another one: layer_sizes was \(8,\) and is now \(9,\)"
        ):
            fitted.fit(X, Y)
        assert state(fitted) == before

    def test_another_optimizer_starts_with_an_empty_memory(self):
        fitted = model(max_iter=1, warm_start=True, optimizer=SGD()).fit(X, Y)
        fitted.set_params(optimizer=Adam(beta_1=0.5)).fit(X, Y)
        assert len(fitted.loss_curve_) == 2
        assert fitted._progress.stepper.n_steps == 4  # batches of one epoch

    def test_another_setting_of_the_optimizer_starts_it_anew_too(self):
        fitted = model(max_iter=1, warm_start=True, optimizer=Adam()).fit(X, Y)
        fitted.set_params(optimizer__beta_1=0.5).fit(X, Y)
        assert fitted._progress.stepper.n_steps == 4
        assert fitted._progress.stepper.optimizer == Adam(beta_1=0.5)

    def test_a_new_label_is_an_error(self):
        fitted = model(max_iter=1, warm_start=True).fit(X, Y)
        with pytest.raises(ValueError, match="'new'"):
            fitted.fit(X[:1], ["new"])

    def test_precision_stays(self):
        fitted = model(max_iter=1, warm_start=True).fit(FORMS["rows"].astype(np.float32), Y)
        assert fitted.fit(FORMS["rows"], Y).parameters_.flat.dtype == np.float32


@few_epochs
def test_numbers_and_bools_of_numpy_are_taken():
    plain = {"hidden_layer_sizes": 8, "batch_size": 8, "truncation_length": 2, "max_iter": 3}
    numpy = {name: np.uint8(value) for name, value in plain.items()}
    numpy |= {"shuffle": np.True_, "n_step_features": np.int8(2), "alpha": np.float32(0.5)}
    rows = np.tile(FORMS["rows"], 30)  # more columns than a uint8 can count
    one = model(**numpy).fit(rows, Y)
    other = model(**plain, n_step_features=2, alpha=0.5).fit(rows, Y)
    assert state(one) == state(other)
    with pytest.warns(UserWarning, match="^(?!.*overflow)"):
        model(max_iter=1, truncation_length=2**63 - 1, n_step_features=2).fit(rows, Y)


@few_epochs
def test_numpys_numbers_do_not_bring_their_precision_along():
    rows = FORMS["rows"].astype(np.float32)
    plain = {"learning_rate": 0.01, "alpha": 0.1, "target_replication": 0.5, "tol": 1e-4}
    plain |= {"dropout": 0.3, "clip_threshold": 0.01, "early_stopping": True}
    one = model(
        **plain,
        validation_fraction=0.25,
        max_iter=3,
        optimizer=Adam(beta_1=0.8),
        schedule=Cosine(last=0.3),
        cell=GRU(recurrent_init=Orthogonal(gain=0.6)),
    ).fit(rows, Y)
    numpy = {name: np.float64(v) if type(v) is float else v for name, v in plain.items()}
    other = model(
        **numpy,
        validation_fraction=np.float32(0.25),
        max_iter=np.int64(3),
        optimizer=Adam(beta_1=np.float64(0.8)),
        schedule=Cosine(last=np.float64(0.3)),
        cell=GRU(recurrent_init=Orthogonal(gain=np.float64(0.6))),
    ).fit(rows, Y)
    assert state(one) == state(other)


@few_epochs
def test_verbose_prints_some_lines(capsys):
    def starts_of_lines():
        return [line.partition(": ")[0] for line in capsys.readouterr().out.splitlines()]

    settings = "hidden_layer_sizes=8, max_iter=3,"
    warm = model(max_iter=3, verbose=True, warm_start=True).fit(X, Y)
    about, more, *lines = starts_of_lines()
    assert about == f"RNNSequenceClassifier(batch_size=16, {settings}"
    assert more == "    random_state=0, verbose=True, warm_start=True)"
    assert lines == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    warm.fit(X, Y)
    assert starts_of_lines()[2:] == ["Epoch 4/6", "Epoch 6/6"]
    warm.set_params(verbose=False).fit(X, Y)
    assert starts_of_lines() == []
    model(max_iter=1, n_init=2, verbose=True).fit(X, Y)
    assert starts_of_lines()[2:] == ["Start 1/2, epoch 1/1", "Start 2/2, epoch 1/1"]
    model(verbose=True).partial_fit(X, Y, classes=["down", "up"]).partial_fit(X, Y)
    assert starts_of_lines() == ["Epoch 1", "Epoch 2"]


@few_epochs
def test_lines_of_fits_side_by_side_can_be_told_apart(capsys):
    with parallel_config("threading"):
        cross_validate(model(max_iter=2, verbose=True), X, Y, cv=2, n_jobs=2)
    lines = [line for line in capsys.readouterr().out.splitlines() if line[0] != " "]
    of_each = {}
    for line in lines:
        name, what = re.split(r"(?:, |: )(?=RNN|epoch)", line, maxsplit=1)
        of_each.setdefault(name, []).append(what.partition(": ")[0].partition("(")[0])
    in_order = "RNNSequenceClassifier", "epoch 1/2", "epoch 2/2"
    for said in of_each.values():  # a thread may come to both
        assert said in ([*in_order], [*in_order] * 2)
    assert len(lines) == 6


@few_epochs
@pytest.mark.parametrize("settings", [{"cell": "elman"}, {"target_replication": 0.5}, {}], ids=str)
@pytest.mark.parametrize("checkpoint", [True, 1, 3, 1000])
def test_a_checkpointed_fit_is_the_same_bit_for_bit(checkpoint, settings):
    plain = model(max_iter=3, hidden_layer_sizes=(8, 5), **settings).fit(X, Y)
    checkpointed = clone(plain).set_params(checkpoint=checkpoint).fit(X, Y)
    assert state(checkpointed) == state(plain)


@few_epochs
@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_schedule_with_an_end_takes_max_iter_for_it(schedule):
    whole = model(max_iter=5, schedule=schedule).fit(X, Y)
    parts = model(max_iter=5, schedule=schedule)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=["down", "up"])
    assert state(parts) == state(whole)
    longer = model(max_iter=9, schedule=schedule).fit(X, Y)
    assert longer.loss_curve_[:5] != whole.loss_curve_


@few_epochs
def test_a_warm_start_goes_on_with_a_schedule():
    """Three epochs after two are the last three of five."""
    whole = model(max_iter=5, schedule=Cosine()).fit(X, Y)
    warm = model(max_iter=5, schedule=Cosine(), warm_start=True)
    for _ in range(2):
        warm.partial_fit(X, Y, classes=["down", "up"])
    warm.set_params(max_iter=3).fit(X, Y)
    np.testing.assert_array_equal(warm.parameters_.flat, whole.parameters_.flat)


@few_epochs
@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_best_of_several_starts_is_kept(early_stopping):
    settings = {"max_iter": 3, "early_stopping": early_stopping, "random_state": 3}
    starts = [model(n_init=n, **settings).fit(X, Y) for n in (1, 2, 3, 6)]
    if early_stopping:
        results = [-fitted.best_validation_score_ for fitted in starts]
    else:
        results = [fitted.loss_ for fitted in starts]
    assert results == sorted(results, reverse=True)
    assert results[-1] < results[0]
    assert {len(fitted.loss_curve_) for fitted in starts} == {3}
    assert state(model(**settings).fit(X, Y)) == state(starts[0])


@few_epochs
def test_a_warm_start_goes_on_with_the_best_start_alone():
    warm = model(max_iter=2, n_init=8, warm_start=True).fit(X, Y)
    assert len(warm.set_params(max_iter=3).fit(X, Y).loss_curve_) == 5
    anew = model(max_iter=5, n_init=8).fit(X, Y)
    assert anew.loss_ <= warm.loss_


@few_epochs
@pytest.mark.parametrize("by", ["norm", "step_norm", "value"])
def test_what_became_of_the_gradients_is_recorded(by):
    settings = {"max_iter": 4, "clip_by": by, "batch_size": 10}
    never, always = (model(clip_threshold=c, **settings).fit(X, Y) for c in (1e9, 1e-9))
    assert never.clip_rate_curve_ == [0.0] * 4
    assert always.clip_rate_curve_ == [1.0] * 4
    curve = never.gradient_norm_curve_
    assert curve.shape == (4, 2)
    assert (curve[:, 0] > 0).all()
    assert (curve[:, 1] > curve[:, 0]).all()
    if by != "step_norm":  # the norm is taken before
        assert always.gradient_norm_curve_[0, 1] > 1e-3
    middle = model(clip_threshold=float(curve.mean()), **settings).fit(X, Y)
    if by == "norm":
        assert 0 < np.mean(middle.clip_rate_curve_) < 1


def test_lbfgs_fits_warns_goes_on_and_stops_early():
    settings = {"optimizer": LBFGS(), "tol": 1e-3}
    fitted = model(max_iter=200, **settings).fit(X, Y)  # no warning: it converges
    assert fitted.score(X, Y) > 0.95
    assert len(fitted.loss_curve_) == fitted.n_iter_ < 200
    with pytest.warns(ConvergenceWarning, match=r"L-BFGS stopped.*Raise max_iter=3 or max_fun"):
        warm = model(max_iter=3, warm_start=True, **settings).fit(X, Y)
    warm.set_params(max_iter=200).fit(X, Y)
    assert warm.loss_ == pytest.approx(fitted.loss_, abs=0.02)
    early = model(max_iter=200, early_stopping=True, **settings).fit(X, Y)
    assert early.best_validation_score_ == max(early.validation_scores_)
    assert early.n_iter_ > 10


def test_ctrl_c_keeps_the_model_so_far(monkeypatch):
    original, calls = loop.train_epoch, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(loop, "train_epoch", interrupted)
    with pytest.warns(UserWarning, match="interrupted"):
        fitted = model().fit(X, Y)
    assert fitted.n_iter_ == 2
    assert fitted.predict(X).shape == (len(X),)


@few_epochs
@pytest.mark.parametrize(
    "change",
    [
        {"cell": "elman"},
        {"cell": GRU(update_bias=1.0)},
        {"hidden_layer_sizes": (8, 8)},
        {"bidirectional": True},
        {"target_replication": 0.5},
        {"dropout": 0.5},
        {"readout": "mean"},
        {"readout": "max"},
        {"truncation_length": 1},
        {"clip_threshold": 1e-3},
        {"clip_threshold": 1e-3, "clip_by": "step_norm"},
        {"clip_threshold": 1e-3, "clip_by": "value"},
        {"optimizer": "sgd"},
        {"optimizer": "lbfgs"},
        {"learning_rate": 0.1},
        {"schedule": "cosine"},
        {"alpha": 10.0},
        {"batch_size": 7},
        {"shuffle": False},
    ],
    ids=str,
)
def test_settings_reach_the_training(change):
    default, changed = (model(max_iter=3, **settings).fit(X, Y) for settings in ({}, change))
    assert not np.allclose(changed.predict_proba(X), default.predict_proba(X))


@few_epochs
def test_the_stride_reaches_the_training():
    settings = {"max_iter": 3, "truncation_length": 3, "target_replication": 0.5}
    by_windows, by_steps = (
        model(truncation_stride=stride, **settings).fit(X, Y) for stride in (None, 1)
    )
    assert not np.allclose(by_steps.predict_proba(X), by_windows.predict_proba(X))
    same = model(truncation_stride=3, **settings).fit(X, Y)
    assert state(same) == state(by_windows)


@few_epochs
@pytest.mark.parametrize(
    ("checkpoint", "length"), [(False, None), (True, 4), (np.True_, 4), (1, 1), (np.int64(5), 5)]
)
def test_checkpoints_reach_the_network(checkpoint, length, monkeypatch):
    """A segment for each checkpoint; the root of 14 steps, rounded up, is 4."""
    seen, forward = set(), Network.forward

    def spy(*arguments, segment_length, **settings):
        seen.add(segment_length)
        return forward(*arguments, segment_length=segment_length, **settings)

    monkeypatch.setattr(Network, "forward", spy)
    model(checkpoint=checkpoint, max_iter=1).fit(np.ones((4, 14, 2)), [0, 1] * 2)
    assert seen == {length}


@few_epochs
def test_checkpoints_save_memory():
    """Of 1,600 steps, 40 states are kept and 40 steps computed twice."""
    long, peaks = np.zeros((4, 1600, 1)), {}
    for checkpoint in (False, True):
        tracemalloc.start()
        model(hidden_layer_sizes=32, checkpoint=checkpoint, max_iter=1).fit(long, [0, 1] * 2)
        peaks[checkpoint] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[True] < peaks[False] / 8


@few_epochs
@pytest.mark.parametrize(
    "settings", [{}, {"optimizer": "lbfgs"}, {"clip_by": "step_norm"}], ids=str
)
def test_threads_change_a_fit_by_no_more_than_rounding(settings):
    settings = {"max_iter": 3, "clip_threshold": 0.01} | settings
    alone, *two = (model(n_jobs=n, **settings).fit(X, Y) for n in (None, 2, 2))
    assert state(two[0]) == state(two[1])
    assert two[0].clip_rate_curve_ == alone.clip_rate_curve_
    np.testing.assert_allclose(two[0].parameters_.flat, alone.parameters_.flat, rtol=0, atol=1e-9)


@few_epochs
@pytest.mark.parametrize(("n_jobs", "number"), [(None, 1), (-1, 7), (3, 3), (np.int64(2), 2)])
def test_threads_reach_the_training(n_jobs, number, monkeypatch):
    seen, original = set(), resolved.Recipe
    monkeypatch.setattr(resolved, "cpu_count", lambda: 7)
    monkeypatch.setattr(
        resolved, "Recipe", lambda **fields: seen.add(fields["n_jobs"]) or original(**fields)
    )
    model(n_jobs=n_jobs, max_iter=1).fit(X, Y)
    assert seen == {number}


@few_epochs
def test_an_error_in_a_thread_is_told(monkeypatch):
    def fail(*_, **settings):
        raise MemoryError("no room")

    monkeypatch.setattr(Network, "backward", fail)
    with pytest.raises(MemoryError, match="no room"):
        model(n_jobs=2, max_iter=1).fit(X, Y)
