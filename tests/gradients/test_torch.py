"""Battery 8: equality with torch.nn, recorded, and live too where torch is installed."""

from importlib.util import find_spec

import numpy as np
import pytest

from tests.gradients.cases import PoisonedWorkspace, make_problem
from tests.reference.torch_results import DEPTHS, FILE, MODULES, reorder, run_torch

SOURCES = ["recorded", "live"] if find_spec("torch") else ["recorded"]


def recorded_problem(name, depth):
    with np.load(FILE) as file:
        prefix = f"{name}/{depth}/"
        arrays = {key.removeprefix(prefix): file[key] for key in file if key.startswith(prefix)}
    problem = make_problem(name, DEPTHS[depth], (6, 6, 6))
    problem.parameters.flat[...] = arrays["flat"]
    problem.x, problem.targets, problem.shares = arrays["x"], arrays["targets"], arrays["shares"]
    problem.state = tuple(
        tuple(arrays[f"state_{s}"][i] for s in range(len(layer)))
        for i, layer in enumerate(problem.state)
    )
    return problem, arrays


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", MODULES)
def test_values_and_gradients(name, depth, source):
    problem, results = recorded_problem(name, depth)
    if source == "live":
        results = run_torch(problem)
    _, _, gates = MODULES[name]

    workspace = PoisonedWorkspace(np.float64)
    scores = problem.network.forward(
        problem.parameters, problem.x, problem.lengths, problem.state, workspace
    ).scores
    _, gradients, d_x, d_state = problem.loss_and_gradients()

    def check(ours, theirs):
        np.testing.assert_allclose(ours, results[theirs], rtol=1e-10, atol=1e-10, err_msg=theirs)

    check(scores, "scores")
    check(d_x, "d_x")
    for s in range(len(d_state[0])):
        check(np.stack([layer[s] for layer in d_state]), f"d_state_{s}")
    for i in range(len(DEPTHS[depth])):
        for ours, theirs in (
            ("input_weights", "weight_ih"),
            ("recurrent_weights", "weight_hh"),
            ("bias", "bias_ih"),
            ("recurrent_bias", "bias_hh"),
        ):
            if f"layer_{i}.{ours}" in set(gradients.layout):
                check(reorder(gradients[f"layer_{i}.{ours}"], gates), f"{theirs}_l{i}")
