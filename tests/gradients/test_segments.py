"""Time cut into segments that are computed twice, and scores into blocks, changes no bit."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn.network import readout
from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, KINDS, LOSSES, ONE_DIRECTION, SHAPES, make_problem

LENGTHS = {"equal": (8, 8, 8), "ragged": (3, 8, 1, 6), "one": (7,)}


@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", ONE_DIRECTION)
@pytest.mark.parametrize("name", CASES)
def test_bits(name, shape, loss, lengths):
    settings = ONE_DIRECTION[shape] | LOSSES[loss]
    plain = make_problem(name, lengths=LENGTHS[lengths], dropout=0.4, **settings)
    whole = plain.loss_and_gradients()
    for segment in (1, 3, 8, 100):
        assert_same_bits(replace(plain, segment=segment), whole)


def assert_same_bits(problem, expected):
    loss, gradients, d_x, d_state = problem.loss_and_gradients()
    assert loss == expected[0]
    np.testing.assert_array_equal(gradients.flat, expected[1].flat)
    np.testing.assert_array_equal(d_x, expected[2])
    for d, d_expected in zip(d_state, expected[3], strict=True):
        np.testing.assert_array_equal(d, d_expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_bits_of_scores_in_blocks(shape, loss, kind, monkeypatch):
    """One step of 4 sequences with 3 scores each at a time, or three of them; in segments, too."""
    settings = SHAPES[shape] | LOSSES[loss] | {"kind": kind}
    problem = make_problem("gru", lengths=LENGTHS["ragged"], dropout=0.4, **settings)
    whole = problem.loss_and_gradients()
    for size in (1, 3 * 4 * 3 + 1):
        monkeypatch.setattr(readout, "BLOCK_SCORES", size)
        for segment in (None, 5) if shape in ONE_DIRECTION else (None,):
            assert_same_bits(replace(problem, segment=segment), whole)


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
