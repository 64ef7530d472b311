"""scikit-learn's callbacks: what they are told of a fit, and how they end it."""

import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.preprocessing import PerStep
from tests.estimators.forms import FORMS, make_forms

callback = pytest.importorskip("sklearn.callback", reason="came with scikit-learn 1.9")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ALL, Y = make_forms()
X = ALL["list"]
NUMBERS = np.array([x[:, 0].sum() for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
ESTIMATORS = [
    (RNNSequenceClassifier, Y),
    (RNNSequenceRegressor, NUMBERS),
    (RNNSequenceTagger, STEPS),
]


def classifier(**changes):
    settings = {"hidden_layer_sizes": 6, "max_iter": 4, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


class Diary:
    """Writes down what it is told, and asks to stop at the ends of some tasks."""

    def __init__(self, stop_at=lambda name, number: False, fail_at=None, error=RuntimeError):
        self.entries, self.fitted, self.data = [], [], []
        self.stop_at, self.fail_at, self.error = stop_at, fail_at, error

    def setup(self, estimator, context):
        self.entries.append("setup")

    def teardown(self, estimator, context):
        self.entries.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.entries.append(f"begin {context.task_name} {context.task_id}")

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        entry = f"{context.task_name} {context.task_id}"
        self.entries.append(f"end {entry}")
        self.fitted.append(fitted_estimator)
        self.data.append((X, y, metadata))
        if entry == self.fail_at:
            raise self.error(entry)
        return self.stop_at(context.task_name, context.task_id)


def told_of(n_epochs, first=0):
    numbers = range(first, first + n_epochs)
    return [f"{edge} epoch {i}" for i in numbers for edge in ("begin", "end")]


@pytest.mark.parametrize(("kind", "y"), ESTIMATORS)
def test_a_fit_is_a_task_and_each_epoch_one_within_it(kind, y):
    diary, weights = Diary(), np.linspace(1, 2, len(X))
    model = kind(4, max_iter=3, random_state=0).set_callbacks(diary).fit(X, y, weights)
    assert diary.entries == ["setup", "begin fit 0", *told_of(3), "end fit 0", "teardown"]
    assert all(given[0] is X and given[1] is y for given in diary.data)
    assert all(given[2]["sample_weight"] is weights for given in diary.data)
    said = model.predict(X)
    for one, other in zip(diary.fitted[-1].predict(X), said, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("settings", [{}, {"optimizer": "lbfgs"}, {"early_stopping": True}])
def test_an_epoch_hands_over_what_a_fit_that_ended_there_would_be(settings):
    diary = Diary()
    classifier(**settings).set_callbacks(diary).fit(X, Y)
    for n_epochs, fitted in enumerate(diary.fitted[:-1], start=1):
        alone = classifier(max_iter=n_epochs, **settings).fit(X, Y)
        np.testing.assert_array_equal(fitted.predict_proba(X), alone.predict_proba(X))
        assert fitted.loss_curve_ == alone.loss_curve_
        assert fitted.n_iter_ == n_epochs


def test_it_can_go_on_from_there():
    diary = Diary()
    whole = classifier().set_callbacks(diary).fit(X, Y)
    went_on = diary.fitted[1].set_callbacks().partial_fit(X, Y).partial_fit(X, Y)
    np.testing.assert_array_equal(went_on.predict_proba(X), whole.predict_proba(X))


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_callback_stops_the_fit(optimizer):
    diary = Diary(stop_at=lambda name, number: (name, number) == ("epoch", 1))
    model = classifier(optimizer=optimizer, max_iter=50).set_callbacks(diary)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)  # it did not run out of epochs
        model.fit(X, Y)
    assert model.n_iter_ == 2
    assert diary.entries == ["setup", "begin fit 0", *told_of(2), "end fit 0", "teardown"]
    with pytest.warns(ConvergenceWarning):
        alone = classifier(optimizer=optimizer, max_iter=2).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))


def test_a_fit_that_converges_begins_no_further_epoch():
    diary = Diary()
    model = classifier(max_iter=50, tol=10.0, n_iter_no_change=2).set_callbacks(diary).fit(X, Y)
    assert model.n_iter_ < 50
    assert diary.entries[2:-2] == told_of(model.n_iter_)


def test_starts_are_tasks_of_their_own():
    diary = Diary()
    classifier(n_init=2).set_callbacks(diary).fit(X, Y)
    starts = [
        entry
        for start in range(2)
        for entry in (f"begin start {start}", *told_of(4), f"end start {start}")
    ]
    assert diary.entries == ["setup", "begin fit 0", *starts, "end fit 0", "teardown"]


def test_the_end_of_an_epoch_ends_a_start_and_that_of_a_start_the_fit():
    diary = Diary(stop_at=lambda name, number: name == "epoch" and number == 1)
    classifier(n_init=2).set_callbacks(diary).fit(X, Y)
    assert diary.entries.count("end epoch 1") == 2
    assert "end epoch 2" not in diary.entries
    diary = Diary(stop_at=lambda name, number: name == "start")
    first = classifier(n_init=3).set_callbacks(diary).fit(X, Y)
    assert [entry for entry in diary.entries if "start" in entry] == [
        "begin start 0",
        "end start 0",
    ]
    assert first.loss_curve_ == classifier().fit(X, Y).loss_curve_


def test_a_warm_start_is_a_fit_of_its_own():
    model = classifier(warm_start=True, n_init=2).fit(X, Y)
    diary = Diary()
    model.set_params(max_iter=2).set_callbacks(diary).fit(X, Y)
    assert diary.entries == ["setup", "begin fit 0", *told_of(2), "end fit 0", "teardown"]
    assert [fitted.n_iter_ for fitted in diary.fitted] == [1, 2, 2]


def test_an_interrupt_while_a_callback_is_told_takes_its_epoch_back():
    model = classifier().set_callbacks(Diary(fail_at="epoch 1", error=KeyboardInterrupt))
    with pytest.warns(UserWarning, match="interrupted by the user"):
        model.fit(X, Y)
    assert model.n_iter_ == 1
    alone = classifier(max_iter=1).fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))


