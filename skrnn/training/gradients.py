"""The loss of a batch and its gradient, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np

from skrnn.network.dropout import dropout_masks
from skrnn.network.losses import Targets
from skrnn.network.parameters import Parameters
from skrnn.network.trace import ForwardPass, NetworkState, StepHook
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import Window, Windows, last_window
from skrnn.sequences.sequences import Sequences
from skrnn.training.dataset import Dataset
from skrnn.training.inference import run
from skrnn.training.progress import Recipe
from skrnn.training.shares import cut_out, replicate
from skrnn.types import FloatArray, IntArray


class Excerpt(NamedTuple):
    """
    What one gradient is taken of: a window of each sequence that has one.

    Parameters
    ----------
    x : array of shape (T, D, B)
        Inputs, padded after the end.
    lengths : array of int of shape (B,)
        Steps of each window.
    state : NetworkState
        State before the first step, a constant.
    targets : array of shape (S, K, B) or (1, K, B)
        What is right, at each step or at all of them.
    shares : array of shape (B,)
        Each sequence's part in the loss.
    step_shares : array of shape (S, B)
        That of each step: S is 1 where only the last one counts, else T.
    """

    x: FloatArray
    lengths: IntArray
    state: NetworkState
    targets: Targets
    shares: FloatArray
    step_shares: FloatArray

    def take(self, columns: slice) -> Excerpt:
        """
        Return the excerpt of some of the sequences.

        Parameters
        ----------
        columns : slice
            Which.

        Returns
        -------
        Excerpt
            Views.
        """
        return Excerpt(
            self.x[..., columns],
            self.lengths[columns],
            self.state.take(columns),
            self.targets[..., columns],
            self.shares[columns],
            self.step_shares[..., columns],
        )


def excerpts(
    recipe: Recipe,
    parameters: Parameters,
    data: Dataset,
    members: IntArray,
    weights: Sequences,
    total: float,
    mask_generator: np.random.Generator,
    workspace: Workspace,
) -> Iterator[Excerpt]:
    """
    Lead a batch through its windows of truncated BPTT (Williams and Peng 1990).

    Where only the last step counts, there is one window, at the end of each sequence. Else there
    are as many as the longest sequence needs, and the mean of their losses is that of the batch.
    Between two windows, the state goes on with the parameters as they are by then.

    Parameters
    ----------
    recipe : Recipe
        How long windows are, and which steps count.
    parameters : Parameters
        What the states are computed with; may be changed between two windows.
    data : Dataset
        The sequences.
    members : array of int of shape (B,)
        Which of them.
    weights : Sequences
        Their weights.
    total : float
        The weight by which the sum of costs is divided.
    mask_generator : numpy.random.Generator
        Source of the dropout masks, which hold for all windows.
    workspace : Workspace
        Memory.

    Yields
    ------
    Excerpt
        A window of each sequence that has not ended.

    References
    ----------
    R. J. Williams, J. Peng, "An efficient gradient-based algorithm for on-line training of
    recurrent network trajectories", Neural Computation 2, 1990.
    """
    network, dtype = recipe.network, parameters.flat.dtype
    lengths = data.sequences.lengths[members]
    windows: Windows | list[Window]
    if recipe.every_step:
        windows = Windows(lengths, recipe.truncation_length, recipe.truncation_stride)
    else:
        windows = [last_window(lengths, recipe.truncation_length)]
    # Times their number, so that the mean of the windows' losses is that of the batch.
    parts = Sequences((weights.steps / total).astype(dtype) * len(windows), weights.lengths)
    shares = parts.sums[:, 0]

    widths = [layer.n_outputs for layer in network.layers]
    masks = dropout_masks(recipe.dropout, widths, len(members), dtype, mask_generator)
    state = network.initial_state(len(members), dtype, masks)
    position = np.zeros_like(lengths)
    for window in windows:
        state = run(
            network, parameters, data.sequences, members, position, window.begin, state, workspace
        )
        position = window.begin
        going = np.flatnonzero(window.fresh < window.end)
        here = Window(*(steps[going] for steps in window))
        x, n_steps = data.sequences.pad(members[going], here.begin, here.end)
        if network.per_step:
            targets = data.targets.pad(members[going], here.begin, here.end).x
            step_shares = cut_out(parts, going, here)
        else:
            targets = data.targets.steps[members[going]].T[None]
            step_shares = shares[None, going]
            if recipe.target_replication > 0:
                w = recipe.target_replication
                step_shares = replicate(shares[going], lengths[going], w, here)
        yield Excerpt(x, n_steps, state.take(going), targets, shares[going], step_shares)


def backpropagate(
    recipe: Recipe,
    parameters: Parameters,
    excerpt: Excerpt,
    gradients: Parameters,
    workspace: Workspace,
    at_step: StepHook | None = None,
) -> float:
    """
    Return the loss of an excerpt and add its gradient.

    Parameters
    ----------
    recipe : Recipe
        How.
    parameters : Parameters
        Of the network.
    excerpt : Excerpt
        What the network reads.
    gradients : Parameters
        Added to.
    workspace : Workspace
        Memory.
    at_step : callable, optional
        Applied to dLoss/dh at every step of the backward pass.

    Returns
    -------
    float
        The loss, without penalty.
    """
    loss, d_scores, forward_pass = loss_of(recipe, parameters, excerpt, workspace)
    recipe.network.backward(parameters, forward_pass, d_scores, gradients, workspace, at_step)
    return loss


def loss_of(
    recipe: Recipe, parameters: Parameters, excerpt: Excerpt, workspace: Workspace
) -> tuple[float, FloatArray, ForwardPass]:
    """
    Run the network over an excerpt.

    Parameters
    ----------
    recipe : Recipe
        The network, and how much of its forward pass is kept for the backward pass.
    parameters : Parameters
        Of the network.
    excerpt : Excerpt
        What the network reads.
    workspace : Workspace
        Memory.

    Returns
    -------
    loss : float
        The loss, without penalty.
    d_scores : array of shape (S, K, B)
        Its gradient in the scores.
    forward_pass : ForwardPass
        What the backward pass needs.
    """
    every = recipe.checkpoint
    forward_pass = recipe.network.forward(
        parameters,
        excerpt.x,
        excerpt.lengths,
        excerpt.state,
        workspace,
        every_step=recipe.every_step,
        segment_length=ceil(sqrt(len(excerpt.x))) if every is True else int(every) or None,
    )
    loss, d_scores = recipe.loss(forward_pass.scores, excerpt.targets, excerpt.step_shares)
    return loss, d_scores, forward_pass


def penalty(strength: float, parameters: Parameters) -> float:
    """
    Return the L2 penalty.

    Parameters
    ----------
    strength : float
        Factor on half the sum of squares.
    parameters : Parameters
        Whose weights, but not biases, are penalised.

    Returns
    -------
    float
        The penalty.
    """
    return 0.5 * strength * float(parameters.weights @ parameters.weights)


def add_penalty(strength: float, parameters: Parameters, gradients: Parameters) -> None:
    """
    Add the gradient of the L2 penalty.

    Parameters
    ----------
    strength : float
        Factor on half the sum of squares.
    parameters : Parameters
        Whose weights are penalised.
    gradients : Parameters
        Added to.
    """
    d_weights = gradients.weights
    d_weights += strength * parameters.weights
