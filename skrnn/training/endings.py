"""What there is to warn of when training has ended."""

from __future__ import annotations

from skrnn.training.dataset import Dataset
from skrnn.training.progress import Progress, Recipe

NEXT_TO_NOTHING = 0.05
"""Share of what guessing costs; a fit that has saved less has learnt next to nothing."""


def out_of_epochs(recipe: Recipe, progress: Progress, n_epochs: int) -> str | None:
    """Say why epochs were too few, unless they end where the learning rate has fallen."""
    monitor, schedule = progress.monitor, recipe.schedule
    if not schedule.falls:
        return (
            f"Training stopped at max_iter={n_epochs} epochs, before more than "
            f"n_iter_no_change={monitor.patience} in a row failed to improve by "
            f"tol={monitor.tol:g}. Give it a larger max_iter, or a larger tol if this will do."
        )
    if schedule.rests(len(monitor.loss_curve), recipe.horizon):
        return None
    return (
        f"Training stopped at max_iter={n_epochs} epochs, while the learning rate was still high. "
        f"Leave max_iter at 'auto', or choose the end of a cycle of {schedule}."
    )


def nothing_learnt(recipe: Recipe, progress: Progress, data: Dataset) -> str | None:
    """Say that always to predict the same would be about as good, if a plan has come to that."""
    if not recipe.judge_at_rest:
        return None  # users who say when to stop may stop where they like
    loss, n_epochs = progress.monitor.loss_curve[-1], len(progress.monitor.loss_curve)
    targets, weights = data.targets.steps, data.weights.steps[:, 0]
    guessing = recipe.loss.of_guessing(targets, weights / weights.sum(), recipe.network.n_outputs)
    if loss < (1 - NEXT_TO_NOTHING) * guessing or guessing == 0:
        return None
    longest = int(data.sequences.lengths.max())
    long = "join steps by skrnn.preprocessing.StackSteps, " if longest > 100 else ""
    return (
        f"The network has learnt next to nothing: after {n_epochs} epochs its training loss is "
        f"{loss:.3g}, where always to say the same costs {guessing:.3g}. Scale inputs to about "
        f"unit variance, {long}try another learning_rate (now {recipe.learning_rate:g}), or more "
        f"epochs; or X may not tell y."
    )
