import pytest

from skrnn.training.inference import NonFiniteError
from skrnn.training.loop import Ending, train
from skrnn.training.monitor import Epoch
from skrnn.training.starts import best_of
from tests.training.cases import begin, make_data, make_recipe

RECIPE = make_recipe()


def starts_that_end_at(losses, endings=None):
    """Return what `best_of` needs for starts with made-up results, and a list of those that ran."""
    starts = [begin(RECIPE, seed) for seed in range(len(losses))]
    endings = endings or [Ending(f"complaint {i}") for i in range(len(losses))]
    ran = []

    def run(progress):
        i = starts.index(progress)
        ran.append(i)
        if not isinstance(endings[i], Ending):
            raise endings[i]
        progress.monitor.record(Epoch(losses[i], 1.0, 1.0, 0.0))
        return endings[i]

    return starts, ran, run


@pytest.mark.parametrize(
    ("losses", "best"), [([1.0], 0), ([3.0, 1.0, 2.0], 1), ([1.0, 1.0], 0), ([2.0, 1.5, 1.0], 2)]
)
def test_the_best_is_kept_with_its_complaint(losses, best):
    starts, ran, run = starts_that_end_at(losses)
    kept, complaint = best_of(starts[0], len(losses), starts.__getitem__, run)
    assert kept is starts[best]
    assert complaint == f"complaint {best}"
    assert ran == list(range(len(losses)))


def test_an_interrupt_ends_all_starts():
    endings = [Ending(None), Ending(None, interrupted=True), Ending(None)]
    starts, ran, run = starts_that_end_at([3.0, 1.0, 0.5], endings)
    assert best_of(starts[0], 3, starts.__getitem__, run)[0] is starts[1]
    assert ran == [0, 1]


def test_an_interrupt_before_a_start_has_seen_an_epoch_keeps_the_best_so_far():
    endings = [Ending(None), Ending(None), KeyboardInterrupt]
    starts, _, run = starts_that_end_at([3.0, 1.0, 0.5], endings)
    with pytest.warns(UserWarning, match="the best so far is kept"):
        best, _ = best_of(starts[0], 3, starts.__getitem__, run)
    assert best is starts[1]


def test_an_interrupt_in_the_first_epoch_of_all_leaves_nothing():
    starts, _, run = starts_that_end_at([3.0, 1.0], [KeyboardInterrupt, Ending(None)])
    with pytest.raises(KeyboardInterrupt):
        best_of(starts[0], 2, starts.__getitem__, run)


@pytest.mark.parametrize("diverges", [[0], [1], [0, 2]])
def test_a_start_that_diverges_is_passed_over(diverges):
    endings = [NonFiniteError("too large") if i in diverges else Ending(None) for i in range(3)]
    starts, ran, run = starts_that_end_at([1.0, 2.0, 3.0], endings)
    best, _ = best_of(starts[0], 3, starts.__getitem__, run)
    assert best is starts[min(set(range(3)) - set(diverges))]
    assert ran == [0, 1, 2]


def test_if_all_diverge_the_first_error_is_raised():
    starts, _, run = starts_that_end_at([1.0, 2.0], [NonFiniteError("one"), NonFiniteError("two")])
    with pytest.raises(NonFiniteError, match="one"):
        best_of(starts[0], 2, starts.__getitem__, run)


def test_with_the_training_itself():
    data = make_data([4] * 6)
    best, _ = best_of(
        begin(RECIPE),
        3,
        lambda start: begin(RECIPE, seed=start),
        lambda progress: train(RECIPE, progress, data, n_epochs=5),
    )
    losses = []
    for seed in range(3):
        progress = begin(RECIPE, seed)
        train(RECIPE, progress, data, n_epochs=5)
        losses.append(progress.monitor.loss_curve[-1])
    assert len(set(losses)) == 3
    assert best.monitor.loss_curve[-1] == min(losses)
