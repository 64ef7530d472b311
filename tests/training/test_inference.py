import numpy as np

from skrnn import Elman
from skrnn.network.network import Network
from skrnn.sequences.sequences import Sequences
from skrnn.training.inference import PREDICT_BATCH, predict_scores


def test_scores_come_in_the_order_of_the_sequences_and_do_not_depend_on_company():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 150, size=PREDICT_BATCH + 40)
    sequences = Sequences(rng.normal(size=(lengths.sum(), 3)), lengths)
    network = Network(Elman(), 3, (6,), 4)
    parameters = network.initialize(rng, np.dtype(float))
    scores = predict_scores(network, parameters, sequences)
    assert scores.shape == (len(sequences), 4)
    for member in rng.choice(len(sequences), 20):
        alone = predict_scores(network, parameters, sequences.take(np.array([member])))
        np.testing.assert_allclose(scores[member], alone[0], rtol=0, atol=1e-12)
