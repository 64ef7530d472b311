from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skrnn.sequences.batching import STEP_COST, batches, blocks, similar_lengths


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=60),
    st.integers(1, 70),
    st.none() | st.integers(0, 5),
)
def test_each_sequence_once_in_batches_of_even_size(lengths, batch_size, seed):
    rng = None if seed is None else np.random.default_rng(seed)
    groups = batches(np.array(lengths), batch_size, rng)
    assert sorted(np.concatenate(groups)) == list(range(len(lengths)))
    sizes = [len(group) for group in groups]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1
    assert len(groups) == -(-len(lengths) // batch_size)


def test_without_shuffling_the_order_is_kept():
    groups = batches(np.array([5, 1, 4, 2]), 2, None)
    np.testing.assert_array_equal(groups, [[0, 1], [2, 3]])


def test_a_seed_fixes_the_order_and_epochs_differ():
    lengths = np.full(40, 7)
    one, other = (np.random.default_rng(3) for _ in range(2))
    epochs = [[np.concatenate(batches(lengths, 8, rng)) for _ in range(2)] for rng in (one, other)]
    np.testing.assert_array_equal(epochs[0], epochs[1])
    assert (epochs[0][0] != epochs[0][1]).any()


def test_equal_lengths_meet_in_every_combination():
    """Shuffling is honest: over many epochs each pair shares a batch as often as any other."""
    rng, n, size, n_epochs = np.random.default_rng(0), 12, 4, 3000
    together = np.zeros((n, n))
    for _ in range(n_epochs):
        for group in batches(np.full(n, 9), size, rng):
            together[np.ix_(group, group)] += 1
    pairs = together[~np.eye(n, dtype=bool)] / n_epochs
    np.testing.assert_allclose(pairs, (size - 1) / (n - 1), atol=0.05)


def test_similar_lengths_share_batches_that_differ_from_epoch_to_epoch():
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 101, size=1000)
    shares, members = [], []
    for _ in range(20):
        groups = batches(lengths, 100, rng)
        padded = sum(len(group) * lengths[group].max() for group in groups)
        shares.append(1 - lengths.sum() / padded)
        members.append({frozenset(group.tolist()) for group in groups})
    assert max(shares) < 0.2  # random batches of these lengths are half padding
    assert not members[0] & members[1]


def test_batches_come_in_random_order_too():
    rng = np.random.default_rng(0)
    lengths = np.repeat([5, 50, 500], 10)
    first = {lengths[batches(lengths, 10, rng)[0]][0] for _ in range(30)}
    assert first == {5, 50, 500}


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5), st.integers(1, 8), st.integers(0, 9))
def test_blocks_follow_each_other_to_the_end(ends, n_steps, begin):
    end = np.array(ends)
    position = np.minimum(begin, end)
    for first, last in blocks(position, end, n_steps):
        np.testing.assert_array_equal(first, position)
        assert ((last - first >= 0) & (last - first <= n_steps)).all()
        assert (last > first).any()
        position = last
    np.testing.assert_array_equal(position, end)


@pytest.mark.parametrize("n_steps", [1, 4])
def test_no_block_where_there_is_nothing_to_run(n_steps):
    assert not list(blocks(np.full(3, 2), np.full(3, 2), n_steps))


def cost(lengths, parts):
    """Return what it takes to run parts of a batch one after the other."""
    return sum(int(lengths[p][-1]) * (len(lengths[p]) + STEP_COST) for p in parts)


@given(st.lists(st.integers(1, 6000), min_size=1, max_size=30))
def test_parts_follow_each_other_and_cost_no_more_than_the_whole(lengths):
    lengths = np.sort(lengths)
    parts = similar_lengths(lengths)
    assert [parts[0].start, parts[-1].stop] == [0, len(lengths)]
    for part, following in pairwise(parts):
        assert part.stop == following.start
    assert cost(lengths, parts) <= cost(lengths, [slice(0, len(lengths))])


def test_a_long_sequence_is_parted_from_short_ones_and_what_is_similar_is_not():
    assert similar_lengths(np.array([5] * 199 + [5000])) == [slice(0, 199), slice(199, 200)]
    assert len(similar_lengths(np.arange(5, 37))) == 1
    assert len(similar_lengths(np.full(200, 5000))) == 1
    assert len(similar_lengths(np.array([5000, 5, 5]))) == 1  # in another order
    spread = np.geomspace(1, 5000, 200).astype(int)
    padded = sum(spread[part][-1] * len(spread[part]) for part in similar_lengths(spread))
    assert padded < 2 * spread.sum() < len(spread) * spread[-1] / 4
