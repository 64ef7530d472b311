"""Stochastic gradient descent: epochs, their batches, and an update for each window."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import batches
from skrnn.sequences.sequences import Sequences
from skrnn.training.dataset import Dataset
from skrnn.training.endings import nothing_learnt, out_of_epochs
from skrnn.training.gradients import Excerpt, add_penalty, excerpts, penalty
from skrnn.training.monitor import Epoch
from skrnn.training.parallel import backpropagate_columns
from skrnn.training.progress import Progress, Recipe
from skrnn.training.threads import one_blas_thread
from skrnn.types import IntArray


class Update(NamedTuple):
    """
    What is told of one step of the optimiser.

    Parameters
    ----------
    loss : float
        Before the step, penalty included.
    gradient_norm : float
        Before clipping.
    clipped : bool
        Whether anything was clipped.
    """

    loss: float
    gradient_norm: float
    clipped: bool


def descend(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    n_epochs: int,
    conclude: Callable[[Epoch], bool],
) -> str | None:
    """
    Take steps of the optimiser, epoch after epoch.

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
    conclude : callable
        Takes note of each epoch and returns whether it shall be the last.

    Returns
    -------
    str or None
        What there is to warn of.
    """
    workspace = Workspace(progress.parameters.flat.dtype)
    for _ in range(n_epochs):
        if conclude(train_epoch(recipe, progress, data, workspace)):
            return nothing_learnt(recipe, progress, data) if progress.monitor.is_done else None
    return out_of_epochs(recipe, progress, n_epochs) or nothing_learnt(recipe, progress, data)


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # checked where it matters, with a message that helps
def train_epoch(recipe: Recipe, progress: Progress, data: Dataset, workspace: Workspace) -> Epoch:
    """
    Take every sequence once.

    Parameters
    ----------
    recipe : Recipe
        How.
    progress : Progress
        From where; changed in place.
    data : Dataset
        On what.
    workspace : Workspace
        Memory that survives from batch to batch.

    Returns
    -------
    Epoch
        Its mean loss, each batch as it was before its updates, and what became of the gradients.
    """
    generator = progress.generator if recipe.shuffle else None
    drawn = batches(data.sequences.lengths, recipe.batch_size, generator)
    total, updates = 0.0, []
    for i, batch in enumerate(drawn):
        members, weights = data.distinct(batch)
        if len(members) > 0:
            done = len(progress.monitor.loss_curve) + i / len(drawn)
            factor = recipe.schedule.factor(done, recipe.horizon, progress.monitor.n_plateaus)
            learning_rate = recipe.learning_rate * factor
            of_batch = train_batch(
                recipe, progress, data, members, weights, learning_rate, workspace
            )
            total += float(weights.steps.sum() * np.mean([update.loss for update in of_batch]))
            updates += of_batch
    progress.n_seen += len(data.sequences)
    _, norms, clipped = zip(*updates, strict=True)
    loss = total / float(data.weights.steps.sum())
    return Epoch(loss, float(np.median(norms)), max(norms), float(np.mean(clipped)))


def train_batch(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    members: IntArray,
    weights: Sequences,
    learning_rate: float,
    workspace: Workspace,
) -> list[Update]:
    """
    Take a step of the optimiser for each window of a batch.

    Parameters
    ----------
    recipe : Recipe
        How.
    progress : Progress
        From where; changed in place.
    data : Dataset
        On what.
    members : array of int of shape (B,)
        Which of its sequences.
    weights : Sequences
        Their weights.
    learning_rate : float
        Size of the steps.
    workspace : Workspace
        Memory.

    Returns
    -------
    list of Update
        What happened; the mean of the losses is that of the batch.
    """
    parameters, total = progress.parameters, float(weights.steps.sum())
    windows = excerpts(
        recipe, parameters, data, members, weights, total, progress.mask_generator, workspace
    )
    return [
        update(recipe, progress, excerpt, recipe.alpha / total, learning_rate, workspace)
        for excerpt in windows
    ]


def update(
    recipe: Recipe,
    progress: Progress,
    excerpt: Excerpt,
    penalty_strength: float,
    learning_rate: float,
    workspace: Workspace,
) -> Update:
    """
    Take one step of the optimiser.

    Parameters
    ----------
    recipe : Recipe
        How.
    progress : Progress
        From where; changed in place.
    excerpt : Excerpt
        On what.
    penalty_strength : float
        Of the L2 penalty.
    learning_rate : float
        Size of the step.
    workspace : Workspace
        Memory.

    Returns
    -------
    Update
        What happened.
    """
    parameters = progress.parameters
    gradients = Parameters(parameters.layout, workspace.zeros("gradients", parameters.flat.shape))
    clip_step = recipe.clipping.at_step(excerpt.shares)
    loss = backpropagate_columns(recipe, parameters, excerpt, gradients, workspace, clip_step)
    loss += penalty(penalty_strength, parameters)
    add_penalty(penalty_strength, parameters, gradients)
    norm, clipped = recipe.clipping.at_update(gradients.flat)
    progress.stepper.step(parameters.flat, gradients.flat, learning_rate)
    return Update(loss, norm, clipped or (clip_step is not None and clip_step.clipped))
