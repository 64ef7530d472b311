"""The training loop: epoch by epoch, until the monitor says to stop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import isfinite
from typing import NamedTuple

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.training.dataset import Dataset
from skrnn.training.descent import train_epoch
from skrnn.training.endings import nothing_learnt, out_of_epochs
from skrnn.training.inference import NonFiniteError
from skrnn.training.lbfgs import minimize_loss
from skrnn.training.monitor import Epoch, Validation
from skrnn.training.optimizers import LBFGS, AdamW
from skrnn.training.progress import Progress, Recipe
from skrnn.training.threads import one_blas_thread


class Ending(NamedTuple):
    """
    How training ended.

    `complaint` says why it ended before it converged, if it did; `interrupted` whether no other
    beginning shall follow, because the user, or a callback, ended it.
    """

    complaint: str | None
    interrupted: bool = False


@one_blas_thread()  # here, or each epoch would limit and restore it
def train(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    n_epochs: int,
    judge: Callable[[Parameters], Validation] | None = None,
    after_epoch: Callable[[Progress], bool | None] | None = None,
) -> Ending:
    """
    Train for some epochs, or until the monitor says to stop; progress is changed in place.

    After each epoch, `judge` scores parameters on a validation set, and the best ones are kept;
    `after_epoch` is told, and returns True to make it the last. Ctrl-C ends training with the
    epochs before, from the second of this call on; else progress is lost.
    """
    monitor, parameters = progress.monitor, progress.parameters
    if judge is not None and monitor.best_parameters is not None:
        monitor.best_score = judge(progress.best).score  # this validation set may be another one
        monitor.least_lack = 1 - monitor.best_score
    n_before = len(monitor.loss_curve)
    whole: Progress | None = None

    def conclude(epoch: Epoch) -> bool:
        """Take note of an epoch, and return whether it shall be the last."""
        nonlocal whole
        check_epoch(epoch, recipe, progress)
        judged = recipe.judges(len(monitor.loss_curve) + 1)
        if judge is None:
            monitor.record(epoch, judged=judged)
        else:
            monitor.record_validated(epoch, judge(parameters), parameters.flat, judged=judged)
        ends = (after_epoch is not None and bool(after_epoch(progress))) or monitor.is_done
        if not ends and len(monitor.loss_curve) < n_before + n_epochs:
            whole = progress.copy()  # an interrupt must not leave half an epoch
        return ends

    try:
        if isinstance(recipe.optimizer, LBFGS):
            return Ending(
                minimize_loss(recipe.optimizer, recipe, progress, data, n_epochs, conclude)
            )
        workspace = Workspace(parameters.flat.dtype)
        for _ in range(n_epochs):
            if conclude(train_epoch(recipe, progress, data, workspace)):
                return Ending(nothing_learnt(recipe, progress, data) if monitor.is_done else None)
        complaint = out_of_epochs(recipe, progress, n_epochs)
        return Ending(complaint or nothing_learnt(recipe, progress, data))
    except KeyboardInterrupt:
        if whole is None:
            raise
        vars(progress).update(vars(whole))
        warnings.warn("Training interrupted by the user; the model so far is kept.", stacklevel=3)
        return Ending(None, interrupted=True)


def check_epoch(epoch: Epoch, recipe: Recipe, progress: Progress) -> None:
    """Raise an error that helps if training has left the range of finite numbers."""
    if isfinite(epoch.loss) and np.isfinite(progress.parameters.flat).all():
        return
    shrinkage = f"alpha (now {recipe.alpha:g})"
    if isinstance(recipe.optimizer, AdamW):
        shrinkage += f" or weight_decay (now {recipe.optimizer.weight_decay:g})"
    advice = (
        f"Try a learning_rate below {recipe.learning_rate:g}, a smaller clip_threshold (now "
        f"{recipe.clipping.threshold}), a smaller {shrinkage}, and inputs scaled to about unit "
        f"variance."
    )
    if isinstance(recipe.optimizer, LBFGS):
        advice = "Scale the inputs to about unit variance, or choose a cell with bounded states."
    raise NonFiniteError(
        f"The loss or the weights became non-finite in epoch "
        f"{len(progress.monitor.loss_curve) + 1}. {advice}"
    )
