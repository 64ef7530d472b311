import json
import subprocess
import sys
from dataclasses import dataclass, replace

import numpy as np
import onnx
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

import skrnn
from skrnn import (
    GRU,
    Elman,
    Huber,
    Quantile,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.export import to_onnx
from tests.export.cases import (
    KINDS,
    LENGTHS,
    LENGTHS_NEW,
    QUANTILES,
    SETTINGS,
    X_NEW,
    X,
    check_agreement,
    make,
    make_y,
    perturb,
    run,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
CELLS = {"tanh": "elman", "relu": Elman("relu"), "gru": "gru", "lstm": "lstm"}
NETWORKS = [
    (kind, readout)
    for kind in KINDS
    for readout in ("last", "mean", "max")
    if kind not in {"tagger", "classifier of several"} or readout == "last"
]


@pytest.mark.parametrize("sizes", [(4,), (4, 3)])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("kind", "readout"), NETWORKS)
def test_says_what_the_estimator_says(kind, readout, cell, bidirectional, sizes):
    """Also of other numbers of sequences and steps than those of the fit."""
    settings = {} if kind == "tagger" else {"readout": readout}
    estimator = make(
        kind,
        cell=CELLS[cell],
        bidirectional=bidirectional,
        hidden_layer_sizes=sizes,
        **settings,
    )
    model = to_onnx(estimator)
    lengths = LENGTHS_NEW if estimator.network_.per_step else None
    check_agreement(estimator, X_NEW, run(model, X_NEW), lengths)


@pytest.mark.parametrize("kind", KINDS)
def test_lengths_make_padding_of_anything(kind):
    estimator = make(kind, bidirectional=True)
    filled = X_NEW.copy()
    padding = np.isnan(filled)
    filled[padding] = np.resize([1e30, np.inf, np.nan, 0], padding.sum())
    model = to_onnx(estimator, lengths=True)
    by_lengths, by_nan = run(model, filled, lengths=LENGTHS_NEW), run(to_onnx(estimator), X_NEW)
    for name, values in by_lengths.items():
        np.testing.assert_array_equal(values, by_nan[name])
    more = run(model, X_NEW[:1], lengths=np.array([99], np.int32))  # than there are
    np.testing.assert_array_equal(more[name], by_nan[name][:1])


def test_one_sequence_and_one_step():
    estimator = make("regressor of steps", readout="max", bidirectional=True)
    check_agreement(estimator, X_NEW[:1, :1], run(to_onnx(estimator), X_NEW[:1, :1]))


def test_a_step_of_which_something_is_known_is_none_of_padding():
    filled = np.nan_to_num(X_NEW)
    filled[:, -1, :2] = np.nan
    assert np.isnan(run(to_onnx(make("classifier", cell="elman")), filled)["probabilities"]).all()


@pytest.mark.parametrize("labels", ["int", "str"])
def test_what_stands_after_the_end(labels):
    y = [np.where(tags > 1, 7, 5).astype(labels) for tags in make_y("tagger")]
    said = run(to_onnx(make("tagger", y=y)), X_NEW)
    after = np.arange(X_NEW.shape[1]) >= LENGTHS_NEW[:, None]
    assert set(said["label"][after]) == {-1 if labels == "int" else ""}
    assert np.isnan(said["probabilities"][after]).all()
    of_steps = run(to_onnx(make("regressor of steps")), X_NEW)["variable"]
    np.testing.assert_array_equal(np.isnan(of_steps), np.repeat(after[:, :, None], 2, axis=2))


@pytest.mark.parametrize("readout", ["last", "mean", "max"])
def test_rows(readout):
    rows = X_NEW[LENGTHS_NEW == 8].repeat(3, axis=0)[:, :, 0]
    settings = SETTINGS | {"n_step_features": 2, "readout": readout, "bidirectional": True}
    y = np.arange(len(rows)) % 2
    classifier = perturb(RNNSequenceClassifier(**settings).fit(rows, y))
    check_agreement(classifier, rows, run(to_onnx(classifier), rows))
    regressor = perturb(RNNSequenceRegressor(**settings).fit(rows, rows.reshape(-1, 4, 2)))
    model = to_onnx(regressor)
    check_agreement(regressor, rows, run(model, rows))
    (output,) = model.graph.output
    assert [d.dim_param or d.dim_value for d in output.type.tensor_type.shape.dim] == [
        "n_sequences",
        4,
        2,
    ]


def test_rows_of_a_tagger_are_steps():
    rows = X[:, 0]
    tagger = perturb(RNNSequenceTagger(**SETTINGS).fit(rows, np.arange(9) % 3))
    check_agreement(tagger, rows, run(to_onnx(tagger), rows))


@pytest.mark.parametrize(
    ("classes", "dtype"),
    [
        ([3, 10**12], np.int64),
        (np.array([3, 5], np.uint8), np.int64),
        ([False, True], np.int64),
        ([-1.0, 2.0], np.int64),
        (["no", "yes"], object),
        (np.array(["no", "ja"], object), object),
    ],
)
def test_labels(classes, dtype):
    y = np.asarray(classes)[np.arange(9) % 2]
    estimator = make("classifier", y=y)
    model = to_onnx(estimator)
    said = run(model, X)
    assert said["label"].dtype == dtype
    check_agreement(estimator, X, said)
    notes = {note.key: note.value for note in model.metadata_props}
    assert json.loads(notes["classes"]) == sorted(set(y.tolist()))


@pytest.mark.parametrize(
    ("classes", "named"),
    [
        (np.array([2, 2**64 - 1, 0], np.uint64), str(2**64 - 1)),
        (np.array([2, 2**63, 0], np.uint64), str(2**63)),
        (np.array([0.0, 0.5, 1.0]), "0.5"),
        (np.array(["2020", "2021", "2022"], "datetime64[Y]"), "date"),
        (np.array(["2020", "2021", "2022"], "datetime64[ns]"), "date"),
        (np.array([1, "a", "b"], object), "'a'"),
    ],
)
def test_labels_that_onnx_has_not(classes, named):
    estimator = make("classifier")
    estimator._target = replace(estimator._target, classes=classes)
    with pytest.raises(ValueError, match=rf"fitted on a y that has .*{named}.*LabelEncoder"):
        to_onnx(estimator)


def test_one_number_has_an_axis_too():
    estimator = make("regressor", y=np.arange(9.0))
    np.testing.assert_allclose(
        run(to_onnx(estimator), X)["variable"][:, 0], estimator.predict(X), rtol=1e-5
    )


@pytest.mark.parametrize("kind", ["regressor", "regressor of steps"])
@pytest.mark.parametrize("loss", QUANTILES, ids=repr)
def test_quantiles(loss, kind):
    estimator = make(kind, loss=loss)
    lengths = LENGTHS_NEW if kind == "regressor of steps" else None
    said = run(to_onnx(estimator), X_NEW)
    check_agreement(estimator, X_NEW, said, lengths)
    assert ("quantiles" in said) == (loss.n_scores > 1)
    if loss.n_scores > 1:
        steps = np.diff(said["quantiles"])
        assert (steps[~np.isnan(steps)] >= 0).all()
        np.testing.assert_array_equal(said["quantiles"][..., loss.middle], said["variable"])


def test_quantiles_of_rows_and_of_one_output():
    rows = np.nan_to_num(X[:, :, 0])
    estimator = make("regressor", rows, make_y("regressor")[:, 0], loss=QUANTILES[1])
    said = run(to_onnx(estimator), rows)
    assert said["quantiles"].shape == (9, 1, 3)
    expected = estimator.predict_quantiles(rows)
    np.testing.assert_allclose(said["quantiles"][:, 0], expected, rtol=1e-5, atol=1e-5)


def test_quantiles_of_a_constant():
    y = make_y("regressor")
    y[:, 1] = 7
    estimator = make("regressor", y=y, loss=QUANTILES[1])
    np.testing.assert_array_equal(run(to_onnx(estimator), X)["quantiles"][:, 1], 7)


def test_a_quantile_with_a_link_of_its_own():
    class Twice(Quantile):
        def quantiles(self, scores):
            return 2 * super().quantiles(scores)

    with pytest.raises(ValueError, match=r"Twice\(.*\).* a method of its own"):
        to_onnx(make("regressor", loss=Twice([0.1, 0.9])))


@pytest.mark.parametrize("loss", ["poisson", Huber(0.5)])
def test_losses(loss):
    y = np.random.default_rng(0).poisson(300, size=(9, 2)) + 0.0
    estimator = make("regressor", y=y, loss=loss)
    check_agreement(estimator, X, run(to_onnx(estimator), X))


def test_a_loss_with_a_link_of_its_own():
    @dataclass
    class SquareLink(Huber):
        def predict(self, scores):
            return scores**2

    with pytest.raises(ValueError, match=r"SquareLink\(.*\).* a method of its own"):
        to_onnx(make("regressor", loss=SquareLink()))


def test_a_cell_of_ones_own():
    @dataclass
    class Leaky(GRU):
        leak: float = 0.5

    with pytest.raises(ValueError, match=r"Leaky\(.*leak=0\.5\): of Elman, GRU, LSTM only"):
        to_onnx(make("classifier", cell=Leaky()))


def test_numbers_beyond_float32():
    with pytest.raises(ValueError, match=r"y\.size holds numbers beyond the range of float32"):
        to_onnx(make("regressor", X.astype(float), y=1e60 * np.arange(9.0)))


def test_a_fit_in_float64_and_scores_far_apart():
    estimator = make("classifier", X.astype(float))
    estimator.parameters_.flat *= 1000.0
    scores = estimator.decision_function(X)
    assert np.ptp(scores, axis=1).max() > 1000  # exp of which is infinite
    said = run(to_onnx(estimator), X)
    assert said["probabilities"].dtype == np.float32
    np.testing.assert_allclose(said["probabilities"].sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(said["label"], estimator.predict(X))


@pytest.mark.parametrize("kind", ["classifier", "classifier of several", "tagger"])
def test_log_probabilities(kind):
    estimator = make(kind)
    estimator.parameters_["readout.bias"][0] = -30
    lengths = LENGTHS_NEW if kind == "tagger" else None
    said = run(to_onnx(estimator, output="log_proba"), X_NEW)
    check_agreement(estimator, X_NEW, said, lengths)
    assert np.nanmin(said["log_probabilities"]) < -28


def test_a_regressor_has_no_probabilities():
    with pytest.raises(ValueError, match=r"output='log_proba' .* RNNSequenceRegressor predicts no"):
        to_onnx(make("regressor"), output="log_proba")
    with pytest.raises(skrnn.InvalidParameterError, match=r"output must be .*'log'"):
        to_onnx(make("classifier"), output="log")


@pytest.mark.parametrize("opset", [14, 17, 18, 21])
@pytest.mark.parametrize("kind", KINDS)
def test_opsets(kind, opset):
    settings = {} if kind == "tagger" else {"readout": "max"}
    estimator = make(kind, bidirectional=True, **settings)
    model = to_onnx(estimator, target_opset=opset, lengths=True)
    assert {(o.domain, o.version) for o in model.opset_import} == {("", opset)}
    lengths = LENGTHS_NEW if estimator.network_.per_step else None
    check_agreement(estimator, X_NEW, run(model, X_NEW, lengths=LENGTHS_NEW), lengths)


def test_newest_opset_is_valid_onnx():
    to_onnx(make("regressor", readout="max"), target_opset=onnx.defs.onnx_opset_version())


@pytest.mark.parametrize("opset", [13, 999, 15.0, "15", None])
def test_opsets_that_are_none(opset):
    with pytest.raises(skrnn.InvalidParameterError, match=r"from 14 to .* Got"):
        to_onnx(make("regressor"), target_opset=opset)


@pytest.mark.parametrize("readout", ["last", "mean", "max"])
def test_no_node_or_constant_goes_unused(readout):
    """Of a constant that nothing reads, onnxruntime warns."""
    for estimator in (
        make("regressor", readout=readout),
        make("regressor of steps", readout=readout, bidirectional=True),
        make("classifier", X[:, 0], readout=readout),
    ):
        graph = to_onnx(estimator).graph
        read = {name for node in graph.node for name in node.input}
        read |= {output.name for output in graph.output}
        assert read >= {constant.name for constant in graph.initializer}
        assert all(read & set(node.output) for node in graph.node)


def test_metadata():
    frame = pd.DataFrame(X[:, 0], columns=["a", "b", "c"])
    model = to_onnx(make("classifier", frame))
    assert (model.producer_name, model.producer_version) == ("skrnn", skrnn.__version__)
    assert model.ir_version <= 10
    assert {note.key: note.value for note in model.metadata_props} == {
        "estimator": "RNNSequenceClassifier",
        "skrnn_version": skrnn.__version__,
        "classes": '["a", "b", "c"]',
        "feature_names": '["a", "b", "c"]',
    }
    without = to_onnx(make("regressor"))
    assert {note.key for note in without.metadata_props} == {"estimator", "skrnn_version"}


def test_names_and_shapes_of_inputs_and_outputs():
    def described(values):
        return {
            v.name: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
            for v in values
        }

    graph = to_onnx(make("tagger"), lengths=True).graph
    steps = ["n_sequences", "n_timesteps"]
    assert described(graph.input) == {"X": [*steps, 3], "lengths": steps[:1]}
    assert described(graph.output) == {"label": steps, "probabilities": [*steps, 5]}
    assert graph.input[1].type.tensor_type.elem_type == onnx.TensorProto.INT32


def test_a_search_stands_for_its_best_estimator():
    search = GridSearchCV(RNNSequenceClassifier(**SETTINGS), {"readout": ["max"]}, cv=3)
    search.fit(X, make_y("classifier"))
    check_agreement(search, X_NEW, run(to_onnx(search), X_NEW))


def test_the_estimator_stays_as_it_was():
    estimator = make("classifier")
    before = estimator.parameters_.flat.copy()
    to_onnx(estimator)
    np.testing.assert_array_equal(estimator.parameters_.flat, before)


@pytest.mark.parametrize("kind", KINDS)
def test_not_fitted(kind):
    with pytest.raises(NotFittedError):
        to_onnx(KINDS[kind]())


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (LogisticRegression(), "a LogisticRegression"),
        (RNNSequenceClassifier, "a class"),
        (GridSearchCV(RNNSequenceClassifier(), {}), "a GridSearchCV"),
    ],
)
def test_what_is_no_estimator_of_skrnn(given, named):
    with pytest.raises(TypeError, match=rf"one of skrnn's.* ends in, {named}\."):
        to_onnx(given)


def test_rows_have_no_lengths():
    with pytest.raises(ValueError, match=r"lengths=True, but .* 2-D X"):
        to_onnx(make("classifier", X[:, 0]), lengths=True)


def test_without_onnx(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"pip install 'skrnn\[onnx\]'"):
        to_onnx(make("classifier"))


def test_importing_imports_no_onnx():
    code = "import sys, skrnn.export; print(*{'onnx', 'skl2onnx', 'onnxruntime'} & {*sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""


def test_lengths_of_the_cases_differ():
    """Or the tests above say nothing of padding."""
    assert min(LENGTHS) < max(LENGTHS)
    assert min(LENGTHS_NEW) < max(LENGTHS_NEW) > max(LENGTHS)
