"""The training loop: backpropagation through time, mini-batch by mini-batch."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy

import numpy as np

from skrnn.network.dropout import dropout_masks
from skrnn.network.losses import cross_entropy, replicate
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import batches, last_window
from skrnn.training.dataset import Dataset
from skrnn.training.inference import NonFiniteError, run
from skrnn.training.monitor import Monitor
from skrnn.training.progress import Progress, Recipe
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray, IntArray


def train(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    n_epochs: int,
    score: Callable[[Parameters], float] | None = None,
    report: Callable[[Monitor], object] | None = None,
) -> None:
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
    report : callable, optional
        Told of each epoch.
    """
    monitor, parameters = progress.monitor, progress.parameters
    workspace = Workspace(parameters.flat.dtype)
    if score is not None and monitor.best_parameters is not None:
        monitor.best_score = score(progress.best)  # this validation set may be another one
    n_before, whole = len(monitor.loss_curve), vars(progress)
    try:
        for _ in range(n_epochs):
            whole = deepcopy(vars(progress))  # an interrupt must not leave half an epoch
            loss = train_epoch(recipe, progress, data, workspace)
            if score is None:
                monitor.record(loss)
            else:
                monitor.record_validated(loss, score(parameters), parameters.flat)
            if report is not None:
                report(monitor)
            if monitor.is_done:
                break
    except KeyboardInterrupt:
        vars(progress).update(whole)
        if len(progress.monitor.loss_curve) == n_before:
            raise
        warnings.warn("Training interrupted by the user; the model so far is kept.", stacklevel=2)


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # checked where it matters, with a message that helps
def train_epoch(recipe: Recipe, progress: Progress, data: Dataset, workspace: Workspace) -> float:
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
    float
        Mean loss, penalty included, each batch as it was before its update.
    """
    generator = progress.generator if recipe.shuffle else None
    total = 0.0
    for batch in batches(data.sequences.lengths, recipe.batch_size, generator):
        members, weights = data.distinct(batch)
        if len(members) > 0:
            loss = update(recipe, progress, data, members, weights, workspace)
            total += float(weights.sum()) * loss
    if not (np.isfinite(total) and np.isfinite(progress.parameters.flat).all()):
        raise NonFiniteError(
            f"The loss or the weights became non-finite in epoch "
            f"{len(progress.monitor.loss_curve) + 1}. Try a learning_rate below "
            f"{recipe.learning_rate:g} or a smaller clip_threshold (now "
            f"{recipe.clipping.threshold}), and inputs scaled to about unit variance."
        )
    progress.n_seen += len(data.sequences)
    return total / float(data.weights.sum())


def update(
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    members: IntArray,
    weights: FloatArray,
    workspace: Workspace,
) -> float:
    """
    Take one step of the optimiser on one batch.

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
    weights : array of shape (B,)
        Their weights.
    workspace : Workspace
        Memory.

    Returns
    -------
    float
        Loss before the step, penalty included.
    """
    network, parameters = recipe.network, progress.parameters
    dtype = parameters.flat.dtype
    shares = (weights / weights.sum()).astype(dtype)
    lengths = data.sequences.lengths[members]
    begin = last_window(lengths, recipe.truncation_length)
    window = data.sequences.pad(members, begin, lengths)
    every_step = recipe.target_replication > 0
    step_shares = (
        replicate(shares, window.lengths, recipe.target_replication) if every_step else shares[None]
    )

    widths = [layer.n_outputs for layer in network.layers]
    masks = dropout_masks(recipe.dropout, widths, len(members), dtype, progress.mask_generator)
    state = network.initial_state(len(members), dtype, masks)
    state = run(network, parameters, data.sequences, members, begin, state, workspace)
    forward_pass = network.forward(
        parameters, window.x, window.lengths, state, workspace, every_step=every_step
    )
    loss, d_scores = cross_entropy(forward_pass.scores, data.targets[members], step_shares)

    gradients = Parameters(network.layout, workspace.zeros("gradients", parameters.flat.shape))
    at_step = recipe.clipping.at_step(shares)
    network.backward(parameters, forward_pass, d_scores, gradients, workspace, at_step)

    penalty = recipe.alpha / float(weights.sum())
    loss += 0.5 * penalty * float(parameters.weights @ parameters.weights)
    d_weights = gradients.weights
    d_weights += penalty * parameters.weights

    recipe.clipping.at_update(gradients.flat)
    progress.stepper.step(parameters.flat, gradients.flat, recipe.learning_rate)
    return loss
