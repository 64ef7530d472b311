"""Gaps that ONNX models fill."""

import numpy as np
import pytest
import skl2onnx
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn.export import register, to_onnx
from skrnn.preprocessing import FillSteps, PerStep, StackSteps
from tests.export.cases import (
    KINDS,
    LENGTHS_NEW,
    N_FEATURES,
    SETTINGS,
    X_NEW,
    X,
    check_agreement,
    make_y,
    perturb,
    run,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
METHODS = ["forward", "linear", "mean"]


def with_gaps(X):
    """Knock values out, but at the end of a sequence, where they would be padding."""
    rng, X = np.random.default_rng(5), X.copy()
    lengths = (~np.isnan(X).all(axis=2)).sum(axis=1)
    out = rng.uniform(size=X.shape) < 0.4
    out[np.arange(len(X)), lengths - 1, 0] = False
    out[1, :, 1] = True
    X[out] = np.nan
    X[:, :, 2] = np.where(np.arange(X.shape[1]) < lengths[:, None], 0, np.nan)
    X[:, :, 2] += rng.integers(3, size=X.shape[:2]).cumsum(axis=1) / 2  # times
    return X


GAPS, GAPS_NEW = with_gaps(X), with_gaps(X_NEW)
ROWS = with_gaps(np.random.default_rng(0).normal(size=(9, 4, N_FEATURES)).astype(np.float32))


def make(*transformers, kind="classifier", X=GAPS, **settings):
    model = make_pipeline(*transformers, KINDS[kind](**SETTINGS | settings)).fit(X, make_y(kind))
    perturb(model[-1])
    return model


@pytest.mark.parametrize("times", [None, 2])
@pytest.mark.parametrize("appended", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_padded_sequences(method, appended, times):
    filler = FillSteps(method, add_indicator=appended, add_elapsed=appended, times=times)
    model = make(filler, PerStep(StandardScaler()))
    check_agreement(model, GAPS_NEW, run(to_onnx(model), GAPS_NEW))
    beyond = np.arange(GAPS_NEW.shape[1]) >= LENGTHS_NEW[:, None]
    other = np.where(beyond[:, :, None], 7, GAPS_NEW).astype(np.float32)
    check_agreement(model, GAPS_NEW, run(to_onnx(model, lengths=True), other, lengths=LENGTHS_NEW))


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_of_known_length_the_last_steps_may_be_gaps(method, stacked):
    """A list says where sequences end, and so do lengths; NaN does not."""
    stack = [StackSteps(2)] if stacked else []
    model = make(FillSteps(method), PerStep(StandardScaler()), *stack)
    X = GAPS_NEW.copy()
    last = np.flatnonzero(LENGTHS_NEW > 2)
    X[last, LENGTHS_NEW[last] - 1] = X[last, LENGTHS_NEW[last] - 2] = np.nan
    said = run(to_onnx(model, lengths=True), X, lengths=LENGTHS_NEW)
    check_agreement(model, [x[:n] for x, n in zip(X, LENGTHS_NEW, strict=True)], said)


@pytest.mark.parametrize("method", METHODS)
def test_rows(method):
    filler = FillSteps(method, add_indicator=True, add_elapsed=True, n_step_features=N_FEATURES)
    rows = ROWS.reshape(len(ROWS), -1)
    model = make(filler, StackSteps(3, n_step_features=3 * N_FEATURES), X=rows)
    check_agreement(model, rows, run(to_onnx(model), rows))
    columns = make(FillSteps(method), StandardScaler(), X=rows)
    check_agreement(columns, rows, run(to_onnx(columns), rows))


@pytest.mark.parametrize("kind", ["tagger", "regressor of steps"])
def test_targets_of_steps(kind):
    model = make(FillSteps(), kind=kind)
    check_agreement(model, GAPS_NEW, run(to_onnx(model), GAPS_NEW), LENGTHS_NEW)


def test_one_step():
    model, last = make(FillSteps("linear", add_elapsed=True)), GAPS_NEW[:, :1]
    last[:, 0, 0] = 1
    check_agreement(model, last, run(to_onnx(model), last))


def test_an_imputer_per_step():
    model = make(PerStep(SimpleImputer()))
    check_agreement(model, GAPS_NEW, run(to_onnx(model), GAPS_NEW))


@pytest.mark.parametrize("imputer", [SimpleImputer, KNNImputer])
def test_indicators_that_skl2onnx_leaves_out(imputer):
    model = make(PerStep(imputer(add_indicator=True)))
    with pytest.raises(ValueError, match=r"Imputer\(add_indicator=True\) appends indicators, as"):
        to_onnx(model)


def test_neighbours_cannot_be_written():
    model = make(PerStep(KNNImputer(n_neighbors=2)))
    with pytest.raises(ValueError, match=r"KNNImputer\(n_neighbors=2\) needs functions in a model"):
        to_onnx(model, target_opset=18)


@pytest.mark.parametrize("opset", [14, 21])
def test_opsets(opset):
    model = make(FillSteps("linear", add_elapsed=True))
    check_agreement(model, GAPS_NEW, run(to_onnx(model, target_opset=opset), GAPS_NEW))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_skl2onnx_by_itself(dtype):
    register()
    model, given = make(FillSteps("linear", add_elapsed=True)), GAPS_NEW.astype(dtype)
    proto = skl2onnx.to_onnx(model, given[:1], options={"zipmap": False})
    check_agreement(model, given, run(proto, given))
