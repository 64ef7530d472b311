from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from skrnn import GRU, LSTM, Chrono, InvalidParameterError
from skrnn.network.activations import logistic
from skrnn.network.network import Network


def bias_of(cell, n_units=1000):
    drawn_at_once = replace(cell, recurrent_init="uniform")  # no QR of large matrices
    network = Network(drawn_at_once, 2, (n_units,), 2)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
    return np.split(parameters["layer_0.bias"], len(cell.gates))


def test_logistic():
    z = np.linspace(-800, 800, 1001)
    out = z.copy()
    logistic(out)
    np.testing.assert_allclose(out, expit(z), rtol=0, atol=1e-15)


def test_bias_of_the_gate_that_keeps():
    i, o, f, g = bias_of(LSTM(forget_bias=1.5))
    assert (f == 1.5).all()
    assert not np.concatenate([i, o, g]).any()
    z, r, n = bias_of(GRU(update_bias=-2.0))
    assert (z == -2.0).all()
    assert not np.concatenate([r, n]).any()


def test_chrono_spreads_the_times_uniformly():
    i, o, f, g = bias_of(LSTM(forget_bias=Chrono(longest_span=101)))
    np.testing.assert_array_equal(i, -f)
    assert not np.concatenate([o, g]).any()
    z, _, _ = bias_of(GRU(update_bias=Chrono(longest_span=101)))
    for bias in (f, z):
        span = np.exp(bias)
        assert 1 <= span.min() < 2
        assert 99 < span.max() <= 100
        assert abs(span.mean() - 50.5) < 3


@pytest.mark.parametrize("cell", [LSTM(forget_bias="long"), GRU(update_bias=np.inf)], ids=repr)
def test_bad_bias(cell):
    with pytest.raises(InvalidParameterError, match=r"_bias' parameter .*instance of Chrono"):
        cell.check()


def test_bad_span():
    with pytest.raises(InvalidParameterError, match="'longest_span' parameter of Chrono"):
        LSTM(forget_bias=Chrono(longest_span=1)).check()
