import pickle

import numpy as np
import pytest

from skrnn import Elman
from skrnn.network.network import Network
from skrnn.network.pooling import POOLS
from skrnn.network.workspace import Workspace


def test_parameter_names_and_shapes():
    network = Network(Elman(), 5, (4, 3), 2)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
    assert {name: parameters[name].shape for name in network.layout} == {
        "layer_0.input_weights": (4, 5),
        "layer_0.recurrent_weights": (4, 4),
        "layer_1.input_weights": (3, 4),
        "layer_1.recurrent_weights": (3, 3),
        "readout.weights": (2, 3),
        "layer_0.bias": (4,),
        "layer_1.bias": (3,),
        "readout.bias": (2,),
    }


def test_initial_parameters():
    network = Network(Elman(), 5, (4,), 2)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(np.float32))
    again = network.initialize(np.random.default_rng(0), np.dtype(np.float64))
    assert parameters.flat.dtype == np.float32
    np.testing.assert_array_equal(parameters.flat, again.flat.astype(np.float32))
    U = again["layer_0.recurrent_weights"]
    np.testing.assert_allclose(U @ U.T, np.eye(4), atol=1e-12)
    assert not again["layer_0.bias"].any()
    assert not again["readout.bias"].any()


def test_streams_are_independent_of_other_parts():
    wide, narrow = (
        Network(Elman(), 5, sizes, 2).initialize(np.random.default_rng(0), np.dtype(float))
        for sizes in ((4, 9), (4, 3))
    )
    name = "layer_0.input_weights"
    np.testing.assert_array_equal(wide[name], narrow[name])


def test_networks_compare_by_their_specification_and_pickle():
    network = Network(Elman(), 5, (4,), 2)
    assert network == pickle.loads(pickle.dumps(network))
    assert network != Network(Elman("relu"), 5, (4,), 2)


@pytest.mark.parametrize("pooling", POOLS)
def test_a_length_of_zero_leaves_a_state_as_it_is(pooling):
    network, rng = Network(Elman(), 2, (4, 3), 2, pooling=pooling), np.random.default_rng(0)
    parameters, workspace = network.initialize(rng, np.dtype(float)), Workspace(float)
    x, start = rng.normal(size=(3, 2, 2)), network.initial_state(2, np.dtype(float))
    state = network.advance(parameters, x, np.array([3, 3]), start, workspace)
    after = network.advance(parameters, x, np.array([2, 0]), state, workspace)
    assert after["n_steps"].tolist() == [5, 3]
    assert set(after) == {"n_steps", "layer_0.hidden", "layer_1.hidden", "readout.pooled"}
    for name in set(after) - {"n_steps"}:
        np.testing.assert_array_equal(after[name][:, 1], state[name][:, 1])
        assert (after[name][:, 0] != state[name][:, 0]).any()
