"""No cell allocates: what it does in a step takes no memory of the size of a state."""

import tracemalloc

import numpy as np
import pytest

from tests.gradients.cases import CASES

N_UNITS, N_SEQUENCES = 32, 256
STATE = N_UNITS * N_SEQUENCES * 8  # bytes


def arrays(number, rows=N_UNITS):
    return [np.full((rows, N_SEQUENCES), 0.1) for _ in range(number)]


def peak_of(function, *arguments):
    function(*arguments)  # what is made once is made before
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("name", CASES)
def test_a_step_allocates_nothing(name):
    cell = CASES[name]
    gates, recurrent, d_gates, d_recurrent, scratch = arrays(5, len(cell.gates) * N_UNITS)
    previous, new, d_previous, d_new = (arrays(len(cell.states)) for _ in range(4))
    tape = arrays(len(cell.tape))
    assert peak_of(cell.forward, gates, recurrent, previous, new, tape) < STATE / 4
    backward = gates, previous, new, tape, d_new, d_previous, d_gates, d_recurrent, scratch
    assert peak_of(cell.backward, *backward) < STATE / 4
