import numpy as np
import pytest

from skrnn import Cycles
from skrnn.network.losses import REGRESSION_LOSSES, CrossEntropy
from skrnn.training.loop import train
from tests.training.cases import begin, make_data, make_recipe


def of_training(**changes):
    recipe = make_recipe(schedule=Cycles(first=3), horizon=3, judge_at_rest=True, **changes)
    return train(recipe, begin(recipe), make_data([4] * 12), n_epochs=3).complaint


def test_a_network_that_could_as_well_guess_says_so():
    complaint = of_training(learning_rate=1e-9)
    assert "learnt next to nothing: after 3 epochs its training loss is" in complaint
    assert "learning_rate (now 1e-09)" in complaint
    assert "StackSteps" not in complaint
    assert of_training(learning_rate=3.0) is None


def test_nobody_is_told_who_said_when_to_stop():
    recipe = make_recipe(schedule=Cycles(first=3), horizon=3, learning_rate=1e-9)
    assert train(recipe, begin(recipe), make_data([4] * 12), n_epochs=3).complaint is None


def test_long_sequences_are_told_of_stacking():
    recipe = make_recipe(schedule=Cycles(first=1), judge_at_rest=True, learning_rate=1e-9)
    assert "StackSteps" in train(recipe, begin(recipe), make_data([101] + [5] * 11), 1).complaint


def test_the_floor_ends_training_in_peace():
    recipe = make_recipe(schedule=Cycles(first=3), judge_at_rest=True, floor=10.0)
    progress = begin(recipe)
    assert train(recipe, progress, make_data([4] * 12), n_epochs=100).complaint is not None
    assert len(progress.monitor.loss_curve) == 3  # at the end of a cycle, not before


def test_to_guess_costs_the_entropy_of_classes():
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    found = CrossEntropy().of_guessing(np.array([[0], [1], [1], [0]]), shares, 3)
    assert found == pytest.approx(np.log(2))


@pytest.mark.parametrize("name", REGRESSION_LOSSES)
def test_to_guess_costs_what_zero_scores_cost(name):
    rng = np.random.default_rng(0)
    targets, shares = rng.exponential(size=(7, 2)), rng.dirichlet(np.ones(7))
    loss = REGRESSION_LOSSES[name]()
    value, _ = loss(np.zeros((1, 2, 7)), targets.T[None], shares[None])
    assert loss.of_guessing(targets, shares, 2) == pytest.approx(value)
