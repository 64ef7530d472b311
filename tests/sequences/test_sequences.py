import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skrnn.sequences.sequences import Sequences

lengths_of = st.lists(st.integers(1, 6), min_size=1, max_size=8)


def make(lengths, n_features=2, seed=0):
    steps = np.random.default_rng(seed).normal(size=(sum(lengths), n_features))
    return Sequences(steps, np.array(lengths))


@given(lengths_of)
def test_iteration_gives_back_each_sequence(lengths):
    sequences = make(lengths)
    assert [len(sequence) for sequence in sequences] == lengths
    np.testing.assert_array_equal(np.concatenate(list(sequences)), sequences.steps)
    assert len(sequences) == len(lengths)
    assert sequences.n_features == 2


@given(lengths_of, st.data())
def test_take(lengths, data):
    sequences = make(lengths)
    members = data.draw(st.lists(st.integers(0, len(lengths) - 1)))
    taken = sequences.take(np.array(members, dtype=int))
    assert len(taken) == len(members)
    for ours, member in zip(taken, members, strict=True):
        np.testing.assert_array_equal(ours, list(sequences)[member])


@given(lengths_of, st.data())
def test_padding_and_unpadding_any_windows(lengths, data):
    sequences = make(lengths)
    members = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1)), dtype=int)
    begin = np.array([data.draw(st.integers(0, lengths[m])) for m in members])
    end = np.array(
        [data.draw(st.integers(b, lengths[m])) for m, b in zip(members, begin, strict=True)]
    )
    x = sequences.pad(members, begin, end)
    assert x.shape == (max(end - begin), 2, len(members))
    everything = list(sequences)
    for b, member in enumerate(members):
        window = everything[member][begin[b] : end[b]]
        np.testing.assert_array_equal(x[: len(window), :, b], window)
        assert not x[len(window) :, :, b].any()


@given(lengths_of)
def test_whole_sequences_are_a_window_of_all_steps(lengths):
    sequences, members = make(lengths), np.arange(len(lengths))[::-1]
    window = sequences.pad(members, np.zeros_like(members), sequences.lengths[members])
    np.testing.assert_array_equal(sequences.pad(members), window)


def test_precision_is_kept():
    sequences = Sequences(np.ones((5, 2), np.float32), np.array([2, 3]))
    assert sequences.pad(np.arange(2)).dtype == np.float32
    assert sequences.take(np.array([1])).steps.dtype == np.float32
