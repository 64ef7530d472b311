import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn.network.layer import reverse


@given(st.lists(st.integers(0, 6), min_size=1, max_size=5), st.integers(0, 3))
def test_each_sequence_is_turned_round_and_its_padding_stays(lengths, padding):
    shape = max(lengths) + padding, 2, len(lengths)
    steps = np.random.default_rng(0).normal(size=shape)
    reversed_steps = reverse(steps, np.array(lengths))
    assert reversed_steps.shape == shape
    for b, n in enumerate(lengths):
        np.testing.assert_array_equal(reversed_steps[:n, :, b], steps[:n, :, b][::-1])
        np.testing.assert_array_equal(reversed_steps[n:, :, b], steps[n:, :, b])
    np.testing.assert_array_equal(reverse(reversed_steps, np.array(lengths)), steps)
    np.testing.assert_array_equal(reverse(steps, None), steps[::-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_stays(dtype):
    assert reverse(np.zeros((3, 1, 2), dtype), np.array([3, 2])).dtype == dtype
