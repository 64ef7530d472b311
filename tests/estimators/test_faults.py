"""Whatever fails at any point of a fit: the estimator is as it was, or as after whole epochs."""

import io
import pickle
from contextlib import contextmanager, redirect_stdout
from functools import cache, partial
from itertools import product

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.estimators.targets import target
from skrnn.network.network import Network
from skrnn.preprocessing import FillSteps, PerStep, StackSteps
from skrnn.saving import TRUSTED_TYPES
from skrnn.training import descent, gradients, lbfgs, loop
from skrnn.training.monitor import Monitor
from skrnn.training.optimizers import Stepper
from skrnn.training.plan import Plan
from skrnn.training.progress import Progress
from tests.estimators.faults import NOTES, Diary, Disk, Fault, fails, faults, snapshot

try:
    from sklearn import callback
except ImportError:  # scikit-learn < 1.9, where nobody is told of an epoch, nor fails on hearing
    callback = None
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
X = [RNG.normal(size=(n, 2)) for n in (3, 4, 2, 4, 3, 2)]
OTHER = [1 + 2 * x for x in X]
Y = np.array([x[0, 0] > 0 for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
SETTINGS = {
    "hidden_layer_sizes": 2,
    "cell": "elman",
    "max_iter": 3,
    "n_iter_no_change": 9,
    "batch_size": 3,
    "random_state": 0,
}
ESTIMATORS = {
    "classifier": (RNNSequenceClassifier, Y, {"classes": [False, True]}),
    "tagger": (RNNSequenceTagger, STEPS, {"classes": ["up", "down"]}),
    "regressor": (RNNSequenceRegressor, np.array([x.sum() for x in X]), {}),
}
WAYS = {
    "fit": {},
    "fit again": {"max_iter": 2, "n_jobs": 2},
    "warm fit": {"warm_start": True},
    "fit with X_val": {"max_iter": 2},
    "warm fit with X_val": {"warm_start": True},
    "fit of two starts": {"n_init": 2, "max_iter": 2},
    "fit by L-BFGS": {"optimizer": "lbfgs"},
    "partial_fit": {},
    "partial_fit again": {},
}
CALLS = [
    (loop, "train_epoch"),
    (descent, "loss_and_gradient"),
    (lbfgs, "loss_and_gradient"),
    (gradients, "loss_and_gradient"),  # in threads
    (target, "predict_rows"),
    (Plan, "of"),
    (Network, "initialize"),
    (Progress, "copy"),
    (Monitor, "record"),
    (Monitor, "record_validated"),
    (Stepper, "step"),
]
WRITERS = {
    "joblib": (joblib.dump, joblib.load),
    "joblib, compressed": (partial(joblib.dump, compress=3), joblib.load),
    "skops": (skops.io.dump, partial(skops.io.load, trusted=TRUSTED_TYPES)),
}


class Fragile(StandardScaler):
    """A scaler with an event before and after it learns, and before it transforms."""

    fault = Fault(RuntimeError)

    def partial_fit(self, *arguments, **named):  # which `fit` calls
        self.fault.event()
        super().partial_fit(*arguments, **named)
        self.fault.event()
        return self

    def transform(self, *arguments):
        self.fault.event()
        return super().transform(*arguments)


@pytest.fixture(autouse=True)
def _data_stay_as_they_are():
    before = joblib.hash([X, OTHER, ESTIMATORS])
    with threadpool_limits(2, user_api="blas"):
        yield
    assert joblib.hash([X, OTHER, ESTIMATORS]) == before


@cache
def begun(name, way):
    """Return an estimator to begin with, pickled, and the validation set of its fits."""
    kind, y, _ = ESTIMATORS[name]
    model, given = kind(**SETTINGS | WAYS[way]), {}
    if "X_val" in way:
        given = {"X_val": OTHER, "y_val": y}
    if "warm" in way or "again" in way:
        model.fit(OTHER, y, **given)
    return pickle.dumps(model), given


def prepared(name, way):
    """Return an estimator, and what is to be done to it."""
    _, y, classes = ESTIMATORS[name]
    pickled, given = begun(name, way)
    model = pickle.loads(pickled)
    if "partial_fit" in way:
        return model, partial(model.partial_fit, X, y, **classes)
    return model, partial(model.fit, X, y, **given)


def check_every_fault(name, way, error, watch):
    """Let a fit fail at every event of its callbacks and of what `watch` makes one."""
    whole, n_told = {}, 0
    for fault in faults(error):
        model, act = prepared(name, way)
        diary = Diary(fault)
        if callback:
            model.set_callbacks(diary)
        with watch(fault, model):
            before = snapshot(model, X)
            failed = fails(fault, act)
        told = diary.epochs
        if fault.at is None:
            whole, n_told = snapshot(model, X), len(told)
            continue
        assert failed or error is KeyboardInterrupt
        if failed:
            assert snapshot(model, X) == before
            if callback and error is KeyboardInterrupt:
                # in the first epoch, or when a start or all is over
                assert len(told) in (0, 1, model.max_iter, n_told)
        elif callback:
            kept = told[-2:]  # an interrupt while the last one was told takes it back
            if "starts" in way:
                kept += told[1:2]  # the end of the first start, which may be better
            assert snapshot(model, X) in [snapshot(fitted, X, NOTES) for fitted in kept]
        if failed or "warm" not in way:
            act()
            assert snapshot(model, X) == whole


@pytest.mark.parametrize(
    ("name", "way", "error"),
    [
        *product(ESTIMATORS, WAYS, [KeyboardInterrupt]),
        ("classifier", "fit of two starts", MemoryError),
        ("regressor", "warm fit with X_val", MemoryError),
        ("tagger", "partial_fit again", MemoryError),
    ],
)
def test_a_fit_that_fails_in_any_call(name, way, error, monkeypatch):
    @contextmanager
    def calls(fault, model):
        with monkeypatch.context() as patch:
            for owner, function in CALLS:
                patch.setattr(owner, function, fault.before(getattr(owner, function)))
            yield

    check_every_fault(name, way, error, calls)


@pytest.mark.parametrize("way", ["fit with X_val", "partial_fit"])
def test_ctrl_c_at_any_line_of_the_loop(way):
    def lines(fault, model):
        return fault.at_lines("training/loop.py", "training/monitor.py")

    check_every_fault("classifier", way, KeyboardInterrupt, lines)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_scorer_that_fails_in_a_monitor(error):
    pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")

    @contextmanager
    def scores(fault, model):
        monitor = callback.ScoringMonitor(scoring={"score": fault.before(get_scorer("accuracy"))})
        model.set_callbacks(*model._skl_callbacks, monitor)
        yield

    check_every_fault("classifier", "fit", error, scores)


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_a_line_that_cannot_be_printed(error):
    @contextmanager
    def lines(fault, model):
        model.set_params(verbose=True)
        with redirect_stdout(io.StringIO()) as out:
            out.write = fault.before(out.write)
            yield

    check_every_fault("classifier", "fit of two starts", error, lines)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_scorer_that_fails_in_a_search(error):
    whole, model = {}, RNNSequenceClassifier(**SETTINGS).fit(OTHER, Y)
    before = snapshot(model, X)
    for fault in faults(error):
        scorer = fault.before(get_scorer("accuracy"))
        grid = {"alpha": [0.0, 0.1]}
        search = GridSearchCV(model, grid, cv=2, scoring=scorer, error_score="raise")
        failed = fails(fault, lambda search=search: search.fit(X, Y))
        assert failed == (fault.at is not None)
        assert snapshot(model, X) == before
        if failed:
            search.fit(X, Y)
        whole = whole or snapshot(search.best_estimator_, X)
        assert snapshot(search.best_estimator_, X) == whole


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (PerStep, "fit"),
        (PerStep, "fit_transform"),
        (PerStep, "partial_fit"),
        (StackSteps, "fit"),
        (FillSteps, "fit"),
    ],
)
def test_a_transformer_that_fails_at_any_line(kind, method, begun, error, monkeypatch):
    names = ("fill_steps", "per_step", "stack_steps", "steps")
    whole, files = {}, [f"preprocessing/{name}.py" for name in names]
    for fault in faults(error):
        model = PerStep(Fragile()) if kind is PerStep else kind()
        if begun:
            model.fit(OTHER)
        if callback and kind is PerStep:
            model.set_callbacks(Diary(fault))
        before = snapshot(model)
        with monkeypatch.context() as patch, fault.at_lines(*files):
            patch.setattr(Fragile, "fault", fault)
            failed = fails(fault, partial(getattr(model, method), X))
        assert failed == (fault.at is not None)
        if failed:
            assert snapshot(model) == before
            getattr(model, method)(X)
        whole = whole or snapshot(model)
        assert snapshot(model) == whole


