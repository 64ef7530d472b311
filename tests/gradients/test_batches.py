"""Battery 3, 4 and 7: memory, padding, order and precision change nothing."""

import numpy as np
import pytest

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, LOSSES, SHAPES, make_problem, relative_error
from tests.rounding import assert_close

RAGGED = (3, 7, 1, 5)
every_shape = pytest.mark.parametrize("shape", SHAPES)
every_loss = pytest.mark.parametrize("loss", LOSSES)
every_cell = pytest.mark.parametrize("name", CASES)


@every_shape
@every_cell
def test_backward_adds(name, shape):
    problem = make_problem(name, **SHAPES[shape])
    _, once, _, _ = problem.loss_and_gradients()
    start = Parameters(problem.network.layout, np.linspace(-1, 1, once.flat.size))
    _, added, _, _ = problem.loss_and_gradients(gradients=Parameters(start.layout, +start.flat))
    assert_close(added.flat, start.flat + once.flat, 1e-14)


@every_loss
@every_shape
@every_cell
def test_a_big_batch_before_a_small_one_changes_nothing(name, shape, loss):
    workspace, settings = Workspace(np.float64), SHAPES[shape] | LOSSES[loss]
    small = make_problem(name, lengths=RAGGED, **settings)
    big = make_problem(name, lengths=[9] * 6, seed=1, **settings)
    _, alone, d_x_alone, _ = small.loss_and_gradients()  # in memory full of NaN
    big.loss_and_gradients(workspace)
    _, after, d_x_after, _ = small.loss_and_gradients(workspace)
    np.testing.assert_array_equal(after.flat, alone.flat)
    np.testing.assert_array_equal(d_x_after, d_x_alone)


@every_loss
@every_shape
@every_cell
def test_a_ragged_batch_is_the_sum_of_its_sequences(name, shape, loss):
    problem = make_problem(name, lengths=RAGGED, dropout=0.4, **SHAPES[shape], **LOSSES[loss])
    value, together, d_x, _ = problem.loss_and_gradients()
    alone = [problem.take([b]).loss_and_gradients() for b in range(len(RAGGED))]
    assert_close(value, sum(single[0] for single in alone), 1e-12)
    total = sum(single[1].flat for single in alone)
    assert_close(together.flat, total, 1e-12)
    for b, (_, _, d_x_alone, _) in enumerate(alone):
        assert_close(d_x[: RAGGED[b], :, [b]], d_x_alone, 1e-12)


@every_loss
@every_shape
@every_cell
def test_more_padding_changes_nothing(name, shape, loss):
    problem = make_problem(name, lengths=RAGGED, **SHAPES[shape], **LOSSES[loss])
    value, gradients, _, _ = problem.loss_and_gradients()
    padded = problem.take(np.arange(len(RAGGED)), n_steps=20)
    padded_value, padded_gradients, d_x, _ = padded.loss_and_gradients()
    assert_close(padded_value, value, 1e-14)
    assert_close(padded_gradients.flat, gradients.flat, 1e-14)
    assert not d_x[max(RAGGED) :].any()


@every_shape
@every_cell
def test_padding_may_even_overflow(name, shape):
    problem = make_problem(name, lengths=(3, 3), **SHAPES[shape])
    for key in problem.network.layout:
        if "recurrent_weights" in key:
            problem.parameters[key][...] *= 1e3
    _, gradients, _, _ = problem.loss_and_gradients()
    with np.errstate(over="ignore", invalid="ignore"):
        _, padded, _, _ = problem.take([0, 1], n_steps=300).loss_and_gradients()
    assert_close(padded.flat, gradients.flat, 1e-12)


@every_loss
@every_shape
@every_cell
def test_permuting_the_sequences_permutes_the_results(name, shape, loss):
    problem = make_problem(name, lengths=RAGGED, **SHAPES[shape], **LOSSES[loss])
    order = np.array([2, 0, 3, 1])
    _, gradients, d_x, d_state = problem.loss_and_gradients()
    _, permuted, d_x_permuted, d_state_permuted = problem.take(order).loss_and_gradients()
    assert_close(permuted.flat, gradients.flat, 1e-13)
    assert_close(d_x_permuted, d_x[:, :, order], 1e-13)
    for d, d_permuted in zip(d_state, d_state_permuted, strict=True):
        assert_close(d_permuted, d[:, order], 1e-13)


@every_loss
@every_shape
@every_cell
def test_float32_stays_float32_and_close(name, shape, loss):
    settings = SHAPES[shape] | LOSSES[loss] | {"lengths": RAGGED, "dropout": 0.4}
    double = make_problem(name, **settings)
    single = make_problem(name, **settings, dtype=np.float32)
    _, gradients, d_x, d_state = single.loss_and_gradients()
    assert {gradients.flat.dtype, d_x.dtype, *(d.dtype for d in d_state)} == {np.dtype(np.float32)}
    _, exact, d_x_exact, _ = double.loss_and_gradients()
    assert relative_error(gradients.flat, exact.flat) < 1e-5
    assert relative_error(d_x, d_x_exact) < 1e-5
