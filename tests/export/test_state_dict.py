"""Weights to and from PyTorch: against what it said once, and says where it is installed."""

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pytest

from skrnn import Elman, RNNSequenceClassifier, RNNSequenceRegressor
from skrnn.export import from_torch, to_torch
from skrnn.inspection import hidden_states
from tests.reference.torch_results import MODULES
from tests.reference.torch_state_dicts import FILE, N_CLASSES, N_UNITS, SHAPES, make, run
from tests.rounding import assert_close

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SOURCES = ["recorded", "live"] if find_spec("torch") else ["recorded"]


@dataclass
class Own(Elman):
    """A cell that may have equations of its own."""


def of_shape(name, shape, x, **settings):
    """Return a classifier with a network of this shape."""
    n_layers, both = SHAPES[shape]
    cell = Elman(activation="relu") if name == "elman-relu" else name
    settings = {"cell": cell, "bidirectional": both, "max_iter": 1, "random_state": 0} | settings
    model = RNNSequenceClassifier(n_layers * (N_UNITS,), n_iter_no_change=5, **settings)
    return model.fit(x, np.arange(len(x)) % N_CLASSES)


def case(name, shape, source):
    """Return x, a state dict, the states of the top layer and the scores."""
    with np.load(FILE) as file:
        x, prefix = file["x"], f"{name}/{shape}/"
        state = {key.removeprefix(prefix): file[key] for key in file if key.startswith(prefix)}
    results = state.pop("states"), state.pop("scores")
    if source == "live":
        state = make(name, shape)
        results = run(state, x)
    return x, state, *results


def test_embeddings_there_and_back():
    x = np.random.default_rng(0).integers(4, size=(9, 5, 2)).astype(float)
    model = of_shape("gru", "one", x, categorical_features=[1])
    state = to_torch(model)
    np.testing.assert_array_equal(
        state["embedding.1.weight"], model.parameters_["embedding_1.weights"]
    )
    assert state["recurrence.weight_ih_l0"].shape == (3 * N_UNITS, 1 + 3)
    back = from_torch(state)
    assert set(back) == set(model.parameters_)
    for name, weights in back.items():
        np.testing.assert_array_equal(weights, model.parameters_[name])


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", MODULES)
def test_from_torch(name, shape, source):
    x, state, states, scores = case(name, shape, source)
    model, weights = of_shape(name, shape, x), from_torch(state)
    assert set(weights) == set(model.parameters_)
    for key, array in weights.items():
        model.parameters_[key][...] = array
    said = hidden_states(model, x)
    assert_close(list(said.values())[-1], states, 1e-12)
    assert_close(model.decision_function(x), scores, 1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", MODULES)
def test_there_and_back(name, shape):
    x, state, _, _ = case(name, shape, "recorded")
    model = of_shape(name, shape, x)
    for key, array in from_torch(state).items():
        model.parameters_[key][...] = array
    returned = to_torch(model)
    assert set(returned) == set(state)
    for key, array in state.items():
        if "bias" in key and "recurrence" in key and name != "gru":  # of which there is one
            hh = key.replace("bias_ih", "bias_hh")
            array = array + state[hh] if key != hh else np.zeros_like(array)
        np.testing.assert_array_equal(returned[key], array)


@pytest.mark.skipif("live" not in SOURCES, reason="torch is not installed")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", MODULES)
def test_to_torch(name, shape, dtype):
    import torch

    x = np.random.default_rng(1).normal(size=(6, 5, 3)).astype(dtype)
    model, module = of_shape(name, shape, x), make(name, shape, dtype=dtype)
    module.load_state_dict({key: torch.from_numpy(a) for key, a in to_torch(model).items()})
    _, scores = run(module, x)
    assert scores.dtype == dtype
    assert_close(model.decision_function(x), scores, 1e-12 if dtype == "float64" else 1e-5)
    returned = from_torch(module)  # of tensors that require a gradient
    for key, array in model.parameters_.items():
        np.testing.assert_array_equal(returned[key], array)


@pytest.mark.skipif("live" not in SOURCES, reason="torch is not installed")
@pytest.mark.parametrize("name", MODULES)
def test_modules_without_biases(name):
    module = make(name, "both", bias=False, dtype="float32")
    weights = from_torch(module)
    for key, array in weights.items():
        assert array.dtype == np.float32
        assert array.any() != key.endswith("bias")


def test_a_recurrence_alone():
    _, state, _, _ = case("lstm", "both", "recorded")
    alone = {key.removeprefix("recurrence."): v for key, v in state.items() if "readout" not in key}
    both = from_torch(state)
    for key, array in from_torch(alone).items():
        np.testing.assert_array_equal(array, both.pop(key))
    assert set(both) == {"readout.weights", "readout.bias"}


def test_the_arrays_are_copies():
    x, state, _, _ = case("gru", "one", "recorded")
    model, before = of_shape("gru", "one", x), {key: v.copy() for key, v in state.items()}
    flat = model.parameters_.flat.copy()
    for arrays in (to_torch(model), from_torch(state)):
        for array in arrays.values():
            array[...] = 7
    np.testing.assert_array_equal(model.parameters_.flat, flat)
    for key, array in state.items():
        np.testing.assert_array_equal(array, before[key])


def test_scores_become_predictions_by_the_units():
    x = np.random.default_rng(2).normal(size=(9, 4, 2))
    model = RNNSequenceRegressor(3, max_iter=2, n_iter_no_change=5).fit(x, 50 + 7 * x[:, 0, 0])
    weights = to_torch(model)
    z = hidden_states(model, x)["layer_0"][:, -1] @ weights["readout.weight"].T
    said = model.target_mean_ + model.target_scale_ * (z + weights["readout.bias"])
    assert_close(said[:, 0], model.predict(x), 1e-12)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"cell": Own()}, "no module for the cell Own"),
        ({"hidden_layer_sizes": (4, 3)}, r"of one size; these are \(4, 3\)"),
    ],
    ids=str,
)
def test_what_torch_has_not(changes, match):
    model = RNNSequenceClassifier(max_iter=1, n_iter_no_change=5).set_params(**changes)
    model.fit(np.ones((4, 3, 1)), [0, 1] * 2)
    with pytest.raises(ValueError, match=match):
        to_torch(model)


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ({}, "no weight of a torch.nn.RNN"),
        ({"conv.kernel": np.ones(3)}, "'conv.kernel' is no weight"),
        ({"a.weight": np.ones((2, 3)), "b.weight": np.ones((2, 3))}, "'b.weight' is no weight"),
        ({f"{n}.weight_hh_l0": np.ones((9, 3)) for n in "ab"}, "'b.weight_hh_l0' is no weight"),
        ({"weight_hh_l0": np.ones((4, 4))}, "no weight_ih of layer_0"),
        ({"weight_ih_l0": np.ones((4, 4))}, "no weight_hh of layer_0"),
        (
            {f"weight_{kind}_l0": np.ones((8, 4)) for kind in ("ih", "hh")},
            r"layer_0 has shape \(8, 4\)",
        ),
        ({"weight_hr_l0": np.ones((8, 4))}, "'weight_hr_l0' is no weight"),
    ],
    ids=str,
)
def test_what_is_no_module_of_these(state, match):
    with pytest.raises(ValueError, match=match):
        from_torch(state)


def test_what_is_no_estimator():
    with pytest.raises(TypeError, match="must be one of skrnn's, not a dict"):
        to_torch({})
    with pytest.raises(ValueError, match="not fitted"):
        to_torch(RNNSequenceClassifier())
