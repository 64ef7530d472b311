import numpy as np
import pytest

from skrnn.network.dropout import dropout_masks


def test_a_mask_for_each_layer_and_sequence():
    low, top = dropout_masks(0.25, (8, 6), 1000, np.dtype(np.float32), np.random.default_rng(0))
    assert (low.shape, top.shape) == ((8, 1000), (6, 1000))
    for mask in (low, top):
        assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.75)}
        assert mask.mean() == pytest.approx(1, abs=0.05)


def test_no_dropout_draws_nothing():
    generator = np.random.default_rng(0)
    assert dropout_masks(0.0, (8, 6), 1000, np.dtype(float), generator) == ()
    assert generator.random() == np.random.default_rng(0).random()


def test_precision_does_not_change_what_is_dropped():
    single, double = (
        dropout_masks(0.5, (8,), 9, np.dtype(dtype), np.random.default_rng(0))[0]
        for dtype in (np.float32, np.float64)
    )
    np.testing.assert_array_equal(single, double)