@pytest.mark.parametrize("fail_at", ["epoch 1", "fit 0"])
def test_a_callback_that_fails_leaves_the_estimator_as_it_was(fail_at):
    model = classifier(max_iter=2).fit(X, Y)
    before = model.predict_proba(X)
    diary = Diary(fail_at=fail_at)
    with pytest.raises(RuntimeError, match=fail_at):
        model.set_params(max_iter=4, random_state=1).set_callbacks(diary).fit(X, Y)
    assert diary.entries[-1] == "teardown"
    assert model.n_iter_ == 2
    np.testing.assert_array_equal(model.predict_proba(X), before)


@pytest.mark.parametrize(
    ("settings", "data"), [({}, (X, Y[:-1])), ({}, ([X[0] * np.nan], Y[:1])), ({"tol": -1}, (X, Y))]
)
def test_a_fit_that_fails_leaves_no_callback_behind(settings, data):
    diary = Diary()
    model = classifier(**settings).set_callbacks(diary)
    with pytest.raises(ValueError, match=r"y|NaN|tol"):
        model.fit(*data)
    assert diary.entries.count("setup") == diary.entries.count("teardown")
    assert set(vars(model)) == {*model.get_params(deep=False), "_skl_callbacks"}


@pytest.mark.parametrize("form", FORMS)
def test_scores_of_each_epoch_on_any_form(form):
    monitor = callback.ScoringMonitor(scoring="neg_log_loss")
    classifier(n_step_features=2).set_callbacks(monitor).fit(ALL[form], Y)
    scores = [row["neg_log_loss"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 4
    assert scores == sorted(scores)


def test_scores_and_progress_in_a_search_over_a_pipeline(capsys):
    monitor = callback.ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(PerStep(StandardScaler()), classifier(max_iter=3))
    pipeline[-1].set_callbacks(monitor)
    search = GridSearchCV(pipeline, {"rnnsequenceclassifier__alpha": [0.0, 0.1]}, cv=2, n_jobs=2)
    search.set_callbacks(callback.ProgressBar(max_propagation_depth=None)).fit(X, Y)
    rows = [row for log in monitor.get_logs("all") for row in log.data]
    assert sum(row["task_name"] == "epoch" for row in rows) == 3 * (2 * 2 + 1)
    shown = capsys.readouterr().out
    for text in ("GridSearchCV", "PerStep", "RNNSequenceClassifier", "100%"):
        assert text in shown


@pytest.mark.parametrize("fit", ["fit", "fit_transform"])
def test_transformers_of_steps_are_a_task_without_parts(fit):
    diary = Diary()
    getattr(PerStep(StandardScaler()).set_callbacks(diary), fit)(X)
    assert diary.entries == ["setup", "begin fit 0", "end fit 0", "teardown"]
    diary = Diary()
    scaler = PerStep(StandardScaler()).set_callbacks(diary)
    with pytest.raises(ValueError, match="infinity"):
        getattr(scaler, fit)([X[0] * np.inf])
    assert diary.entries == ["setup", "begin fit 0", "teardown"]
    scaler = PerStep(StandardScaler()).fit(X).set_callbacks(Diary(fail_at="fit 0"))
    mean = scaler.transformer_.mean_
    with pytest.raises(RuntimeError, match="fit 0"):
        getattr(scaler, fit)([x + 1 for x in X])
    assert scaler.transformer_.mean_ is mean


@pytest.mark.parametrize("fit", ["fit", "fit_transform"])
def test_a_transformer_that_fails_leaves_no_callback_behind(fit):
    scaler = PerStep(StandardScaler()).set_callbacks(Diary())
    with pytest.raises(ValueError, match="infinity"):
        getattr(scaler, fit)([X[0] * np.inf])
    assert set(vars(scaler)) == {"transformer", "n_step_features", "_skl_callbacks"}


def test_an_older_scikit_learn_does_without():
    program = (
        "import sys, warnings; warnings.simplefilter('ignore');"
        "import sklearn.pipeline, sklearn.model_selection;"
        "sys.modules['sklearn.callback'] = None;"
        "from skrnn import RNNSequenceClassifier as C;"
        "model = C(4, max_iter=2, n_init=2, random_state=0).fit([[0.0], [1.0]] * 5, [0, 1] * 5);"
        "print(model.n_iter_, hasattr(model, 'set_callbacks'))"
    )
    said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True)
    assert said.stdout.split() == [b"2", b"False"]


def lines_of(capsys):
    """Return what the first lines of fits say, and where all others are, each in their order."""
    lines = capsys.readouterr().out.splitlines()
    about = [line for line in lines if "RNNSequenceClassifier(" in line]
    return about, list(dict.fromkeys(line.split(", epoch")[0] for line in lines if "loss" in line))


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_verbose_says_which_fit_of_a_search_a_line_is_of(n_jobs, in_pipeline, capsys):
    network, prefix = classifier(max_iter=1, verbose=True), ""
    if in_pipeline:
        steps = [("scale", PerStep(StandardScaler())), ("network", network)]
        network, prefix = Pipeline(steps), "network__"
    with parallel_config("threading"):
        search = GridSearchCV(network, {f"{prefix}alpha": [0.0, 0.5]}, cv=2, n_jobs=n_jobs)
        search.fit(X, Y)
    about, places = lines_of(capsys)
    assert sorted(places) == ["Fit 1/4", "Fit 2/4", "Fit 3/4", "Fit 4/4", "Refit"]
    alphas = [re.match(r"(.*): .*(?:alpha=(.*?),)", line).groups() for line in sorted(about)]
    assert alphas[:4] == [
        ("Fit 1/4", "0.0"),
        ("Fit 2/4", "0.0"),
        ("Fit 3/4", "0.5"),
        ("Fit 4/4", "0.5"),
    ]


def test_verbose_says_which_iteration_of_a_halving_search_a_line_is_of(capsys):
    network = classifier(n_init=2, verbose=True)
    grid = {"alpha": [0.0, 0.1, 0.5]}
    HalvingGridSearchCV(network, grid, cv=2, resource="max_iter", max_resources=3).fit(X, Y)
    about, places = lines_of(capsys)
    fits = [
        *(f"Iter 0, fit {i}/6" for i in range(1, 7)),
        "Iter 1, fit 1/2",
        "Iter 1, fit 2/2",
        "Refit",
    ]
    assert [line.partition(":")[0] for line in about] == fits
    assert places == [f"{fit}, start {i}/2" for fit in fits for i in (1, 2)]


class Several(callback.CallbackSupportMixin, BaseEstimator):
    """Fits of a network, of which it is not known how many there will be."""

    def fit(self, X, y):
        about = {"max_subtasks": None, "sequential_subtasks": False}
        whole = self._init_callback_context(**about)
        for task_id in range(2):
            network = classifier(max_iter=1, verbose=True)
            with whole.subcontext(task_id=task_id).propagate_callback_context(network):
                network.fit(X, y)
        return self


def test_verbose_counts_fits_whose_number_is_not_known(capsys):
    Several().fit(X, Y)
    assert lines_of(capsys)[1] == ["Fit 1", "Fit 2"]
