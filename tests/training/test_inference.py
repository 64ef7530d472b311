import tracemalloc

import numpy as np
import pytest

from skrnn import Elman, Identity
from skrnn.network.network import Network
from skrnn.network.pooling import POOLS
from skrnn.network.workspace import Workspace
from skrnn.sequences.sequences import Sequences
from skrnn.training.inference import (
    BLOCK_STEPS,
    PREDICT_BATCH,
    NonFiniteError,
    predict_rows,
)
from tests.rounding import assert_close

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.mark.parametrize("pooling", POOLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_scores_come_in_the_order_of_the_sequences_and_do_not_depend_on_company(
    bidirectional, pooling
):
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 150, size=PREDICT_BATCH + 40)
    sequences = Sequences(rng.normal(size=(lengths.sum(), 3)), lengths)
    network = Network(Elman(), 3, (6, 5), 4, bidirectional, pooling)
    parameters = network.initialize(rng, np.dtype(float))
    scores = predict_rows(network, parameters, sequences)
    assert scores.shape == (len(sequences), 4)
    for member in rng.choice(len(sequences), 20):
        alone = predict_rows(network, parameters, sequences.take(np.array([member])))
        assert_close(scores[member], alone[0], 1e-12)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_blocks_change_nothing(bidirectional):
    rng, lengths = np.random.default_rng(0), np.array([200, 3, 130, 64, 65])
    sequences = Sequences(rng.normal(size=(lengths.sum(), 3)), lengths)
    network = Network(Elman(), 3, (6, 5), 4, bidirectional, "mean")
    parameters = network.initialize(rng, np.dtype(float))
    x = sequences.pad(np.arange(5))
    state, workspace = network.initial_state(5, np.dtype(float)), Workspace(float)
    unrolled = network.unroll(parameters, x, lengths, state, workspace)
    (expected,) = network.read(parameters, unrolled, workspace)
    scores = predict_rows(network, parameters, sequences)
    assert_close(scores.T, expected, 1e-12)


@pytest.mark.parametrize("pooling", POOLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_scores_of_steps_come_in_the_order_of_the_steps(bidirectional, pooling):
    """Of many sequences, in batches and blocks: as if each were alone and read in one piece."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 3 * BLOCK_STEPS, size=PREDICT_BATCH + 40)
    sequences = Sequences(rng.normal(size=(lengths.sum(), 3)), lengths)
    network = Network(Elman(), 3, (6, 5), 4, bidirectional, pooling, per_step=True)
    parameters = network.initialize(rng, np.dtype(float))
    scores = Sequences(predict_rows(network, parameters, sequences), lengths)
    for member in rng.choice(len(sequences), 20):
        (x,), (found,) = (part.take(np.array([member])) for part in (sequences, scores))
        x, n_steps = np.ascontiguousarray(x[:, :, None]), lengths[[member]]
        state, workspace = network.initial_state(1, np.dtype(float)), Workspace(float)
        alone = network.unroll(parameters, x, n_steps, state, workspace)
        expected = network.read(parameters, alone, workspace, every_step=True)
        assert_close(found, expected[:, :, 0], 1e-12)


def test_a_long_sequence_does_not_drag_the_others_along(monkeypatch):
    n_columns, unroll = [], Network.unroll

    def spy(self, parameters, x, lengths, *arguments, **settings):
        n_columns.append(len(lengths))
        return unroll(self, parameters, x, lengths, *arguments, **settings)

    monkeypatch.setattr(Network, "unroll", spy)
    lengths = np.array([5, 10 * BLOCK_STEPS, 7])
    network = Network(Elman(), 1, (2,), 2)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
    predict_rows(network, parameters, Sequences(np.zeros((lengths.sum(), 1)), lengths))
    assert n_columns == [3] + 9 * [1]


@pytest.mark.parametrize("per_step", [False, True])
@pytest.mark.parametrize("pooling", POOLS)
def test_states_that_outgrow_their_precision_are_an_error(pooling, per_step):
    cell = Elman("relu", Identity(2.0))
    network = Network(cell, 1, (2,), 2, pooling=pooling, per_step=per_step)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(np.float32))
    parameters["layer_0.input_weights"][...] = 1
    lengths = np.array([2, 300])
    sequences = Sequences(np.ones((lengths.sum(), 1), np.float32), lengths)
    with pytest.raises(NonFiniteError, match=r"sequence 1 are not finite.* 300 steps.*float32"):
        predict_rows(network, parameters, sequences)


def test_a_network_that_reads_both_ways_takes_fewer_long_sequences_at_a_time():
    sequences = Sequences(np.zeros((40 * 2000, 1)), np.full(40, 2000))
    peaks = []
    for bidirectional in (False, True):
        network = Network(Elman(), 1, (8,), 2, bidirectional)
        parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
        tracemalloc.start()
        predict_rows(network, parameters, sequences)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_state_of_all = 40 * 2000 * 8 * 8  # bytes
    assert peaks[0] < one_state_of_all / 2
    assert peaks[1] < one_state_of_all * 2  # a recurrence alone keeps three such arrays


def test_no_more_scores_than_some_steps_have_are_held():
    """Of a tagger with many classes, where those of all steps would take 80 MB."""
    lengths, n_classes = np.array([500, 300, 200]), 10_000
    network = Network(Elman(), 1, (2,), n_classes, per_step=True)
    parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
    sequences = Sequences(np.random.default_rng(0).normal(size=(lengths.sum(), 1)), lengths)
    tracemalloc.start()
    labels = predict_rows(network, parameters, sequences, lambda scores: scores.argmax(axis=1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < lengths.sum() * n_classes * 8 / 4
    scores = predict_rows(network, parameters, sequences)
    np.testing.assert_array_equal(labels, scores.argmax(axis=1))
