"""Stochastic gradient descent: one epoch, its batches, and an update for each of their windows."""

from __future__ import annotations

from statistics import median

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import batches
from skrnn.training.dataset import Dataset
from skrnn.training.gradients import loss_and_gradient, windows
from skrnn.training.monitor import Epoch
from skrnn.training.progress import Progress, Recipe, generator_in
from skrnn.training.threads import one_blas_thread


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # checked where it matters, with a message that helps
def train_epoch(recipe: Recipe, progress: Progress, data: Dataset, workspace: Workspace) -> Epoch:
    """
    Take every sequence once, and a step of the optimiser for each window of each batch.

    Progress is changed in place. The epoch's loss is the mean of that of each batch, as it was
    before its updates.
    """
    parameters, clipping = progress.parameters, recipe.clipping
    gradients = Parameters(parameters.layout, workspace.empty("gradients", parameters.flat.shape))
    for_order, for_masks = generator_in(progress.order), generator_in(progress.masks)
    drawn = batches(
        data.sequences.lengths, recipe.batch_size, for_order if recipe.shuffle else None
    )
    loss_of_all, norms, clips = 0.0, [], []
    for i, in_batch in enumerate(drawn):
        members, weights = data.distinct(in_batch)
        if len(members) == 0:
            continue
        done = len(progress.monitor.loss_curve) + i / len(drawn)
        factor = recipe.schedule.factor(done, recipe.horizon, progress.monitor.n_plateaus)
        total, losses = float(np.add.reduce(weights.steps[:, 0])), []
        for window in windows(
            recipe, parameters, data, members, weights, total, for_masks, workspace
        ):
            gradients.flat.fill(0)
            loss, clipped = 0.0, False
            for batch in window:
                clip = clipping.at_step(batch.of_sequences)
                loss += loss_and_gradient(recipe, parameters, batch, gradients, workspace, clip)
                clipped |= clip is not None and clip.clipped
            norm, clipped_whole = clipping.at_update(gradients.flat)
            progress.stepper.step(parameters.flat, gradients.flat, recipe.learning_rate * factor)
            losses.append(loss)
            norms.append(norm)
            clips.append(clipped or clipped_whole)
        loss_of_all += total * sum(losses) / len(losses)
    progress.n_seen += len(data.sequences)
    progress.order, progress.masks = for_order.bit_generator.state, for_masks.bit_generator.state
    loss = loss_of_all / float(data.weights.steps.sum())
    return Epoch(loss, median(norms), max(norms), sum(clips) / len(clips))
