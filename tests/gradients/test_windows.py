"""Battery 5 and 6: windows with a carried state, and truncation per sequence."""

import numpy as np
import pytest

from skrnn.network.losses import cross_entropy
from skrnn.network.parameters import Parameters
from skrnn.sequences.batching import last_window
from skrnn.sequences.sequences import Sequences
from skrnn.training.clipping import Clipping
from skrnn.training.inference import BLOCK_STEPS, run
from tests.gradients.cases import (
    CASES,
    DEPTHS,
    PoisonedWorkspace,
    central_differences,
    make_problem,
    relative_error,
)

RAGGED = (3, 8, 1, 5)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_one_unroll_equals_two_windows_with_carried_state(name, depth):
    problem = make_problem(name, DEPTHS[depth], (8, 8, 8))
    network, parameters, workspace = problem.network, problem.parameters, None
    workspace = PoisonedWorkspace(np.float64)
    whole = network.forward(
        parameters, problem.x, problem.lengths, problem.state, workspace
    ).scores.copy()
    for cut in (1, 5):
        first, second = problem.lengths * 0 + cut, problem.lengths - cut
        state = network.advance(parameters, problem.x[:cut], first, problem.state, workspace)
        scores = network.forward(parameters, problem.x[cut:], second, state, workspace).scores
        np.testing.assert_allclose(scores, whole, rtol=0, atol=1e-13)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_gradients_join_at_the_seam(name, depth):
    """The second window's d_state, sent into the first, completes the gradient of one unroll."""
    problem = make_problem(name, DEPTHS[depth], (8, 8))
    network, cut = problem.network, 5
    _, whole, _, _ = problem.loss_and_gradients()

    workspace = PoisonedWorkspace(np.float64)
    lengths = np.full(2, cut)
    carried = network.advance(
        problem.parameters, problem.x[:cut], lengths, problem.state, workspace
    )
    second = make_problem(name, DEPTHS[depth], (8, 8))
    second.x, second.lengths, second.state = problem.x[cut:], np.full(2, 8 - cut), carried
    _, gradients, _, d_carried = second.loss_and_gradients()

    def carried_times_its_gradient():
        states = network.advance(
            problem.parameters, problem.x[:cut], lengths, problem.state, workspace
        )
        return sum(
            (d * s).sum()
            for layer, d_layer in zip(states, d_carried, strict=True)
            for s, d in zip(layer, d_layer, strict=True)
        )

    first = central_differences(carried_times_its_gradient, problem.parameters.flat)
    assert relative_error(gradients.flat + first, whole.flat) < 1e-7


@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_truncated_gradient(name, depth, k):
    """Equal to the oracle's, and to differences with the state held constant at each cut."""
    problem = make_problem(name, DEPTHS[depth], RAGGED)
    network, parameters = problem.network, problem.parameters
    sequences, members = as_sequences(problem)
    problem.state = network.initial_state(len(RAGGED), np.dtype(float))
    begin = last_window(sequences.lengths, k)
    workspace = PoisonedWorkspace(np.float64)
    state = run(network, parameters, sequences, members, begin, workspace)
    window = sequences.pad(members, begin, sequences.lengths)

    def forward():
        return network.forward(parameters, window.x, window.lengths, state, workspace)

    gradients = Parameters.zeros(network.layout, np.float64)
    forward_pass = forward()
    loss, d_scores = cross_entropy(forward_pass.scores, problem.targets, problem.shares)
    network.backward(parameters, forward_pass, d_scores, gradients, workspace)

    assert loss == pytest.approx(problem.loss(), abs=1e-12)
    for key in network.layout:
        expected = sum(
            share * problem.oracle(b, truncation_length=k)[1][key]
            for b, share in enumerate(problem.shares)
        )
        np.testing.assert_allclose(gradients[key], expected, rtol=0, atol=1e-12, err_msg=key)

    def held():
        return cross_entropy(forward().scores, problem.targets, problem.shares)[0]

    assert relative_error(gradients.flat, central_differences(held, parameters.flat)) < 1e-7


@pytest.mark.parametrize("threshold", [1e-3, 0.05, 1e3])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("name", CASES)
def test_step_norm_clips_each_sequence_as_if_it_were_alone(name, depth, threshold):
    problem = make_problem(name, DEPTHS[depth], RAGGED)
    at_step = Clipping("step_norm", threshold).at_step(problem.shares)
    _, gradients, _, _ = problem.loss_and_gradients(at_step=at_step)
    for key in gradients.layout:
        expected = sum(
            share * problem.oracle(b, clip=threshold)[1][key]
            for b, share in enumerate(problem.shares)
        )
        np.testing.assert_allclose(gradients[key], expected, rtol=0, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", CASES)
def test_blocks_of_a_long_ragged_run(name):
    """States that are carried from block to block are those of one run, for every length."""
    lengths = (1, BLOCK_STEPS - 1, BLOCK_STEPS, BLOCK_STEPS + 1, 3 * BLOCK_STEPS + 5)
    problem = make_problem(name, (4,), lengths)
    sequences, members = as_sequences(problem)
    workspace = PoisonedWorkspace(np.float64)
    arguments = problem.network, problem.parameters
    state = run(*arguments, sequences, members, sequences.lengths, workspace)
    zero = problem.network.initial_state(len(lengths), np.dtype(float))
    whole = problem.network.advance(problem.parameters, problem.x, problem.lengths, zero, workspace)
    for s, expected in zip(state[0], whole[0], strict=True):
        np.testing.assert_allclose(s, expected, rtol=0, atol=1e-13)


def as_sequences(problem):
    steps = [problem.x[:n, :, b] for b, n in enumerate(problem.lengths)]
    sequences = Sequences(np.concatenate(steps), problem.lengths)
    return sequences, np.arange(len(sequences))
