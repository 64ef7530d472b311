"""Battery 3, 4 and 7: memory, padding, order and precision change nothing."""

import numpy as np
import pytest

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, DEPTHS, make_problem, relative_error

RAGGED = (3, 7, 1, 5)


@pytest.mark.parametrize("name", CASES)
def test_backward_adds(name):
    problem = make_problem(name)
    _, once, _, _ = problem.loss_and_gradients()
    start = Parameters(problem.network.layout, np.linspace(-1, 1, once.flat.size))
    _, added, _, _ = problem.loss_and_gradients(gradients=Parameters(start.layout, +start.flat))
    np.testing.assert_allclose(added.flat, start.flat + once.flat, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", CASES)
def test_a_big_batch_before_a_small_one_changes_nothing(name):
    workspace = Workspace(np.float64)
    small, big = make_problem(name, lengths=RAGGED), make_problem(name, lengths=[9] * 6, seed=1)
    _, alone, d_x_alone, _ = small.loss_and_gradients()  # in memory full of NaN
    big.loss_and_gradients(workspace)
    _, after, d_x_after, _ = small.loss_and_gradients(workspace)
    np.testing.assert_array_equal(after.flat, alone.flat)
    np.testing.assert_array_equal(d_x_after, d_x_alone)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_a_ragged_batch_is_the_sum_of_its_sequences(name, depth):
    problem = make_problem(name, DEPTHS[depth], RAGGED)
    loss, together, d_x, _ = problem.loss_and_gradients()
    alone = [problem.take([b]).loss_and_gradients() for b in range(len(RAGGED))]
    assert loss == pytest.approx(sum(single[0] for single in alone), abs=1e-12)
    total = sum(single[1].flat for single in alone)
    np.testing.assert_allclose(together.flat, total, rtol=0, atol=1e-12)
    for b, (_, _, d_x_alone, _) in enumerate(alone):
        np.testing.assert_allclose(d_x[: RAGGED[b], :, [b]], d_x_alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_more_padding_changes_nothing(name):
    problem = make_problem(name, lengths=RAGGED)
    loss, gradients, _, _ = problem.loss_and_gradients()
    padded = problem.take(np.arange(len(RAGGED)), n_steps=20)
    padded_loss, padded_gradients, d_x, _ = padded.loss_and_gradients()
    assert padded_loss == loss
    np.testing.assert_allclose(padded_gradients.flat, gradients.flat, rtol=0, atol=1e-14)
    assert not d_x[max(RAGGED) :].any()


@pytest.mark.parametrize("name", CASES)
def test_padding_may_even_overflow(name):
    problem = make_problem(name, lengths=(3, 3))
    problem.parameters["layer_0.recurrent_weights"][...] *= 1e3
    _, gradients, _, _ = problem.loss_and_gradients()
    with np.errstate(over="ignore", invalid="ignore"):
        _, padded, _, _ = problem.take([0, 1], n_steps=300).loss_and_gradients()
    np.testing.assert_allclose(padded.flat, gradients.flat, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_permuting_the_sequences_permutes_the_results(name):
    problem, order = make_problem(name, lengths=RAGGED), np.array([2, 0, 3, 1])
    _, gradients, d_x, d_state = problem.loss_and_gradients()
    _, permuted, d_x_permuted, d_state_permuted = problem.take(order).loss_and_gradients()
    np.testing.assert_allclose(permuted.flat, gradients.flat, rtol=0, atol=1e-13)
    np.testing.assert_allclose(d_x_permuted, d_x[:, :, order], rtol=0, atol=1e-13)
    for layer, layer_permuted in zip(d_state, d_state_permuted, strict=True):
        for d, d_permuted in zip(layer, layer_permuted, strict=True):
            np.testing.assert_allclose(d_permuted, d[:, order], rtol=0, atol=1e-13)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32_and_close(name, depth):
    double = make_problem(name, DEPTHS[depth], RAGGED)
    single = make_problem(name, DEPTHS[depth], RAGGED, dtype=np.float32)
    _, gradients, d_x, d_state = single.loss_and_gradients()
    assert gradients.flat.dtype == d_x.dtype == d_state[0][0].dtype == np.float32
    _, exact, d_x_exact, _ = double.loss_and_gradients()
    assert relative_error(gradients.flat, exact.flat) < 1e-5
    assert relative_error(d_x, d_x_exact) < 1e-5
