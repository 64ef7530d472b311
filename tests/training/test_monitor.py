from copy import deepcopy

import numpy as np
import pytest

from skrnn.training.monitor import Epoch, Monitor, Validation


def epoch(loss):
    return Epoch(loss, 2.0, 3.0, 0.5)


def said(score):
    return Validation(score, 0.5)


def watch(losses, **rule):
    """Return the number of epochs until the monitor says to stop, and the monitor."""
    monitor = Monitor(**rule)
    for loss in losses:
        monitor.record(epoch(loss))
        if monitor.is_done:
            break
    return len(monitor.loss_curve), monitor


def test_stops_after_more_than_patience_epochs_without_improvement():
    n_epochs, monitor = watch([3.0, 2.0, 2.0, 2.0, 2.0, 2.0], tol=0.1, patience=2)
    assert n_epochs == 5
    assert monitor.loss_curve == [3.0, 2.0, 2.0, 2.0, 2.0]
    assert monitor.best_loss == 2.0


def test_an_improvement_below_tol_does_not_count_but_is_remembered():
    n_epochs, monitor = watch([1.0, 0.95, 0.9, 0.85, 0.8], tol=0.1, patience=2)
    assert n_epochs == 4
    assert monitor.best_loss == 0.85


def test_an_improvement_starts_the_count_anew():
    n_epochs, monitor = watch([3, 3, 3, 2, 2, 2, 1], tol=0.1, patience=2)
    assert n_epochs == 7
    assert not monitor.is_done


def test_tol_of_zero_lets_an_equal_loss_pass():
    assert not watch([1.0] * 20, tol=0.0, patience=1)[1].is_done


def test_validation_keeps_the_best_parameters():
    monitor, parameters = Monitor(tol=0.0, patience=3), np.zeros(2)
    for i, score in enumerate([0.5, 0.9, 0.7]):
        parameters += 1
        monitor.record_validated(epoch(10.0 - i), said(score), parameters)
    assert monitor.best_score == 0.9
    assert monitor.best_parameters.tolist() == [2, 2]
    assert monitor.validation_scores == [0.5, 0.9, 0.7]
    assert monitor.waited == 1


def test_of_equal_scores_the_first_is_the_best():
    monitor = Monitor(tol=0.0, patience=3)
    for i in range(3):
        monitor.record_validated(epoch(1.0), said(0.5), np.full(2, i))
    assert monitor.best_parameters.tolist() == [0, 0]


def test_unvalidated_epochs_leave_the_best_validated_parameters_behind():
    monitor = Monitor(tol=0.0, patience=3)
    monitor.record_validated(epoch(1.0), said(0.5), np.zeros(2))
    monitor.record(epoch(0.9))
    assert monitor.best_parameters is None
    monitor.record_validated(epoch(0.8), said(0.4), np.ones(2))
    assert monitor.best_score == 0.4


def test_going_on_keeps_the_count_unless_it_had_ended():
    monitor = watch([1.0, 1.0], tol=0.1, patience=5)[1]
    monitor.go_on(0.1, 7, 0)
    assert (monitor.waited, monitor.patience) == (1, 7)
    done = watch([1.0] * 5, tol=0.1, patience=2)[1]
    done.go_on(0.1, 2, 3)
    assert done.max_plateaus == 3
    assert done.waited == 0
    assert not done.is_done


def test_plateaus_that_the_schedule_answers_do_not_end_training():
    n_epochs, monitor = watch([1.0] * 20, tol=0.1, patience=2, max_plateaus=2)
    assert n_epochs == 1 + 3 * 3
    assert monitor.is_done
    assert monitor.n_plateaus == 2


def test_remembers_what_became_of_the_gradients():
    _, monitor = watch([3.0, 2.0], tol=0.1, patience=2)
    assert monitor.gradient_norms == [(2.0, 3.0)] * 2
    assert monitor.clip_rates == [0.5] * 2


