import numpy as np

from skrnn.sequences.batching import Window
from skrnn.sequences.sequences import Sequences
from skrnn.training.shares import cut_out, replicate


def test_replication_divides_a_share_among_the_valid_steps():
    shares, lengths = np.array([0.75, 0.25], dtype=np.float32), np.array([3, 1])
    whole = Window(np.zeros(2, int), np.zeros(2, int), lengths)
    parts = replicate(shares, lengths, 0.5, whole)
    assert parts.dtype == np.float32
    np.testing.assert_allclose(parts, [[0.125, 0.25], [0.125, 0], [0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(replicate(shares, lengths, 1, whole)[:, 0], 0.25)
    at_end = replicate(shares, lengths, 0, whole)
    np.testing.assert_array_equal(at_end, [[0, 0.25], [0, 0], [0.75, 0]])


def test_replication_in_a_window_counts_fresh_steps_only():
    shares, lengths = np.array([0.8, 0.2]), np.array([8, 4])
    begin, fresh, end = np.array([4, 1]), np.array([6, 2]), np.array([8, 4])
    parts = replicate(shares, lengths, 0.5, Window(begin, fresh, end))
    expected = [[0, 0], [0, 0.025], [0.05, 0.125], [0.45, 0]]
    np.testing.assert_allclose(parts, expected, rtol=1e-12)


def test_parts_of_steps_are_cut_out_of_a_window_and_only_the_fresh_ones_count():
    shares = Sequences(np.arange(1.0, 11.0)[:, None], np.array([4, 1, 5]))
    window = Window(np.array([1, 2]), np.array([2, 2]), np.array([4, 5]))
    parts = cut_out(shares, np.array([0, 2]), window)
    np.testing.assert_array_equal(parts, [[0, 8], [3, 9], [4, 10]])
    window = Window(np.array([0, 0]), np.array([0, 0]), np.array([4, 1]))
    parts = cut_out(shares, np.array([0, 1]), window)
    np.testing.assert_array_equal(parts, [[1, 5], [2, 0], [3, 0], [4, 0]])
