import numpy as np

from skrnn import Adam, Elman
from skrnn.network.network import Network
from skrnn.training.monitor import Monitor
from skrnn.training.progress import Progress


def test_weights_order_and_masks_have_a_stream_each():
    network, dtype = Network(Elman(), 2, (5,), 2), np.dtype(float)
    progress = Progress.begin(0, network, Adam(), Monitor(1e-4, 10), dtype)
    for_order, for_masks = progress.generator, progress.mask_generator
    assert for_order.bit_generator.state != for_masks.bit_generator.state
    for generator in (for_order, for_masks):
        same_stream = np.random.default_rng(generator.bit_generator.seed_seq)
        assert (network.initialize(same_stream, dtype).flat != progress.parameters.flat).any()
