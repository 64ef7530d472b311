"""Truncated BPTT with a target at every step, against the textbook's loop."""

import tracemalloc

import numpy as np
import pytest

from skrnn.network.dropout import dropout_masks
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.training.clipping import Clipping
from skrnn.training.loop import train
from skrnn.training.progress import generator_in
from tests.gradients.cases import CASES, ONE_DIRECTION, engine_of
from tests.reference import oracle_of
from tests.reference.truncation import textbook_loop, windows_loop
from tests.rounding import assert_close
from tests.training.cases import begin, make_data, make_recipe, make_step_data

LENGTHS = (3, 11, 7, 1)
every_shape = pytest.mark.parametrize("shape", ONE_DIRECTION)
every_cell = pytest.mark.parametrize("name", CASES)
every_target = pytest.mark.parametrize("per_step", [False, True], ids=["replicated", "of steps"])


def make_network(name, shape, per_step):
    settings = ONE_DIRECTION[shape]
    pooling = settings["pooling"]
    shape = CASES[name], 2, settings["sizes"], 2, False, pooling, per_step
    return Network(*shape, engine=engine_of(name))


def step_shares(n, replication):
    """Return the part in a sequence's loss that the cost of each of its n steps has."""
    shares = np.full(n, replication / n)
    shares[-1] += 1 - replication
    return shares


@pytest.mark.parametrize("k", [1, 4, 9])
@every_target
@every_shape
@every_cell
def test_a_stride_of_one_is_the_textbook_loop(name, shape, per_step, k):
    """One sequence of nine steps: as many updates as windows of k steps, each a step later."""
    network, n = make_network(name, shape, per_step), 9
    data = make_step_data([n]) if per_step else make_data([n])
    recipe = make_recipe(
        network=network,
        target_replication=0.0 if per_step else 0.4,
        truncation_length=k,
        truncation_stride=1,
        alpha=0.3,
    )
    progress = begin(recipe)
    expected = Parameters(network.layout, progress.parameters.flat.copy())
    (x,), target, n_updates = data.sequences, data.targets.steps, n - k + 1
    total = data.weights.steps.sum()
    shares = n_updates * (data.weights.steps[:, 0] / total if per_step else step_shares(n, 0.4))
    target = target if per_step else target[0]
    alpha = 0.3 / total
    losses = textbook_loop(
        oracle_of(name.split("-")[0]), network, expected, x, target, shares, k, 0.1, alpha
    )
    train(recipe, progress, data, n_epochs=1)
    assert progress.stepper.n_steps == len(losses) == n_updates
    assert_close(progress.monitor.loss_curve, [np.mean(losses)], 1e-12)
    assert_close(progress.parameters.flat, expected.flat, 1e-12)


@pytest.mark.parametrize(("checkpoint", "clip"), [(False, None), (2, 0.05)])
@pytest.mark.parametrize(("k", "stride"), [(3, 1), (3, 2), (3, 3), (5, None), (100, None)])
@every_target
@every_shape
@every_cell
def test_windows_of_a_ragged_batch(name, shape, per_step, k, stride, checkpoint, clip):
    network = make_network(name, shape, per_step)
    data = make_step_data(LENGTHS) if per_step else make_data(LENGTHS)
    recipe = make_recipe(
        network=network,
        target_replication=0.0 if per_step else 0.7,
        truncation_length=k,
        truncation_stride=stride,
        dropout=0.4,
        alpha=0.3,
        checkpoint=checkpoint,
        clipping=Clipping("step_norm", clip),
    )
    progress = begin(recipe)
    expected = Parameters(network.layout, progress.parameters.flat.copy())
    members, _ = data.distinct(np.arange(len(LENGTHS)))
    masks = dropout_masks(
        0.4, network.layer_sizes, len(members), np.dtype(float), generator_in(progress.masks)
    )
    sequences = list(data.sequences)
    s = min(stride or k, max(LENGTHS))
    n_updates = 1 + max(0, -(-(max(LENGTHS) - k) // s))
    total = data.weights.steps.sum()
    weights, targets = list(data.weights), list(data.targets)
    shares = [n_updates * weights[member][:, 0] / total for member in members]
    parts = [share.sum() for share in shares]
    if not per_step:
        shares = [
            part * step_shares(LENGTHS[b], 0.7) for part, b in zip(parts, members, strict=True)
        ]
    losses = windows_loop(
        oracle_of(name.split("-")[0]),
        network,
        expected,
        [sequences[member] for member in members],
        [targets[member] if per_step else targets[member][0] for member in members],
        shares,
        [[mask[:, column] for mask in masks] for column in range(len(members))],
        k,
        s,
        0.1,
        0.3 / total,
        None if clip is None else [clip * part for part in parts],
    )
    train(recipe, progress, data, n_epochs=1)
    assert progress.stepper.n_steps == len(losses) == n_updates
    assert_close(progress.monitor.loss_curve, [np.mean(losses)], 1e-12)
    assert_close(progress.parameters.flat, expected.flat, 1e-12)


@pytest.mark.parametrize("by", ["norm", "step_norm", "value"])
def test_a_window_as_long_as_the_sequence_is_full_backpropagation(by):
    data, results = make_data([6, 6, 6]), []
    for k in (None, 6, 100):
        recipe = make_recipe(
            target_replication=0.5, truncation_length=k, clipping=Clipping(by, 0.01)
        )
        progress = begin(recipe)
        train(recipe, progress, data, n_epochs=2)
        results.append(progress.parameters.flat)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@every_target
@pytest.mark.parametrize("stride", [None, 25])
def test_memory_is_that_of_a_window_however_long_the_sequence(stride, per_step):
    k, n_units, n_sequences = 50, 32, 4
    network, peaks = Network(CASES["elman"], 2, (n_units,), 2, per_step=per_step), {}
    for n_steps in (500, 5000):
        data = (make_step_data if per_step else make_data)([n_steps] * n_sequences)
        recipe = make_recipe(
            network=network,
            target_replication=0.0 if per_step else 0.5,
            truncation_length=k,
            truncation_stride=stride,
        )
        progress = begin(recipe)
        data.identities  # noqa: B018 - what is kept of the data is no matter of windows
        tracemalloc.start()
        train(recipe, progress, data, n_epochs=1)
        peaks[n_steps] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    hidden_states = n_units * n_sequences * 8  # bytes per step
    assert peaks[500] < 10 * k * hidden_states
    weights = 4 * 4500 * n_sequences * 8 * per_step  # of the batch's steps, while they are merged
    assert peaks[5000] < 1.2 * peaks[500] + weights
