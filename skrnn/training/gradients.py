"""The loss of a batch and its gradient, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np

from skrnn.network.dropout import dropout_masks
from skrnn.network.losses import Targets
from skrnn.network.parameters import Parameters
from skrnn.network.states import State, take
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import similar_lengths
from skrnn.sequences.sequences import Sequences
from skrnn.training.clipping import StepClip
from skrnn.training.dataset import Dataset
from skrnn.training.inference import run
from skrnn.training.progress import Recipe
from skrnn.training.windows import Window, Windows, cut_out, last_window, replicate
from skrnn.types import FloatArray, IntArray

LEAST_WORK = 2**18
"""Multiplications of a step of one thread, below which a second costs more than it brings."""


class Batch(NamedTuple):
    """
    What a gradient is of: a window of each of B sequences.

    `x` (T, D, B) are the inputs, `lengths` (B,) their steps, `state` is that before the window.
    `targets` (S, K, B) are what is right, or (S, 1, B) the numbers of classes, and `weights` (S, B)
    their parts in the loss: at the end, S = 1, or at every step. `of_sequences` (B,) is the part of
    a whole sequence, `penalty` the strength of L2 regularisation.
    """

    x: FloatArray
    lengths: IntArray
    state: State
    targets: Targets
    weights: FloatArray
    of_sequences: FloatArray
    penalty: float

    def take(self, columns: slice) -> Batch:
        """Return some of the sequences, without the penalty."""
        return Batch(
            self.x[..., columns],
            self.lengths[columns],
            take(self.state, columns),
            self.targets[..., columns],
            self.weights[..., columns],
            self.of_sequences[columns],
            0.0,
        )


def windows(
    recipe: Recipe,
    parameters: Parameters,
    data: Dataset,
    members: IntArray,
    weights: Sequences,
    total: float,
    mask_generator: np.random.Generator,
    workspace: Workspace,
) -> Iterator[Iterator[Batch]]:
    """
    Yield the windows of some sequences (B,), short ones first, whose weights are parts of a total.

    The mean of the windows' losses is that of the sequences. The state before a window is computed
    when it is asked for, with the parameters as they are then, and is a constant to its gradient.
    Each window comes as batches of similar length, whose losses and gradients are to be added.
    """
    network, sequences, dtype = recipe.network, data.sequences, parameters.flat.dtype
    lengths = sequences.lengths[members]
    parts: Windows | tuple[Window]
    if recipe.every_step:
        parts = Windows(lengths, recipe.truncation_length, recipe.truncation_stride)
    else:
        parts = (last_window(lengths, recipe.truncation_length),)
    # Times their number, so that the mean of the windows' losses is that of the batch.
    of_steps = (weights.steps / total).astype(dtype) * len(parts)
    of_sequences = of_steps[:, 0]
    if network.per_step:
        shares = Sequences(of_steps, weights.lengths)
        of_sequences = shares.sums[:, 0]
    widths = (layer.n_outputs for layer in network.layers)
    masks = dropout_masks(recipe.dropout, widths, len(members), dtype, mask_generator)
    penalty = recipe.alpha / total * float(np.add.reduce(weights.steps[:, 0])) / total
    state = network.initial_state(len(members), dtype, masks)
    whole = recipe.truncation_length is None

    def cut(window: Window, columns: IntArray | slice, *, first: bool) -> Batch:
        """Return a window of some of the sequences, the first of them with the penalty."""
        here, who = window.take(columns), members[columns]
        x = sequences.pad(who) if whole else sequences.pad(who, here.begin, here.end)
        if network.per_step:
            targets = data.targets.pad(who, here.begin, here.end)
            weights_here = cut_out(shares, np.arange(len(members))[columns], here)
        else:
            targets = data.targets.steps.take(who, axis=0).T[None]
            weights_here = of_sequences[None, columns]
            if recipe.target_replication > 0:
                w = recipe.target_replication
                weights_here = replicate(of_sequences[columns], lengths[columns], w, here)
        return Batch(
            x,
            here.end - here.begin,
            take(state, columns),
            targets,
            weights_here,
            of_sequences[columns],
            penalty if first else 0.0,
        )

    for window in parts:
        if not whole:
            so_far, begin = state["n_steps"], window.begin
            state = run(network, parameters, sequences, members, so_far, begin, state, workspace)
        going: list[IntArray | slice] = [slice(None)]
        if sequences.n_steps_of_each is None:
            columns = np.flatnonzero(window.counted_from < window.end)
            n_steps = (window.end - window.begin)[columns]
            going = [columns[part] for part in similar_lengths(n_steps)]
        yield (cut(window, columns, first=i == 0) for i, columns in enumerate(going))


def loss_and_gradient(
    recipe: Recipe,
    parameters: Parameters,
    batch: Batch,
    gradients: Parameters,
    workspace: Workspace,
    clip: StepClip | None = None,
) -> float:
    """
    Return the loss of a batch, penalty included, and add to its gradient.

    The signal dLoss/dh is clipped at every step on the way back, if `clip` is given.
    """
    network, every = recipe.network, recipe.checkpoint
    n_columns = len(batch.lengths)
    work = (parameters.flat.size - network.embedding.n_weights) * n_columns
    n_parts = min(recipe.n_jobs, n_columns, work // LEAST_WORK)
    if n_parts > 1:
        loss = _on_threads(n_parts, recipe, parameters, batch, gradients, workspace, clip)
    else:
        forward_pass = network.forward(
            parameters,
            batch.x,
            batch.lengths,
            batch.state,
            workspace,
            segment_length=ceil(sqrt(len(batch.x))) if every is True else int(every) or None,
        )
        of_steps = np.empty(len(batch.weights))

        def cost(scores: FloatArray, steps: slice) -> FloatArray:
            right = batch.targets if len(batch.targets) == 1 else batch.targets[steps]
            of_steps[steps], d_scores = recipe.loss(scores, right, batch.weights[steps])
            return d_scores

        network.backward(
            parameters, forward_pass, cost, gradients, workspace, clip, every_step=recipe.every_step
        )
        loss = sum(of_steps.tolist())
    if batch.penalty > 0:
        d_penalty = parameters.flat * parameters.is_weight
        loss += 0.5 * batch.penalty * float(np.dot(d_penalty, d_penalty))
        d_penalty *= batch.penalty
        gradients.flat += d_penalty
    return loss


def _on_threads(
    n_parts: int,
    recipe: Recipe,
    parameters: Parameters,
    batch: Batch,
    gradients: Parameters,
    workspace: Workspace,
    clip: StepClip | None,
) -> float:
    """
    Do without the penalty what `loss_and_gradient` does, columns divided among `n_parts` threads.

    The parts do not depend on which thread comes first, nor does the order in which their gradients
    are added, so that the same number of threads gives the same bits.
    """
    n_columns, alone = len(batch.lengths), replace(recipe, n_jobs=1)
    threads = workspace.bind("threads", n_parts, lambda: ThreadPoolExecutor(n_parts))

    def of_part(i: int) -> tuple[float, Parameters]:
        columns = slice(i * n_columns // n_parts, (i + 1) * n_columns // n_parts)
        memory = workspace.part(i)
        own_clip = None if clip is None else clip.take(columns)
        own = Parameters(gradients.layout, memory.zeros("gradients", gradients.flat.shape))
        with np.errstate(over="ignore", invalid="ignore"):  # NumPy's setting is that of a thread
            part = batch.take(columns)
            return loss_and_gradient(alone, parameters, part, own, memory, own_clip), own

    total = 0.0
    for loss, own in threads.map(of_part, range(n_parts)):
        total += loss
        gradients.flat += own.flat
    return total
