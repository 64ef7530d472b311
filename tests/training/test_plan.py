import numpy as np
import pytest

from skrnn import Cycles
from skrnn.training.plan import LABELS, NUMBERS, Habits, Plan
from tests.training.cases import dataset, make_data

HABITS = Habits(n_updates=100, n_epochs=4, doublings=2, margin=0.0, enough=50)


def plan(n_sequences, n_steps=6, batch_size=None, habits=HABITS):
    return Plan.of(make_data([n_steps] * n_sequences), habits, batch_size)


def repeated(data, members):
    taken = data.take(np.asarray(members))
    taken.weights.steps[:] = 1
    return taken


@pytest.mark.parametrize(
    ("n_sequences", "batch_size", "first"),
    [
        (5, 5, 100),  # all in one batch: an epoch for each update
        (32, 32, 100),
        (33, 32, 50),  # two batches
        (320, 32, 10),
        (1000, 32, 4),  # 32 updates in an epoch
        (3200, 32, 4),  # never fewer epochs
    ],
)
def test_the_first_cycle_has_enough_updates_and_epochs(n_sequences, batch_size, first):
    found = plan(n_sequences)
    assert found.batch_size == batch_size
    assert found.schedule == Cycles(first, doublings=2)


def test_a_batch_size_that_is_chosen_already_counts():
    assert plan(320, batch_size=320).schedule.first == 100
    assert plan(320, batch_size=1).schedule.first == 4
    assert plan(320, batch_size=80).batch_size == 80


def test_the_rate_falls_with_the_length_of_the_middle_sequence():
    rates = [plan(3, n_steps).learning_rate for n_steps in (1, 64, 200, 800)]
    assert rates[0] == rates[1] == 0.01
    assert (np.diff(rates[1:]) < 0).all()
    one_long = Plan.of(make_data([5, 6, 4000]), HABITS, None)
    assert one_long.learning_rate == 0.01


@pytest.mark.parametrize("n_sequences", [10, 50])
def test_weights_and_copies_make_the_same_plan_for_full_batches(n_sequences):
    rng = np.random.default_rng(0)
    data = make_data(rng.integers(20, 300, n_sequences))
    counts = rng.integers(0, 4, n_sequences)
    data.weights.steps[:, 0] = counts
    members = rng.permutation(np.repeat(np.arange(n_sequences), counts))
    of_weights = Plan.of(data, HABITS, 1000)
    of_copies = Plan.of(repeated(data, members), HABITS, 1000)
    assert of_weights == of_copies


def test_few_that_differ_make_one_batch_however_often_they_come():
    data = make_data([4] * 10)
    copies = repeated(data, np.repeat(np.arange(10), 20))
    assert Plan.of(copies, HABITS, None).batch_size == 200
    assert Plan.of(copies, HABITS, None).schedule == Plan.of(data, HABITS, None).schedule


def test_what_has_no_weight_does_not_decide():
    data = make_data([4] * 30 + [900] * 40)
    data.weights.steps[30:] = 0
    found = Plan.of(data, HABITS, None)
    assert found.learning_rate == 0.01
    assert found.batch_size == 70


def test_targets_of_steps():
    rng = np.random.default_rng(0)
    sequences = make_data([5] * 40).sequences
    data = dataset(sequences, rng.integers(2, size=200), np.ones(200))
    assert Plan.of(data, HABITS, None) == plan(40)


def test_labels_are_learnt_longer_and_numbers_watched():
    assert LABELS.n_updates > NUMBERS.n_updates
    assert LABELS.enough > NUMBERS.enough
