"""Battery 8: equality with torch.nn, recorded, and live too where torch is installed."""

from importlib.util import find_spec

import numpy as np
import pytest

from tests.gradients.cases import CASES, PoisonedWorkspace, flatten, make_problem
from tests.reference.torch_results import FILE, MODULES, SHAPES, names, reorder, run_torch
from tests.rounding import assert_close

SOURCES = ["recorded", "live"] if find_spec("torch") else ["recorded"]


def recorded_problem(name, shape):
    with np.load(FILE) as file:
        prefix = f"{name.removesuffix('-numba')}/{shape}/"
        arrays = {key.removeprefix(prefix): file[key] for key in file if key.startswith(prefix)}
    problem = make_problem(name, lengths=(6, 6, 6), **SHAPES[shape])
    rest = arrays["parameters"]
    for key in problem.network.layout:
        values = problem.parameters[key]
        values[...] = rest[: values.size].reshape(values.shape)
        rest = rest[values.size :]
    for given in ("x", "targets", "shares", "step_weights"):
        setattr(problem, given, arrays[given])
    for s, state in enumerate(flatten(problem.network, problem.state)):
        state[...] = arrays[f"state_{s}"]
    return problem, arrays


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", [name for name in CASES if name.removesuffix("-numba") in MODULES])
def test_values_and_gradients(name, shape, source):
    problem, results = recorded_problem(name, shape)
    if source == "live":
        results = run_torch(problem)
    _, _, gates = MODULES[name.removesuffix("-numba")]

    scores = problem.scores(PoisonedWorkspace(np.float64))
    _, gradients, d_x, d_state = problem.loss_and_gradients()

    def check(ours, theirs):
        assert_close(ours, results[theirs], 1e-10, theirs)

    check(scores, "scores")
    check(d_x, "d_x")
    n_states = len(problem.network.cell.states)
    for s in range(n_states):
        check(np.stack(d_state[s::n_states]), f"d_state_{s}")
    for ours, theirs in names(problem.network):
        if ours in set(gradients.layout):
            check(reorder(gradients[ours], gates), theirs)