def test_the_better_of_two_fits():
    low, high = (watch([first, last], tol=0.1, patience=2)[1] for first, last in ((3, 1), (0, 2)))
    assert low.is_better_than(high)
    assert not high.is_better_than(low)
    assert not low.is_better_than(low)
    low.record_validated(epoch(1.0), said(0.5), np.zeros(1))
    high.record_validated(epoch(2.0), said(0.6), np.zeros(1))
    assert high.is_better_than(low)
    assert not low.is_better_than(high)
    assert not high.is_better_than(high)


def test_validation_scores_are_those_since_it_began():
    monitor = Monitor(tol=0.1, patience=2)
    monitor.record_validated(epoch(1.0), said(0.5), np.zeros(1))
    monitor.record(epoch(1.0))
    monitor.record_validated(epoch(1.0), said(0.6), np.zeros(1))
    assert monitor.validation_scores == [0.6]
    assert len(monitor.loss_curve) == 3


def test_a_copy_goes_its_own_way():
    monitor = watch([3.0, 2.0], tol=0.1, patience=2)[1]
    other = deepcopy(monitor)
    other.record(epoch(1.0))
    assert monitor.loss_curve == [3.0, 2.0]
    assert other.loss_curve == [3.0, 2.0, 1.0]
    assert [len(m.gradient_norms) for m in (monitor, other)] == [2, 3]


def test_only_judged_epochs_count():
    monitor = Monitor(tol=0.1, patience=1)
    for loss, judged in [(2.0, True), (2.0, False), (9.0, False), (2.0, True), (1.0, False)]:
        monitor.record(epoch(loss), judged=judged)
    assert monitor.waited == 1
    assert monitor.least_lack == 2.0  # the 1.0 was not judged
    assert monitor.best_loss == 1.0
    monitor.record(epoch(1.5), judged=True)
    assert monitor.waited == 0


def test_a_loss_below_the_floor_ends_training_once_it_is_judged():
    monitor = Monitor(tol=0.0, patience=10, floor=0.05)
    monitor.record(epoch(0.01), judged=False)
    assert not monitor.is_done
    monitor.record(epoch(0.06), judged=True)
    assert not monitor.is_done
    monitor.record(epoch(0.04), judged=True)
    assert monitor.is_done
    monitor.go_on(0.0, 10, 0, 0.0, 0.05)
    assert not monitor.is_done


def test_with_a_margin_luck_is_not_kept():
    """Of 0.4 that the best lacks, another must make up for a quarter, and be judged."""
    monitor = Monitor(tol=0.0, patience=9, margin=0.25, loss_curve=[2.0])
    kept = []
    for i, (score, judged) in enumerate(
        [(0.6, True), (0.69, True), (0.9, False), (0.65, True), (0.7, True), (0.77, True)]
    ):
        monitor.record_validated(epoch(1.0), said(score), np.full(1, i), judged=judged)
        kept.append(int(monitor.best_parameters[0]))
    assert kept == [0, 0, 0, 0, 4, 4]
    assert monitor.best_score == 0.7
    assert monitor.waited == 1
    assert monitor.validation_scores == [0.6, 0.69, 0.9, 0.65, 0.7, 0.77]


def test_without_one_the_best_epoch_is_kept_whether_or_not_it_is_judged():
    monitor = Monitor(tol=0.0, patience=9)
    for i, judged in enumerate([True, False, True]):
        monitor.record_validated(epoch(1.0), said([0.6, 0.9, 0.7][i]), np.full(1, i), judged=judged)
    assert monitor.best_parameters[0] == 1


