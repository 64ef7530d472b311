import numpy as np

from skrnn.sequences.sequences import Sequences
from skrnn.training.dataset import Dataset


def make_data(order=(0, 1, 2, 3, 4)):
    """Return five sequences: 0 and 3 are equal, 4 equals them but for its target."""
    x = [[1.0, 2.0], [1.0], [2.0, 1.0], [1.0, 2.0], [1.0, 2.0]]
    targets, weights = np.array([0, 0, 0, 0, 1]), np.array([1.0, 0.0, 2.0, 0.5, 3.0])
    chosen, order = [x[i] for i in order], np.array(order)
    steps = np.concatenate(chosen)[:, None]
    lengths = np.array([len(sequence) for sequence in chosen])
    return Dataset(Sequences(steps, lengths), targets[order], weights[order])


def test_equal_sequences_are_merged_and_those_without_weight_left_out():
    members, weights = make_data().distinct(np.arange(5))
    assert dict(zip(members.tolist(), weights.tolist(), strict=True)) == {0: 1.5, 2: 2.0, 4: 3.0}
    members, weights = make_data().distinct(np.array([4, 3, 1]))
    assert dict(zip(members.tolist(), weights.tolist(), strict=True)) == {3: 0.5, 4: 3.0}
    assert len(make_data().distinct(np.array([1]))[0]) == 0


def test_the_sign_of_zero_makes_no_difference():
    sequences = Sequences(np.array([[0.0], [-0.0]]), np.array([1, 1]))
    members, weights = Dataset(sequences, np.zeros(2, int), np.ones(2)).distinct(np.arange(2))
    assert members.tolist() == [0]
    assert weights.tolist() == [2]


def test_the_order_follows_from_what_the_sequences_are():
    def kinds(data, members):
        members, _ = data.distinct(members)
        sequences = list(data.sequences)
        return [(sequences[i].tobytes(), data.targets[i]) for i in members]

    expected = kinds(make_data(), np.arange(5))
    rng = np.random.default_rng(0)
    for _ in range(10):
        data = make_data(tuple(rng.permutation(5)))
        assert kinds(data, rng.permutation(5)) == expected
