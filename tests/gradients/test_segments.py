"""Recomputation: time cut into segments changes no bit of a gradient."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, LOSSES, ONE_DIRECTION, make_problem

LENGTHS = {"equal": (8, 8, 8), "ragged": (3, 8, 1, 6), "one": (7,)}


@pytest.mark.parametrize("segment", [1, 3, 8, 100])
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", ONE_DIRECTION)
@pytest.mark.parametrize("name", CASES)
def test_bits(name, shape, loss, lengths, segment):
    settings = ONE_DIRECTION[shape] | LOSSES[loss]
    plain = make_problem(name, lengths=LENGTHS[lengths], dropout=0.4, **settings)
    whole, gradients, d_x, d_state = plain.loss_and_gradients()
    cut = replace(plain, segment=segment).loss_and_gradients()
    assert cut[0] == whole
    np.testing.assert_array_equal(cut[1].flat, gradients.flat)
    np.testing.assert_array_equal(cut[2], d_x)
    for d, expected in zip(cut[3], d_state, strict=True):
        np.testing.assert_array_equal(d, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CASES)
def test_bits_at_larger_sizes(name, dtype):
    """Where BLAS works in blocks, and vector instructions do not divide the sizes."""
    lengths = np.random.default_rng(0).integers(20, 70, size=37)
    plain = make_problem(name, (33, 21), lengths, n_inputs=5, dtype=dtype, replication=0.5)
    _, gradients, d_x, _ = plain.loss_and_gradients(Workspace(dtype))
    _, cut, d_x_cut, _ = replace(plain, segment=9).loss_and_gradients(Workspace(dtype))
    np.testing.assert_array_equal(cut.flat, gradients.flat)
    np.testing.assert_array_equal(d_x_cut, d_x)


@pytest.mark.parametrize("name", CASES)
def test_the_hook_sees_the_same_signals(name):
    plain, seen = make_problem(name, (4, 3), (8, 5)), {}
    for segment in (None, 3):
        signals = seen[segment] = []
        problem = replace(plain, segment=segment)
        problem.loss_and_gradients(at_step=lambda d, signals=signals: signals.append(d.tobytes()))
    assert sorted(seen[None]) == sorted(seen[3])
