import numpy as np

from skrnn.sequences.sequences import Sequences
from tests.training.cases import dataset, make_step_data


def make_data(order=(0, 1, 2, 3, 4)):
    """Return five sequences: 0 and 3 are equal, 4 equals them but for its target."""
    x = [[1.0, 2.0], [1.0], [2.0, 1.0], [1.0, 2.0], [1.0, 2.0]]
    targets, weights = np.array([0, 0, 0, 0, 1]), np.array([1.0, 0.0, 2.0, 0.5, 3.0])
    chosen, order = [x[i] for i in order], np.array(order)
    steps = np.concatenate(chosen)[:, None]
    lengths = np.array([len(sequence) for sequence in chosen])
    return dataset(Sequences(steps, lengths), targets[order], weights[order])


def distinct(data, members):
    members, weights = data.distinct(members)
    weights = (sequence[:, 0].tolist() for sequence in weights)
    return dict(zip(members.tolist(), weights, strict=True))


def test_equal_sequences_are_merged_and_those_without_weight_left_out():
    assert distinct(make_data(), np.arange(5)) == {0: [1.5], 2: [2.0], 4: [3.0]}
    assert distinct(make_data(), np.array([4, 3, 1])) == {3: [0.5], 4: [3.0]}
    assert len(make_data().distinct(np.array([1]))[0]) == 0


def test_the_sign_of_zero_makes_no_difference():
    sequences = Sequences(np.array([[0.0], [-0.0]]), np.array([1, 1]))
    assert distinct(dataset(sequences, np.zeros(2, int), np.ones(2)), np.arange(2)) == {0: [2.0]}
    targets = dataset(sequences, np.array([0.0, -0.0]), np.ones(2))
    assert len(distinct(targets, np.arange(2))) == 1


def test_the_order_follows_from_what_the_sequences_are():
    def kinds(data, members):
        members, _ = data.distinct(members)
        sequences = list(data.sequences)
        return [(sequences[i].tobytes(), data.targets.steps[i, 0]) for i in members]

    expected = kinds(make_data(), np.arange(5))
    rng = np.random.default_rng(0)
    for _ in range(10):
        data = make_data(tuple(rng.permutation(5)))
        assert kinds(data, rng.permutation(5)) == expected


def test_weights_of_copies_have_the_same_sum_in_any_order():
    rng = np.random.default_rng(0)
    data = make_step_data([3]).take(np.zeros(40, int))
    data.weights.steps[:, 0] = rng.uniform(size=120)
    data.weights.steps[3:6, 0] = data.weights.steps[2::-1, 0]  # copies with one total
    ((_, expected),) = distinct(data, np.arange(40)).items()
    for _ in range(10):
        order = rng.permutation(40)
        assert [*distinct(data.take(order), rng.permutation(40)).values()] == [expected]


def test_weights_of_steps_are_merged_step_by_step():
    data = make_step_data([3, 1, 2, 3])
    copies = data.take(np.array([0, 1, 2, 0, 0, 2]))
    copies.weights.steps[:3, 0] = [4, 0, 1]  # of sequence 0
    copies.weights.steps[6:9, 0] = [0, 0, 5]  # of its first copy
    copies.weights.steps[9:12, 0] = [1, 0, 0]  # of its second
    copies.weights.steps[3, 0] = 0  # of sequence 1, of one step
    merged = distinct(copies, np.arange(6))
    of_two = copies.weights.steps[4:6, 0] + copies.weights.steps[12:, 0]
    assert merged == {0: [5, 0, 6], 2: of_two.tolist()}
