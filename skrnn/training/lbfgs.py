"""L-BFGS: the loss of all sequences, handed to SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import batches
from skrnn.training.dataset import Dataset
from skrnn.training.gradients import loss_and_gradient, windows
from skrnn.training.monitor import Epoch
from skrnn.training.optimizers import LBFGS
from skrnn.training.progress import Progress, Recipe
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # a step that is too long; the search takes another
def minimize_loss(
    optimizer: LBFGS,
    recipe: Recipe,
    progress: Progress,
    data: Dataset,
    n_epochs: int,
    conclude: Callable[[Epoch], bool],
) -> str | None:
    """
    Minimise the loss over all sequences in place, in `n_epochs` iterations at most.

    `conclude` takes note of each and returns whether it shall be the last. Return why training
    ended, unless it converged.
    """
    parameters, monitor = progress.parameters, progress.monitor
    workspace = Workspace(parameters.flat.dtype)
    gradients = Parameters.zeros(parameters.layout, parameters.flat.dtype)
    members, weights = data.distinct(np.arange(len(data.sequences)))
    total = float(weights.steps.sum())
    in_turn = batches(data.sequences.lengths[members], recipe.batch_size, None)

    def evaluate(flat: FloatArray) -> tuple[float, FloatArray]:
        parameters.flat[...] = flat
        gradients.flat.fill(0)
        loss = 0.0
        for part in in_turn:
            (batches_of_window,) = windows(
                recipe,
                parameters,
                data,
                members[part],
                weights.take(part),
                total,
                progress.mask_generator,
                workspace,
            )
            for batch in batches_of_window:
                loss += loss_and_gradient(recipe, parameters, batch, gradients, workspace)
        progress.n_seen += len(data.sequences)
        return loss, gradients.flat.astype(np.float64)

    stopped = False

    def after_iteration(intermediate_result: Any) -> None:  # SciPy knows it by this name
        nonlocal stopped
        parameters.flat[...] = intermediate_result.x
        norm = float(np.linalg.norm(gradients.flat))  # a search ends where it evaluated last
        stopped = conclude(Epoch(float(intermediate_result.fun), norm, norm, 0.0))
        if stopped:
            raise StopIteration

    result = scipy.optimize.minimize(
        evaluate,
        parameters.flat.astype(np.float64),
        method="L-BFGS-B",
        jac=True,
        callback=after_iteration,
        options={
            "maxiter": n_epochs,
            "maxfun": optimizer.max_fun,
            "maxcor": optimizer.memory,
            "gtol": monitor.tol,
        },
    )
    parameters.flat[...] = result.x
    if result.nit == 0:  # it could not take a step; this is told as an epoch all the same
        norm = float(np.linalg.norm(result.jac))
        conclude(Epoch(float(result.fun), norm, norm, 0.0))
    if result.success or stopped or monitor.is_done:
        return None
    return (
        f"L-BFGS stopped before it converged: {result.message}. Raise max_iter={n_epochs} or "
        f"max_fun={optimizer.max_fun}, scale the inputs to about unit variance, or accept a larger "
        f"tol than {monitor.tol:g}."
    )
