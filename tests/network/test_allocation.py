"""No cell allocates, nor does a time loop: a step takes no memory of the size of a state."""

import tracemalloc

import numpy as np
import pytest

from skrnn import RNNSequenceClassifier
from skrnn.network.workspace import Workspace
from tests.gradients.cases import CASES, OF_NUMPY, make_problem

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


@pytest.mark.parametrize("name", OF_NUMPY)
def test_a_step_allocates_nothing(name):
    cell = CASES[name]
    gates, recurrent, d_gates, d_recurrent, scratch = arrays(5, len(cell.gates) * N_UNITS)
    previous, new, d_previous, d_new = (arrays(len(cell.states)) for _ in range(4))
    tape = arrays(len(cell.tape))
    assert peak_of(cell.forward, gates, recurrent, previous, new, tape) < STATE / 4
    backward = gates, previous, new, tape, d_new, d_previous, d_gates, d_recurrent, scratch
    assert peak_of(cell.backward, *backward) < STATE / 4


N_STEPS, LARGE_BATCH = 6, 2048  # large, since NumPy has a buffer of 8192 numbers to broadcast with
NOTES = []


def note():
    """Note the most memory that was taken at a time since the last note, beyond what was kept."""
    before, peak = tracemalloc.get_traced_memory()
    NOTES.append(peak)  # before the reset, so that the list's own growth does not count
    tracemalloc.reset_peak()
    NOTES[-1] -= before


def watched(cell):
    """Return a cell that takes note at every step, forward and backward."""

    class Watched(type(cell)):
        def forward(self, *arguments):
            note()
            super().forward(*arguments)

        def backward(self, *arguments):
            note()
            super().backward(*arguments)

    return Watched(**vars(cell))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("settings", [{}, {"clip_by": "step_norm"}], ids=str)
@pytest.mark.parametrize("name", OF_NUMPY)
def test_the_time_loops_of_a_fit_allocate_nothing(name, settings):
    """Between one step and the next, no array of the size of a state comes and goes."""
    X = np.random.default_rng(0).normal(size=(2 * LARGE_BATCH, N_STEPS, 3))
    y = np.arange(len(X)) % 2
    model = RNNSequenceClassifier(
        N_UNITS, cell=watched(CASES[name]), batch_size=LARGE_BATCH, max_iter=2, **settings
    )
    NOTES.clear()
    model.fit(X, y)  # what is made once is made before
    tracemalloc.start()
    NOTES.clear()
    model.fit(X, y)
    tracemalloc.stop()
    of_loops = np.reshape(NOTES, (-1, N_STEPS))  # forward and backward, in each of 4 updates
    assert len(of_loops) == 8
    state = N_UNITS * LARGE_BATCH * 8
    assert of_loops[:, 1:].max() < state / 4  # the first tells of what was before the loop


def places_of(trace):
    """Return where in memory steps have their gates and tape."""
    return {tuple(a.ctypes.data for a in (step.gates, *step.tape)) for step in trace.steps}


@pytest.mark.parametrize("name", OF_NUMPY)
def test_gates_of_one_step_are_held_where_no_gradient_is_wanted(name):
    problem = make_problem(name, lengths=(6, 4))
    (recurrence,) = problem.network.layers[0].directions
    arguments = problem.parameters, problem.x, problem.lengths, problem.state
    workspace = Workspace(float)
    trace = recurrence.forward(*arguments, workspace, keep=False)
    assert len(places_of(trace)) == 1
    states = {key: state.copy() for key, state in trace.states.items()}
    kept = recurrence.forward(*arguments, workspace)
    assert len(places_of(kept)) == len(problem.x)
    for key, expected in kept.states.items():
        np.testing.assert_array_equal(states[key], expected)
