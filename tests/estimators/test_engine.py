"""The choice of an engine: it changes how long things take, and what is rounded."""

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from skrnn import (
    GRU,
    Elman,
    Identity,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.inspection import hidden_states
from skrnn.inspection.states import states_of
from skrnn.network.cells import CELLS
from skrnn.network.compiled import engine
from skrnn.rules import InvalidParameterError
from skrnn.training.inference import NonFiniteError

pytest.importorskip("numba")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 6, 3)), np.arange(40) % 2
STEPS = np.where(X[:, :, 0] > 0, "up", "down")
TARGETS = {
    RNNSequenceClassifier: Y,
    RNNSequenceRegressor: X[:, -1, 0],
    RNNSequenceTagger: STEPS,
}
PRECISIONS = {np.float64: 1e-10, np.float32: 1e-4}
every_kind = pytest.mark.parametrize("kind", TARGETS)
KINDS_OF_CELL = [*CELLS, Elman(activation="relu")]


def model(kind=RNNSequenceClassifier, **settings):
    return kind(8, **{"engine": "numba", "max_iter": 3, "random_state": 0} | settings)


@pytest.fixture
def n_runs(monkeypatch):
    """Count forward passes of the compiled engine."""
    runs, original = [], engine.forward
    monkeypatch.setattr(engine, "forward", lambda *a: runs.append(a) or original(*a))
    return lambda: len(runs)


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("cell", KINDS_OF_CELL, ids=str)
@every_kind
def test_losses_after_ten_epochs(kind, cell, dtype, n_runs):
    settings = {"cell": cell, "max_iter": 10, "n_iter_no_change": 10, "learning_rate": 0.01}
    curves = [
        model(kind, engine=name, **settings).fit(X.astype(dtype), TARGETS[kind]).loss_curve_
        for name in engine.ENGINES
    ]
    assert n_runs() > 0
    np.testing.assert_allclose(curves[1], curves[0], rtol=PRECISIONS[dtype])


@pytest.mark.parametrize("settings", [{}, {"n_jobs": 3}, {"clip_by": "step_norm"}], ids=str)
def test_the_same_bits_each_time(settings):
    one, two = (model(cell="lstm", **settings).fit(X, Y) for _ in range(2))
    np.testing.assert_array_equal(one.parameters_.flat, two.parameters_.flat)


def test_a_weight_is_as_many_copies():
    weights = np.arange(40) % 3
    settings = {"early_stopping": False, "batch_size": 100}
    weighted = model(**settings).fit(X, Y, sample_weight=weights)
    copied = model(**settings).fit(X.repeat(weights, axis=0), Y.repeat(weights))
    np.testing.assert_array_equal(weighted.parameters_.flat, copied.parameters_.flat)


@every_kind
@pytest.mark.parametrize("before", engine.ENGINES)
def test_a_fitted_estimator_changes_its_engine(kind, before, n_runs):
    after = engine.ENGINES[before == "numpy"]
    fitted = model(kind, engine=before).fit(X, TARGETS[kind])
    fitted = pickle.loads(pickle.dumps(fitted))
    ask = (
        (lambda: fitted.predict(X))
        if kind is RNNSequenceRegressor
        else (lambda: fitted.predict_proba(X))
    )
    expected, n = ask(), n_runs()
    fitted.set_params(engine=after)
    np.testing.assert_allclose(np.stack(ask()), np.stack(expected), rtol=1e-10)
    assert (n_runs() > n) == (after == "numba")
    n = n_runs()
    fitted.partial_fit(X, TARGETS[kind])
    assert (n_runs() > n) == (after == "numba")
    assert fitted.network_.engine == after
    n = n_runs()
    fitted.set_params(engine=before, warm_start=True).fit(X, TARGETS[kind])
    assert (n_runs() > n) == (before == "numba")
    fitted.set_params(engine=after)
    n = n_runs()
    states_of(fitted, X[0], 0)
    assert (n_runs() > n) == (after == "numba")
    n = n_runs()
    hidden_states(fitted, X)
    assert (n_runs() > n) == (after == "numba")


def test_a_stream_has_the_engine_that_is_chosen(n_runs):
    fitted = model(engine="numpy").fit(X, Y)
    stream = fitted.set_params(engine="numba").stream()
    for x in X[0]:
        said = stream.update(x)
    assert n_runs() == len(X[0])
    np.testing.assert_allclose(said, fitted.predict_proba(X[:1])[0], rtol=1e-12)


@every_kind
def test_without_numba(kind, monkeypatch):
    fitted = model(kind).fit(X, TARGETS[kind])
    begun, expected = model(kind), fitted.predict(X)

    def fail():
        raise ImportError("pip install 'skrnn[fast]'")

    monkeypatch.setattr(engine, "load_loops", fail)
    before = {each: dict(vars(each)) for each in (fitted, begun)}
    for each in (fitted, begun):
        for call in (each.fit, fitted.partial_fit):
            with pytest.raises(ImportError, match="fast"):
                call(X, TARGETS[kind])
            assert vars(each) == before[each]
    with pytest.raises(ImportError, match="fast"):
        fitted.predict(X)
    said = fitted.set_params(engine="numpy").predict(X)
    if kind is RNNSequenceRegressor:
        np.testing.assert_allclose(said, expected, rtol=1e-10)
    else:
        np.testing.assert_array_equal(np.stack(said), np.stack(expected))


@pytest.mark.parametrize("value", ["torch", None, 1])
def test_no_engine(value):
    fitted = model().fit(X, Y).set_params(engine=value)
    for call in (lambda: fitted.fit(X, Y), lambda: fitted.predict(X), lambda: fitted.score(X, Y)):
        with pytest.raises(InvalidParameterError, match="'engine' parameter of RNNSequenceClass"):
            call()


@dataclass
class Own(GRU):
    def forward(self, *arguments):
        super().forward(*arguments)


def test_a_cell_without_a_rule():
    begun = model(cell=Own())
    before = dict(vars(begun))
    with pytest.raises(TypeError, match=r"let Own\.rule return"):
        begun.fit(X, Y)
    assert vars(begun) == before
    fitted = begun.set_params(engine="numpy").fit(X, Y).set_params(engine="numba")
    with pytest.raises(TypeError, match=r"let Own\.rule return"):
        fitted.predict(X)


def test_divergence_is_reported():
    cell = Elman(activation="relu", recurrent_init=Identity(scale=100.0))
    settings = {"cell": cell, "learning_rate": 1e3, "clip_threshold": None}
    with pytest.raises(NonFiniteError, match="became non-finite in epoch"):
        model(optimizer="sgd", max_iter=20, **settings).fit(1e150 * X, Y)


def test_a_cold_cache_is_told_of_once(tmp_path):
    script = """
import logging, numpy as np
from skrnn import RNNSequenceClassifier
logging.basicConfig(level=logging.INFO, format="logged: %(message)s")
logging.getLogger("numba").setLevel(logging.WARNING)
X = np.random.default_rng(0).normal(size=(8, 3, 1))
model = RNNSequenceClassifier(2, cell="elman", engine="numba", verbose=True, max_iter=1)
model.fit(X, [0, 1] * 4).fit(X, [0, 1] * 4)
"""
    command = [sys.executable, "-W", "ignore", "-c", script]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    for text, n_times in zip(
        (said[0].stdout, said[0].stderr, said[1].stdout), (1, 1, 0), strict=True
    ):
        assert text.count("Compiled the time loops of skrnn.network.compiled.elman") == n_times