@pytest.mark.parametrize("begun", [False, True])
def test_a_transformer_that_fails_in_a_pipeline(begun, monkeypatch):
    network, whole = RNNSequenceClassifier(**SETTINGS), []
    steps = [PerStep(Fragile()), StackSteps(2), PerStep(Fragile()), network]
    for fault in faults(RuntimeError):
        pipeline = make_pipeline(*map(clone, steps))
        if begun:
            pipeline.fit(OTHER, Y)
        before = [*map(snapshot, pipeline)]
        with monkeypatch.context() as patch:
            patch.setattr(Fragile, "fault", fault)
            failed = fails(fault, partial(pipeline.fit, X, Y))
        assert failed == (fault.at is not None)
        if failed:
            after = [*map(snapshot, pipeline)]
            n_done = [after[:i] == whole[:i] for i in range(1, 5)].index(False)
            assert after[n_done:] == before[n_done:]  # scikit-learn has fitted those before
            pipeline.fit(X, Y)
        whole = whole or [*map(snapshot, pipeline)]
        assert [*map(snapshot, pipeline)] == whole


@pytest.mark.parametrize("stays_full", [False, True])
@pytest.mark.parametrize("writer", WRITERS)
def test_a_file_that_is_written_in_part_is_no_model(writer, stays_full):
    dump, load = WRITERS[writer]
    network = RNNSequenceClassifier(**SETTINGS)
    model = make_pipeline(PerStep(StandardScaler()), StackSteps(2), network).fit(X, Y)
    before, said = [*map(snapshot, model)], model.predict_proba(X)
    for fault in faults(OSError):
        disk = Disk(fault, stays_full=stays_full)
        failed = fails(fault, partial(dump, model, disk))
        assert failed == (fault.at is not None)
        assert [*map(snapshot, model)] == before
        disk.seek(0)
        if failed:
            with pytest.raises(Exception):  # noqa: B017, PT011 - which one, is the reader's affair
                load(disk)
        else:
            np.testing.assert_array_equal(load(disk).predict_proba(X), said)
