import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skrnn.sequences.sequences import Sequences
from skrnn.training.windows import Window, Windows, cut_out, last_window, replicate


def test_replication_divides_a_share_among_the_valid_steps():
    shares, lengths = np.array([0.75, 0.25], dtype=np.float32), np.array([3, 1])
    whole = Window(np.zeros(2, int), np.zeros(2, int), lengths)
    parts = replicate(shares, lengths, 0.5, whole)
    assert parts.dtype == np.float32
    np.testing.assert_allclose(parts, [[0.125, 0.25], [0.125, 0], [0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(replicate(shares, lengths, 1, whole)[:, 0], 0.25)
    at_end = replicate(shares, lengths, 0, whole)
    np.testing.assert_array_equal(at_end, [[0, 0.25], [0, 0], [0.75, 0]])


def test_replication_in_a_window_counts_no_step_twice():
    shares, lengths = np.array([0.8, 0.2]), np.array([8, 4])
    begin, counted_from, end = np.array([4, 1]), np.array([6, 2]), np.array([8, 4])
    parts = replicate(shares, lengths, 0.5, Window(begin, counted_from, end))
    expected = [[0, 0], [0, 0.025], [0.05, 0.125], [0.45, 0]]
    np.testing.assert_allclose(parts, expected, rtol=1e-12)


def test_parts_of_steps_are_cut_out_of_a_window_and_only_those_not_yet_counted_do():
    shares = Sequences(np.arange(1.0, 11.0)[:, None], np.array([4, 1, 5]))
    window = Window(np.array([1, 2]), np.array([2, 2]), np.array([4, 5]))
    parts = cut_out(shares, np.array([0, 2]), window)
    np.testing.assert_array_equal(parts, [[0, 8], [3, 9], [4, 10]])
    window = Window(np.array([0, 0]), np.array([0, 0]), np.array([4, 1]))
    parts = cut_out(shares, np.array([0, 1]), window)
    np.testing.assert_array_equal(parts, [[1, 5], [2, 0], [3, 0], [4, 0]])


def test_last_window():
    lengths = np.array([3, 10, 5])
    for k, begin in ((None, [0, 0, 0]), (4, [0, 6, 1]), (10**30, [0, 0, 0])):
        window = last_window(lengths, k)
        np.testing.assert_array_equal(window, [begin, lengths - 1, lengths])


def test_windows_of_ragged_sequences():
    """Of ten steps, the first window has what is left; a sequence of three ends with it."""
    first, *others = Windows(np.array([10, 3]), 4, 3)
    np.testing.assert_array_equal(first, [[0, 0], [0, 0], [4, 3]])
    np.testing.assert_array_equal([window.begin for window in others], [[3, 0], [6, 0]])
    np.testing.assert_array_equal([window.counted_from for window in others], [[4, 3], [7, 3]])
    np.testing.assert_array_equal([window.end for window in others], [[7, 3], [10, 3]])


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.none() | st.integers(1, 50),
    st.none() | st.integers(1, 50),
)
def test_every_step_counts_in_exactly_one_window(lengths, k, stride):
    if k is not None and stride is not None and stride > k:
        k, stride = stride, k
    windows = Windows(np.array(lengths), k, stride)
    counts = [np.zeros(n, int) for n in lengths]
    position = np.zeros(len(lengths), int)
    for i, window in enumerate(windows):
        assert (window.begin >= position).all()
        position = window.begin
        assert (window.end <= lengths).all()
        for b, (begin, counted_from, end) in enumerate(zip(*window, strict=True)):
            counts[b][counted_from:end] += 1
            if counted_from < end:
                assert begin <= counted_from
                assert end - begin == min(k or max(lengths), max(lengths)) or begin == 0
                assert i == 0 or end - counted_from == min(stride or 50, k or 50, max(lengths))
    assert all((count == 1).all() for count in counts)
    assert len(windows) == i + 1
