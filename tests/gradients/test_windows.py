"""Battery 5 and 6: windows with a carried state, and truncation per sequence."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn.sequences.sequences import Sequences
from skrnn.training.clipping import Clipping
from skrnn.training.inference import BLOCK_STEPS, run
from skrnn.training.windows import last_window
from tests.gradients.cases import (
    CASES,
    LOSSES,
    ONE_DIRECTION,
    SHAPES,
    PoisonedWorkspace,
    flatten,
    make_problem,
    masks_of,
    relative_error,
)
from tests.gradients.differences import BOUND, central_differences, error_by_direction
from tests.rounding import assert_close

RAGGED = (3, 8, 1, 5)


every_shape = pytest.mark.parametrize("shape", ONE_DIRECTION)
every_cell = pytest.mark.parametrize("name", CASES)


@every_shape
@every_cell
def test_one_unroll_equals_two_windows_with_carried_state(name, shape):
    problem = make_problem(name, lengths=(8, 8, 8), **ONE_DIRECTION[shape])
    network, parameters, workspace = problem.network, problem.parameters, PoisonedWorkspace(float)
    whole = problem.scores(workspace)
    for cut in (1, 5):
        first, second = problem.lengths * 0 + cut, problem.lengths - cut
        state = network.advance(parameters, problem.x[:cut], first, problem.state, workspace)
        unrolled = network.unroll(parameters, problem.x[cut:], second, state, workspace)
        scores = network.read(parameters, unrolled, workspace)
        assert_close(scores, whole, 1e-13)


@every_shape
@every_cell
def test_scores_of_steps_of_a_ragged_batch_in_two_windows(name, shape):
    problem = make_problem(name, lengths=RAGGED, per_step=True, **ONE_DIRECTION[shape])
    network, parameters, workspace = problem.network, problem.parameters, PoisonedWorkspace(float)
    whole, cut = problem.scores(workspace), 4
    ends, begin, state = problem.lengths, np.zeros_like(problem.lengths), problem.state
    for end in (np.minimum(ends, cut), ends):
        window = problem.window(begin, end, state)
        scores = window.scores(workspace)
        for b in range(len(ends)):
            found, expected = scores[: end[b] - begin[b], :, b], whole[begin[b] : end[b], :, b]
            assert_close(found, expected, 1e-13)
        state = network.advance(parameters, window.x, window.lengths, state, workspace)
        begin = end


@pytest.mark.parametrize("per_step", [False, True], ids=["at the end", "targets of steps"])
@pytest.mark.parametrize("shape", [shape for shape in ONE_DIRECTION if "last" in shape])
@every_cell
def test_gradients_join_at_the_seam(name, shape, per_step):
    """The second window's d_state, sent into the first, completes the gradient of one unroll."""
    problem = make_problem(name, lengths=(8, 8), per_step=per_step, **ONE_DIRECTION[shape])
    network, cut = problem.network, 5
    _, whole, _, _ = problem.loss_and_gradients()

    workspace, lengths = PoisonedWorkspace(float), np.full(2, cut)
    first_window = problem.parameters, problem.x[:cut], lengths, problem.state, workspace
    carried = network.advance(*first_window)
    second = problem.window(lengths, problem.lengths, carried)
    _, gradients, _, d_carried = second.loss_and_gradients()
    if per_step:  # the first window has costs of its own
        begin = problem.window(np.zeros_like(lengths), lengths, problem.state)
        gradients.flat += begin.loss_and_gradients()[1].flat

    def carried_times_its_gradient():
        states = flatten(network, network.advance(*first_window))
        return sum((d * s).sum() for s, d in zip(states, d_carried, strict=True))

    first = central_differences(carried_times_its_gradient, problem.parameters.flat)
    assert relative_error(gradients.flat + first, whole.flat) < 1e-7


@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("loss", LOSSES)
@every_shape
@every_cell
def test_truncated_gradient(name, shape, loss, k):
    """Equal to the oracle's, and to differences with the state held constant at each cut."""
    settings = ONE_DIRECTION[shape] | LOSSES[loss]
    problem = make_problem(name, lengths=RAGGED, n_inputs=2, dropout=0.4, **settings)
    network, parameters, masks = (
        problem.network,
        problem.parameters,
        masks_of(problem.network, problem.state),
    )
    sequences, members = as_sequences(problem)
    workspace = PoisonedWorkspace(float)
    begin, _, end = last_window(sequences.lengths, k)
    start = network.initial_state(len(RAGGED), np.dtype(float), masks)
    zero = np.zeros_like(begin)
    state = run(network, parameters, sequences, members, zero, begin, start, workspace)
    window = problem.window(begin, end, state)
    loss, gradients, _, d_state = window.loss_and_gradients()

    problem = replace(problem, state=start)
    alone = [problem.oracle(b, truncation_length=k) for b in range(len(RAGGED))]
    expected_loss = sum(share * one[0] for share, one in zip(problem.shares, alone, strict=True))
    assert_close(loss, expected_loss, 1e-12)
    for key in network.layout:
        expected = sum(
            share * one[1][key] for share, one in zip(problem.shares, alone, strict=True)
        )
        assert_close(gradients[key], expected, 1e-12, key)
    for d, array in zip(
        (gradients.flat, *d_state), (parameters.flat, *flatten(network, state)), strict=True
    ):
        assert error_by_direction(d, window.loss, array) < BOUND


@pytest.mark.parametrize("threshold", [1e-3, 0.05, 1e3])
@pytest.mark.parametrize("shape", SHAPES)
@every_cell
def test_step_norm_clips_each_sequence_as_if_it_were_alone(name, shape, threshold):
    problem = make_problem(name, lengths=RAGGED, replication=0.3, **SHAPES[shape])
    at_step = Clipping("step_norm", threshold).at_step(problem.shares)
    _, gradients, _, _ = problem.loss_and_gradients(at_step=at_step)
    alone = [problem.oracle(b, clip=threshold) for b in range(len(RAGGED))]
    for key in gradients.layout:
        expected = sum(
            share * one[1][key] for share, one in zip(problem.shares, alone, strict=True)
        )
        assert_close(gradients[key], expected, 1e-12, key)


@every_shape
@every_cell
def test_blocks_of_a_long_ragged_run(name, shape):
    """What is carried from block to block is that of one run, for every length."""
    lengths = (1, BLOCK_STEPS - 1, BLOCK_STEPS, BLOCK_STEPS + 1, 3 * BLOCK_STEPS + 5)
    problem = make_problem(name, lengths=lengths, **ONE_DIRECTION[shape])
    network, parameters, workspace = problem.network, problem.parameters, PoisonedWorkspace(float)
    sequences, members = as_sequences(problem)
    start = network.initial_state(len(lengths), np.dtype(float))
    zero, end = np.zeros_like(members), sequences.lengths
    state = run(network, parameters, sequences, members, zero, end, start, workspace)
    whole = network.advance(parameters, problem.x, problem.lengths, start, workspace)
    for s, expected in zip(flatten(network, state), flatten(network, whole), strict=True):
        assert_close(s, expected, 1e-13)
    # Sums over 197 steps of an unbounded cell reach 829, where one bit is 1e-13.
    assert_close(state["readout.pooled"], whole["readout.pooled"], 1e-13)
    np.testing.assert_array_equal(state["n_steps"], lengths)


def as_sequences(problem):
    steps = [problem.x[:n, :, b] for b, n in enumerate(problem.lengths)]
    sequences = Sequences(np.concatenate(steps), problem.lengths)
    return sequences, np.arange(len(sequences))