@pytest.mark.parametrize(
    ("losses", "scores", "done"),
    [
        ([1.0, 0.5], [0.6, 0.45], True),  # learnt by heart
        ([1.0, 0.5], [0.6, 0.55], False),  # hardly worse
        ([1.0, 0.9], [0.6, 0.45], False),  # luck, as nothing was learnt
        ([1.0, 0.9, 0.5], [0.6, 0.7, 0.5], True),
    ],
)
def test_with_a_margin_what_is_learnt_by_heart_ends_training(losses, scores, done):
    for margin in (0.2, 0.0):
        monitor = Monitor(tol=0.0, patience=9, margin=margin)
        for loss, score in zip(losses, scores, strict=True):
            assert not monitor.is_done
            monitor.record_validated(epoch(loss), said(score), np.zeros(1))
        assert monitor.is_done == (done and margin > 0)


def test_with_a_margin_any_gain_is_kept_while_little_is_learnt():
    monitor, kept = Monitor(tol=0.0, patience=9, margin=0.25), []
    for i, (loss, score) in enumerate([(1.0, 0.1), (0.6, 0.3), (0.4, 0.31), (0.3, 0.32)]):
        monitor.record_validated(epoch(loss), said(score), np.full(1, i))
        kept.append(int(monitor.best_parameters[0]))
    assert kept == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("scores", "kept"),
    [
        ([-1.0, -0.85, -0.74, -0.2], [0, 0, 2, 3]),  # a fifth of the loss
        ([-0.4, 0.05, 0.2, 0.4], [0, 1, 1, 3]),  # once one is above 0, of what it lacks of 1
        ([0.9, 0.91, 0.93, 0.94], [0, 0, 2, 2]),
        ([0.5, 2.0, 2.1, 1.9], [0, 1, 2, 2]),  # beyond 1, any gain
        ([-3e6, -2.5e6, -2.3e6, 0.0], [0, 0, 2, 3]),
    ],
)
def test_with_a_margin_scores_tell_themselves_what_they_lack(scores, kept):
    monitor, found = Monitor(1e-9, 9, margin=0.2, ceiling=None, loss_curve=[2.0]), []
    for i, score in enumerate(scores):
        monitor.record_validated(epoch(1.0), said(score), np.full(1, i))
        found.append(int(monitor.best_parameters[0]))
    assert found == kept


def test_a_loss_that_rises_by_a_fifth_ends_training_as_a_score_does():
    for scores, done in (([-0.4, -0.44], False), ([-0.4, -0.6], True), ([2.0, 1.9], True)):
        monitor = Monitor(0.0, 9, margin=0.2, ceiling=None)
        for loss, score in zip([1.0, 0.5], scores, strict=True):
            monitor.record_validated(epoch(loss), said(score), np.zeros(1))
        assert monitor.is_done == done


def test_validation_losses_go_with_the_scores():
    monitor = Monitor(0.0, 9)
    monitor.record_validated(epoch(1.0), Validation(0.5, 0.75), np.zeros(1))
    other = monitor.copy()
    monitor.record_validated(epoch(1.0), Validation(0.6, 0.25), np.zeros(1))
    assert (monitor.validation_losses, other.validation_losses) == ((0.75, 0.25), (0.75,))
    monitor.record(epoch(1.0))
    assert monitor.validation_losses == ()


def test_what_is_forgotten_has_no_part_in_the_rule():
    rule = {"tol": 0.1, "patience": 1, "max_plateaus": 1}
    monitor, fresh = Monitor(**rule), Monitor(**rule)
    for score in (0.9, 0.9, 0.9, 0.9, 0.9):
        monitor.record_validated(epoch(0.01), said(score), np.zeros(2))
    assert monitor.is_done
    monitor.forget()
    assert not monitor.is_done
    for loss in (3.0, 2.0, 1.95, 1.95, 1.0, 0.95):
        for one in (monitor, fresh):
            one.record(epoch(loss))
        assert (monitor.waited, monitor.n_plateaus) == (fresh.waited, fresh.n_plateaus)
        assert monitor.best_loss == fresh.best_loss
    assert monitor.loss_curve[5:] == fresh.loss_curve
    assert monitor.best_parameters is None
