import tracemalloc

import numpy as np
import pytest

from skrnn import Elman
from skrnn.network.network import Network
from skrnn.network.pooling import POOLS
from skrnn.sequences.sequences import Sequences
from skrnn.training.inference import PREDICT_BATCH, predict_scores


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
    scores = predict_scores(network, parameters, sequences)
    assert scores.shape == (len(sequences), 4)
    for member in rng.choice(len(sequences), 20):
        alone = predict_scores(network, parameters, sequences.take(np.array([member])))
        np.testing.assert_allclose(scores[member], alone[0], rtol=0, atol=1e-12)


def test_a_network_that_reads_both_ways_takes_fewer_long_sequences_at_a_time():
    sequences = Sequences(np.zeros((40 * 2000, 1)), np.full(40, 2000))
    peaks = []
    for bidirectional in (False, True):
        network = Network(Elman(), 1, (8,), 2, bidirectional)
        parameters = network.initialize(np.random.default_rng(0), np.dtype(float))
        tracemalloc.start()
        predict_scores(network, parameters, sequences)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    one_state_of_all = 40 * 2000 * 8 * 8  # bytes
    assert peaks[0] < one_state_of_all / 2
    assert peaks[1] < one_state_of_all * 2  # a recurrence alone keeps three such arrays
