"""The training loop: epoch by epoch, until the monitor says to stop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.training.dataset import Dataset
from skrnn.training.descent import descend
from skrnn.training.inference import NonFiniteError
from skrnn.training.lbfgs import minimize_loss
from skrnn.training.monitor import Epoch
from skrnn.training.optimizers import LBFGS
from skrnn.training.progress import Progress, Recipe


class Ending(NamedTuple):
    """
    How training ended.

    Parameters
    ----------
    complaint : str or None
        Why it ended before it converged; None if it did.
    interrupted : bool
        Whether no other beginning shall follow: the user, or a callback, ended it.
    """

    complaint: str | None
    interrupted: bool = False


def train(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    n_epochs: int,
    score: Callable[[Parameters], float] | None = None,
    after_epoch: Callable[[Progress], bool | None] | None = None,
) -> Ending:
    """
    Train for some epochs, or until the monitor says to stop.

    Ctrl-C ends training with the last whole epoch, if this call has seen one.

    Parameters
    ----------
    recipe : Recipe
        How.
    progress : Progress
        From where; changed in place.
    data : Dataset
        On what.
    n_epochs : int
        Epochs, at most.
    score : callable, optional
        Scores parameters on a validation set after each epoch; the best ones are kept.
    after_epoch : callable, optional
        Told of each epoch; one of which it returns True is the last.

    Returns
    -------
    Ending
        How it ended.
    """
    monitor, parameters = progress.monitor, progress.parameters
    if score is not None and monitor.best_parameters is not None:
        monitor.best_score = score(progress.best)  # this validation set may be another one
        monitor.least_lack = 1 - monitor.best_score
    n_before, whole = len(monitor.loss_curve), deepcopy(vars(progress))

    def conclude(epoch: Epoch) -> bool:
        nonlocal whole
        check_epoch(epoch, recipe, progress)
        n_epochs = len(monitor.loss_curve) + 1
        judged = not recipe.judge_at_rest or recipe.schedule.rests(n_epochs, recipe.horizon)
        if score is None:
            monitor.record(epoch, judged=judged)
        else:
            monitor.record_validated(epoch, score(parameters), parameters.flat, judged=judged)
        stop = after_epoch is not None and bool(after_epoch(progress))
        whole = deepcopy(vars(progress))  # an interrupt must not leave half an epoch
        return stop or monitor.is_done

    task = recipe, progress, data, n_epochs, conclude
    try:
        if isinstance(recipe.optimizer, LBFGS):
            return Ending(minimize_loss(recipe.optimizer, *task))
        return Ending(descend(*task))
    except KeyboardInterrupt:
        vars(progress).update(whole)
        if len(progress.monitor.loss_curve) == n_before:
            raise
        warnings.warn("Training interrupted by the user; the model so far is kept.", stacklevel=2)
        return Ending(None, interrupted=True)


def check_epoch(epoch: Epoch, recipe: Recipe, progress: Progress) -> None:
    """
    Raise an error if training has left the range of finite numbers.

    Parameters
    ----------
    epoch : Epoch
        What is told of it.
    recipe : Recipe
        For what the error suggests.
    progress : Progress
        Where training stands.
    """
    if np.isfinite(epoch.loss) and np.isfinite(progress.parameters.flat).all():
        return
    advice = (
        f"Try a learning_rate below {recipe.learning_rate:g} or a smaller clip_threshold (now "
        f"{recipe.clipping.threshold}), and inputs scaled to about unit variance."
    )
    if isinstance(recipe.optimizer, LBFGS):
        advice = "Scale the inputs to about unit variance, or choose a cell with bounded states."
    raise NonFiniteError(
        f"The loss or the weights became non-finite in epoch "
        f"{len(progress.monitor.loss_curve) + 1}. {advice}"
    )
