from itertools import pairwise

import numpy as np
import pytest

from skrnn import Adaptive, Constant, Cosine, Cycles, InverseScaling, OneCycle
from skrnn.training.loop import train
from skrnn.training.monitor import Monitor
from skrnn.training.optimizers import Stepper
from skrnn.training.schedules import SCHEDULES
from tests.training.cases import begin, make_data, make_recipe

EPOCHS = np.linspace(0, 10, 101)


def factors(schedule, n_plateaus=0):
    return np.array([schedule.factor(epoch, 10, n_plateaus) for epoch in EPOCHS])


def test_constant():
    assert set(factors(Constant())) == {1.0}


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_inverse_scaling(power):
    np.testing.assert_allclose(factors(InverseScaling(power)), (1 + EPOCHS) ** -power)


def test_adaptive_follows_the_plateaus_alone():
    assert set(factors(Adaptive(), n_plateaus=0)) == {1.0}
    assert set(factors(Adaptive(cut=0.5), n_plateaus=3)) == {0.125}
    assert Adaptive(max_cuts=7).max_plateaus == 7
    assert {kind().max_plateaus for name, kind in SCHEDULES.items() if name != "adaptive"} == {0}


@pytest.mark.parametrize("last", [0.0, 0.1])
def test_cosine(last):
    expected = last + (1 - last) * np.cos(np.pi * EPOCHS / 20) ** 2
    np.testing.assert_allclose(factors(Cosine(last)), expected, atol=1e-15)


@pytest.mark.parametrize("rise", [0.0, 0.3, 1.0])
def test_one_cycle(rise):
    values = factors(OneCycle(rise, first=0.2, last=0.01))
    top = round(rise * 100)
    assert values[0] == pytest.approx(0.2 if rise > 0 else 1.0)
    assert values[-1] == pytest.approx(0.01)
    assert (np.diff(values[: top + 1 - (rise == 1)]) > 0).all()
    assert (np.diff(values[top:]) < 0).all()
    if 0 < rise < 1:
        assert values[top] == pytest.approx(1.0)
        assert values[top // 2] == pytest.approx(0.6)


@pytest.mark.parametrize(
    "schedule", [Constant(), Adaptive(), Cosine(last=0.1), OneCycle(last=0.1)], ids=repr
)
def test_beyond_the_horizon_the_rate_stays_where_it_was(schedule):
    end, beyond = (schedule.factor(epoch, 10, 2) for epoch in (10, 25))
    assert beyond == end > 0


def test_every_batch_gets_the_rate_of_its_moment(monkeypatch):
    rates, step = [], Stepper.step

    def spy(self, parameters, gradient, learning_rate):
        rates.append(learning_rate)
        step(self, parameters, gradient, learning_rate)

    monkeypatch.setattr(Stepper, "step", spy)
    recipe = make_recipe(schedule=Cosine(), horizon=2, batch_size=2)
    train(recipe, begin(recipe), make_data([4] * 6), n_epochs=2)
    moments = np.arange(6) / 3
    np.testing.assert_allclose(rates, 0.1 * (1 + np.cos(np.pi * moments / 2)) / 2, atol=1e-16)


def test_the_rate_is_the_size_of_the_step():
    recipe = make_recipe(schedule=InverseScaling(power=1.0))
    progress = begin(recipe)
    steps = []
    for _ in range(3):
        before = progress.parameters.flat.copy()
        train(recipe, progress, make_data([4] * 6), n_epochs=1)
        steps.append(np.linalg.norm(progress.parameters.flat - before))
    norms = [median for median, _ in progress.monitor.gradient_norms]
    np.testing.assert_allclose(steps, [0.1 * n / (1 + i) for i, n in enumerate(norms)])


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_that_has_run_its_course_is_no_cause_for_complaint(name):
    recipe = make_recipe(schedule=SCHEDULES[name](), horizon=2)
    complaint = train(recipe, begin(recipe), make_data([4] * 6), n_epochs=2).complaint
    if name in {"cosine", "one_cycle"}:
        assert complaint is None
    else:
        assert "max_iter=2 epochs" in complaint


def test_adaptive_training_ends_with_the_plateau_after_the_last_cut():
    recipe = make_recipe(schedule=Adaptive(max_cuts=2))
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e9, patience=1, max_plateaus=2)
    ending = train(recipe, progress, make_data([4] * 6), n_epochs=100)
    assert ending.complaint is None
    assert len(progress.monitor.loss_curve) == 1 + 3 * 2
    assert progress.monitor.n_plateaus == 2


def test_cycles_double_and_then_stay_as_long_as_they_are():
    cycles = Cycles(first=3, doublings=2)
    begins = [0, 3, 9, 21, 33, 45]
    assert [epoch for epoch in range(1, 46) if cycles.rests(epoch, 0)] == begins[1:]
    for first, end in pairwise(begins):
        moments = np.linspace(0, end - first, 50, endpoint=False)
        expected = [OneCycle(0.3, 0.04).factor(moment, end - first, 0) for moment in moments]
        found = [cycles.factor(first + moment, 0, 0) for moment in moments]
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    assert Cycles(first=5, doublings=0).rests(5 * 1000, 0)


@pytest.mark.parametrize(
    ("done", "end"), [(0, 21), (2, 21), (9, 21), (20, 21), (21, 33), (22, 33), (33, 45)]
)
def test_cycles_end_with_the_first_of_the_longest_or_with_the_present_one(done, end):
    assert Cycles(first=3, doublings=2).end(done) == end


def test_cycles_do_not_depend_on_where_training_ends():
    moments = np.linspace(0, 100, 77)
    near, far = ([Cycles().factor(e, horizon, 0) for e in moments] for horizon in (1, 10**6))
    assert near == far


@pytest.mark.parametrize("name", SCHEDULES)
def test_rest_is_where_a_rate_that_falls_has_fallen(name):
    schedule = SCHEDULES[name]()
    rests = [epoch for epoch in range(1, 51) if schedule.rests(epoch, 50)]
    assert rests == {"cosine": [50], "one_cycle": [50], "cycles": [10, 30]}.get(
        name, list(range(1, 51))
    )
    if schedule.falls:
        assert all(schedule.factor(epoch - 1e-6, 50, 0) < 1e-4 for epoch in rests)


@pytest.mark.parametrize(("n_epochs", "ends_well"), [(2, False), (3, True), (4, False), (9, True)])
def test_cycles_end_well_with_one_of_them(n_epochs, ends_well):
    recipe = make_recipe(schedule=Cycles(first=3), horizon=n_epochs)
    complaint = train(recipe, begin(recipe), make_data([4] * 6), n_epochs=n_epochs).complaint
    assert complaint is None if ends_well else "while the learning rate was still high" in complaint


def test_cycles_are_judged_at_their_ends(monkeypatch):
    seen = []
    monkeypatch.setattr(
        Monitor, "_judge", lambda self, epoch, lack: seen.append(len(self.loss_curve) + 1)
    )
    recipe = make_recipe(schedule=Cycles(first=3), judge_at_rest=True, horizon=21)
    train(recipe, begin(recipe), make_data([4] * 6), n_epochs=21)
    assert seen == [3, 9, 21]
