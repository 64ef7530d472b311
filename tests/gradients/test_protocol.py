"""What the protocol offers beyond the Elman cell: two states, a tape, U h kept apart."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from skrnn.network.cells import Cell
from tests.gradients.cases import CASES, SHAPES, PoisonedWorkspace, flatten, make_problem
from tests.gradients.test_differences import check
from tests.rounding import assert_close


@dataclass
class Toy(Cell):
    """
    A cell of no use, whose every part matters to the gradient.

    ::

        (1)  u  = U h + c
        (2)  r  = tanh(gate r of W x + b, plus that of u)
        (3)  a  = tanh(gate a of W x + b, plus r times that of u)
        (4)  m' = 0.7 m + a
        (5)  h' = 0.4 h + r m'
    """

    gates: ClassVar[tuple[str, ...]] = ("r", "a")
    states: ClassVar[tuple[str, ...]] = ("hidden", "memory")
    tape: ClassVar[tuple[str, ...]] = ("u_a",)
    separate_recurrent: ClassVar[bool] = True

    recurrent_init: str = "orthogonal"

    def forward(self, gates, recurrent, previous, new, tape):
        (h, m), (h_new, m_new), (u_a,) = previous, new, tape
        r, a = np.split(gates, 2)
        u_r, u_a[...] = np.split(recurrent, 2)
        r[...] = np.tanh(r + u_r)  # (2)
        a[...] = np.tanh(a + r * u_a)  # (3)
        m_new[...] = 0.7 * m + a  # (4)
        h_new[...] = 0.4 * h + r * m_new  # (5)

    def backward(
        self, gates, previous, new, tape, d_new, d_previous, d_gates, d_recurrent, scratch
    ):
        (_, m_new), (u_a,), (d_h_new, d_m_new), (d_h, d_m) = new, tape, d_new, d_previous
        r, a = np.split(gates, 2)
        d_m_total = d_m_new + d_h_new * r  # (5)
        d_h += 0.4 * d_h_new
        d_m += 0.7 * d_m_total  # (4)
        d_a = d_m_total * (1 - a**2)  # (3)
        d_r = (d_h_new * m_new + d_a * u_a) * (1 - r**2)  # (2)
        d_gates[...] = np.concatenate([d_r, d_a])
        d_recurrent[...] = np.concatenate([d_r, d_a * r])  # (1)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    monkeypatch.setitem(CASES, "toy", Toy())


@pytest.mark.parametrize("lengths", [(1,), (5, 5, 5), (2, 5, 1, 4)], ids=str)
@pytest.mark.parametrize("shape", SHAPES)
def test_parameters_inputs_and_initial_states(shape, lengths):
    problem = make_problem("toy", lengths=lengths, n_inputs=2, **SHAPES[shape])
    assert "layer_0.recurrent_bias" in set(problem.parameters.layout)
    check(problem)


def test_both_states_are_carried_from_window_to_window():
    problem = make_problem("toy", lengths=(8, 8))
    network, parameters = problem.network, problem.parameters
    workspace, three = PoisonedWorkspace(np.float64), np.array([3, 3])
    whole = network.advance(parameters, problem.x, problem.lengths, problem.state, workspace)
    state = network.advance(parameters, problem.x[:3], three, problem.state, workspace)
    state = network.advance(parameters, problem.x[3:], problem.lengths - 3, state, workspace)
    for s, expected in zip(flatten(network, state), flatten(network, whole), strict=True):
        assert_close(s, expected, 1e-13)
