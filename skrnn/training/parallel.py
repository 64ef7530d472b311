"""One batch on several threads: each takes some of its columns, which are sequences."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.training.clipping import StepClip
from skrnn.training.gradients import Excerpt, backpropagate
from skrnn.training.progress import Recipe


def backpropagate_columns(
    recipe: Recipe,
    parameters: Parameters,
    excerpt: Excerpt,
    gradients: Parameters,
    workspace: Workspace,
    clip: StepClip | None = None,
) -> float:
    """
    Do what `backpropagate` does, with the columns divided among ``recipe.n_jobs`` threads.

    The parts do not depend on which thread comes first, nor does the order in which their gradients
    are added, so that the same number of threads gives the same bits.

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
        Memory; each thread has a part of its own.
    clip : StepClip, optional
        Applied to dLoss/dh at every step of the backward pass.

    Returns
    -------
    float
        The loss, without penalty.
    """
    n_columns = len(excerpt.lengths)
    n_parts = min(recipe.n_jobs, n_columns)
    if n_parts == 1:
        return backpropagate(recipe, parameters, excerpt, gradients, workspace, clip)

    def of_part(i: int) -> tuple[float, Parameters]:
        columns = slice(i * n_columns // n_parts, (i + 1) * n_columns // n_parts)
        part, own_clip = excerpt.take(columns), None if clip is None else clip.take(columns)
        memory = workspace.part(i)
        own = Parameters(gradients.layout, memory.zeros("gradients", gradients.flat.shape))
        with np.errstate(over="ignore", invalid="ignore"):  # NumPy's setting is that of a thread
            return backpropagate(recipe, parameters, part, own, memory, own_clip), own

    total = 0.0
    with ThreadPoolExecutor(n_parts) as threads:
        for loss, own in threads.map(of_part, range(n_parts)):
            total += loss
            gradients.flat += own.flat
    return total
