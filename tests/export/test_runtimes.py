"""What holds of a model in any runtime, and in another one than onnxruntime."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import Elman, RNNSequenceClassifier
from skrnn.export import to_onnx
from skrnn.export.recurrence import OPERATORS
from skrnn.preprocessing import FillSteps, PerStep
from tests.export.cases import (
    KINDS,
    LENGTHS_NEW,
    SETTINGS,
    X_NEW,
    check_agreement,
    make,
    run,
    run_reference,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
@pytest.mark.parametrize("kind", KINDS)
def test_another_runtime_says_the_same(kind, cell, bidirectional):
    """Of ragged sequences, in two layers; how it pools turns with the kind."""
    pooling = {"classifier": "mean", "regressor": "max", "regressor of steps": "max"}
    settings = {"readout": pooling[kind]} if bidirectional and kind in pooling else {}
    sizes = (4, 3)
    estimator = make(
        kind, cell=cell, bidirectional=bidirectional, hidden_layer_sizes=sizes, **settings
    )
    lengths = LENGTHS_NEW if estimator.network_.per_step else None
    check_agreement(estimator, X_NEW, run_reference(to_onnx(estimator), X_NEW), lengths)


@pytest.mark.parametrize("transformer", [PerStep(StandardScaler()), FillSteps("linear")])
def test_another_runtime_says_the_same_of_a_pipeline(transformer):
    X = X_NEW.copy()
    if isinstance(transformer, FillSteps):
        X[0, 2:4, 1] = X[3, 0, 0] = np.nan
    model = make_pipeline(transformer, RNNSequenceClassifier(**SETTINGS)).fit(X, np.arange(6) % 2)
    check_agreement(model, X, run_reference(to_onnx(model), X))


@pytest.mark.parametrize("rows", [False, True])
def test_recurrent_layers_are_given_no_lengths(rows):
    X = np.nan_to_num(X_NEW[:, :3, 0]) if rows else X_NEW
    model = make("classifier", X, y=np.arange(6) % 2, bidirectional=True)
    layers = [node for node in to_onnx(model).graph.node if node.op_type == "GRU"]
    assert [len(layer.input) for layer in layers] == [4, 4]


@pytest.mark.parametrize(("cell", "n_outputs"), [("elman", 2), ("gru", 2), ("lstm", 3)])
def test_recurrent_layers_name_all_outputs(cell, n_outputs):
    """Of which one is read, but a converter may look at each."""
    nodes = to_onnx(make("classifier", cell=cell, bidirectional=True)).graph.node
    layers = [node for node in nodes if node.op_type in OPERATORS.values()]
    assert [len(set(layer.output)) for layer in layers] == [n_outputs, n_outputs]


@pytest.mark.parametrize("kind", KINDS)
def test_sequences_are_turned_by_what_runtimes_have(kind):
    """Not every one has ReverseSequence."""
    operators = {node.op_type for node in to_onnx(make(kind, bidirectional=True)).graph.node}
    assert "GatherND" in operators
    assert "ReverseSequence" not in operators


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_activation_of_rnn_has_numbers(activation):
    """Which it does not need, but a runtime may read them before it knows."""
    estimator = make("classifier", cell=Elman(activation), bidirectional=True)
    layers = [node for node in to_onnx(estimator).graph.node if node.op_type == "RNN"]
    for layer in layers:
        numbers = {attribute.name: list(attribute.floats) for attribute in layer.attribute}
        assert numbers["activation_alpha"] == numbers["activation_beta"] == [0.0]
    assert len(layers) == 2


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("readout", ["last", "mean", "max"])
@pytest.mark.parametrize("kind", ["classifier", "regressor of steps"])
def test_states_that_grow_without_bound_in_padding(kind, readout):
    estimator = make(
        kind,
        cell=Elman("relu"),
        bidirectional=True,
        hidden_layer_sizes=(4, 3),
        readout=readout,
    )
    for name, values in estimator.parameters_.items():
        if "recurrent_weights" in name:
            values[...] = 3 * np.eye(len(values)) - 1
    padded = np.pad(X_NEW, [(0, 0), (0, 200), (0, 0)], constant_values=np.nan)
    lengths = LENGTHS_NEW if estimator.network_.per_step else None
    check_agreement(estimator, padded, run(to_onnx(estimator), padded), lengths)
