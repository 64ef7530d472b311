"""Battery 1 and 9: analytic gradients against central differences, and a wrong one found out."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from skrnn.network.cells import Elman
from tests.gradients.cases import (
    CASES,
    DROPOUT,
    LOSSES,
    SHAPES,
    engine_of,
    flatten,
    make_problem,
)
from tests.gradients.differences import BOUND, error_by_direction, error_by_element
from tests.rounding import assert_close


def largest_error(problem, error):
    _, gradients, d_x, d_state = problem.loss_and_gradients()
    analytic = [gradients.flat, d_x, *d_state]
    arrays = [problem.parameters.flat, problem.x, *flatten(problem.network, problem.state)]
    return max(error(d, problem.loss, array) for d, array in zip(analytic, arrays, strict=True))


def check(problem, error=error_by_direction):
    """Hold gradients to differences; those of the compiled engine to NumPy's, which are held so."""
    if engine_of(problem.name) == "numpy":
        assert largest_error(problem, error) < BOUND
        return
    by_numpy = replace(problem, network=replace(problem.network, engine="numpy"))
    loss, gradients, d_x, d_state = problem.loss_and_gradients()
    expected = by_numpy.loss_and_gradients()
    for found, other in zip(
        (loss, gradients.flat, d_x, *d_state),
        (expected[0], expected[1].flat, expected[2], *expected[3]),
        strict=True,
    ):
        assert_close(found, other, 1e-13)


@pytest.mark.parametrize("n_sequences", [1, 3])
@pytest.mark.parametrize("n_steps", [1, 2, 5])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CASES)
def test_parameters_inputs_and_initial_states(name, shape, n_steps, n_sequences):
    problem = make_problem(name, lengths=[n_steps] * n_sequences, n_inputs=2, **SHAPES[shape])
    check(problem, error_by_element)


@pytest.mark.parametrize("dropout", DROPOUT)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CASES)
def test_ragged(name, shape, loss, dropout):
    settings = SHAPES[shape] | LOSSES[loss] | DROPOUT[dropout]
    check(make_problem(name, lengths=(2, 4, 1), n_inputs=2, **settings))


@pytest.mark.parametrize("name", CASES)
def test_random_projections_of_a_larger_network(name):
    problem = make_problem(name, sizes=(24,), lengths=(20, 13, 17, 20), n_inputs=7)
    _, gradients, _, _ = problem.loss_and_gradients()
    flat, step = problem.parameters.flat, 1e-5
    centre = flat.copy()
    for seed in range(5):
        direction = np.random.default_rng(seed).normal(size=flat.shape)
        direction /= np.linalg.norm(direction)
        flat[...] = centre + step * direction
        above = problem.loss()
        flat[...] = centre - step * direction
        below = problem.loss()
        flat[...] = centre
        slope = (above - below) / (2 * step)
        assert slope == pytest.approx(gradients.flat @ direction, rel=1e-6, abs=1e-9)


@dataclass
class WrongElman(Elman):
    """An Elman cell with one sign flipped in its backward pass."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, *rest):
        (h_new,), (d_h_new,) = new, d_new
        d_gates[...] = (1 + h_new * h_new) * d_h_new


every_error = pytest.mark.parametrize("error", [error_by_element, error_by_direction])


@every_error
def test_of_the_test(error, monkeypatch):
    monkeypatch.setitem(CASES, "wrong", WrongElman())
    assert largest_error(make_problem("wrong"), error) > 1e-3


@every_error
@pytest.mark.parametrize("wrong", [slice(None), slice(3), 0], ids=["all", "three", "one"])
def test_a_small_error_shows_wherever_it_is(wrong, error):
    problem = make_problem("gru", sizes=(8,), bidirectional=True)
    gradient, noise = problem.loss_and_gradients()[1].flat, np.random.default_rng(1)
    mistake = np.zeros_like(gradient)
    mistake[wrong] = noise.normal(size=mistake[wrong].shape)
    mistake *= 1e-5 * np.linalg.norm(gradient) / np.linalg.norm(mistake)
    found = error(gradient + mistake, problem.loss, problem.parameters.flat)
    assert 0.4e-5 < found < 2.5e-5
