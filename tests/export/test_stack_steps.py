"""Joined steps in ONNX models."""

import numpy as np
import pytest
import skl2onnx
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.export import register, to_onnx
from skrnn.preprocessing import PerStep, StackSteps
from tests.export.cases import (
    KINDS,
    LENGTHS,
    LENGTHS_NEW,
    SETTINGS,
    X_NEW,
    X,
    check_agreement,
    make_padded,
    make_y,
    perturb,
    run,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ROWS = np.random.default_rng(0).normal(5, 3, size=(30, 14)).astype(np.float32)  # 7 steps of 2
Y_ROWS = {"classifier": np.where(ROWS[:, 0] > 5, "up", "down"), "regressor": ROWS[:, :3]}


def make_steps(kind, *transformers, X=X, **settings):
    """Return a fitted pipeline on padded 3-D X."""
    model = make_pipeline(*transformers, KINDS[kind](**SETTINGS | settings)).fit(X, make_y(kind))
    perturb(model[-1])
    return model


def make_rows(kind, *transformers):
    """Return a fitted pipeline on 2-D X."""
    model = make_pipeline(*transformers, KINDS[kind](**SETTINGS)).fit(ROWS, Y_ROWS[kind])
    perturb(model[-1])
    return model


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("n_steps", ["auto", 2, 3, 8, 20])
def test_padded_sequences_of_any_number_of_steps(kind, n_steps):
    model = make_steps(kind, StackSteps(n_steps), readout="mean", bidirectional=True)
    proto = to_onnx(model)
    for width in range(1, 10):
        new, _ = make_padded(6, width, seed=width)
        check_agreement(model, new, run(proto, new))
    filled = np.nan_to_num(X_NEW)
    said = run(to_onnx(model, lengths=True), filled, lengths=LENGTHS_NEW)
    check_agreement(model, X_NEW, said)


@pytest.mark.parametrize(
    "transformers",
    [
        [PerStep(StandardScaler()), StackSteps(3)],
        [StackSteps(3), PerStep(PCA(2))],
        [StackSteps(2), StackSteps(2)],
    ],
    ids=["after", "before", "twice"],
)
def test_beside_other_transformers_of_steps(transformers):
    model = make_steps("classifier", *transformers)
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))
    said = run(to_onnx(model, lengths=True), np.nan_to_num(X_NEW), lengths=LENGTHS_NEW)
    check_agreement(model, X_NEW, said)


@pytest.mark.parametrize("kind", ["classifier", "regressor"])
@pytest.mark.parametrize("n_steps", ["auto", 2, 7, 20])
@pytest.mark.parametrize(
    "transformers",
    [[], [StandardScaler()], [PerStep(StandardScaler(), n_step_features=2)]],
    ids=["alone", "columns", "steps"],
)
def test_rows(transformers, n_steps, kind):
    model = make_rows(kind, *transformers, StackSteps(n_steps, n_step_features=2))
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


def test_rows_become_sequences_for_transformers_that_follow():
    model = make_rows("classifier", StackSteps(2, n_step_features=2), PerStep(PCA(2)))
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


def test_rows_have_no_lengths():
    model = make_rows("classifier", StackSteps(2))
    with pytest.raises(ValueError, match="lengths=True, but the estimator was fitted on 2-D X"):
        to_onnx(model, lengths=True)


@pytest.mark.parametrize(
    ("network", "targets"), [(RNNSequenceTagger, [0, 1]), (RNNSequenceRegressor, [[1, 2], [3, 5]])]
)
def test_networks_with_targets_for_joined_steps(network, targets):
    """Which are fitted by themselves, since only who joined the steps can have such targets."""
    stack_steps = StackSteps(2).fit(X)
    joined = stack_steps.transform(X)
    y = [np.resize(targets, (n, *np.shape(targets)[1:])) for n in -(-LENGTHS // 2)]
    fitted = perturb(network(**SETTINGS).fit(joined, y))
    model = Pipeline([("join", stack_steps), ("network", fitted)])
    n_new = -(-LENGTHS_NEW // 2)
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW), n_new)
    said = run(to_onnx(model, lengths=True), np.nan_to_num(X_NEW), lengths=LENGTHS_NEW)
    check_agreement(model, X_NEW, said, n_new)


@pytest.mark.parametrize("opset", [14, 18, 21])
def test_opsets(opset):
    model = make_steps("classifier", StackSteps(3))
    proto = to_onnx(model, target_opset=opset, lengths=True)
    assert max(o.version for o in proto.opset_import) <= opset
    check_agreement(model, X_NEW, run(proto, X_NEW, lengths=LENGTHS_NEW))


def test_a_search_over_the_number_of_steps():
    model = make_pipeline(StackSteps(), RNNSequenceClassifier(**SETTINGS))
    search = GridSearchCV(model, {"stacksteps__n_steps": [2]}, cv=2)
    search.fit(ROWS, Y_ROWS["classifier"])
    check_agreement(search, ROWS, run(to_onnx(search), ROWS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_skl2onnx_by_itself(dtype):
    register()
    rows, steps = ROWS.astype(dtype), np.nan_to_num(X_NEW).astype(dtype)
    of_rows = make_rows("classifier", StackSteps(3))
    of_steps = make_steps("classifier", PerStep(StandardScaler()), StackSteps(3))
    for model, given in ((of_rows, rows), (of_steps, steps)):
        proto = skl2onnx.to_onnx(model, given[:1], options={"zipmap": False})
        check_agreement(model, given, run(proto, given))


def test_skl2onnx_finds_padding():
    register()
    model = make_steps("classifier", StackSteps(3))
    proto = skl2onnx.to_onnx(model, X_NEW[:1], options={"zipmap": False})
    check_agreement(model, X_NEW, run(proto, X_NEW))
