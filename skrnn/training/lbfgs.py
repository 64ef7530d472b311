"""L-BFGS: the loss of all sequences, handed to SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.optimize

from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import batches
from skrnn.training.dataset import Dataset
from skrnn.training.gradients import loss_and_gradient, windows
from skrnn.training.monitor import Epoch
from skrnn.training.optimizers import LBFGS
from skrnn.training.progress import Progress, Recipe, generator_in
from skrnn.types import FloatArray


class Point(NamedTuple):
    """
    Parameters (P,) as the network rounds them, the loss there, the gradient (P,) and its norm.

    The loss is NaN as well where the norm is not finite.
    """

    flat: FloatArray
    loss: float
    gradient: FloatArray
    norm: float


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

    Each ends at the best point so far; `conclude` takes note of it and returns whether it shall be
    the last. Return why training ended, unless it converged.
    """
    parameters, monitor = progress.parameters, progress.monitor
    at = loss_of_all(recipe, progress, data)
    # The best point of all, the last finite one, and the one where the search began.
    best = last = start = at(parameters.flat)
    told: Point | None = None  # the best one when an iteration was last told of
    stopped, blocked = False, 0  # the last iteration in which a step had no finite loss

    def evaluate(x: FloatArray) -> tuple[float, FloatArray]:
        nonlocal best, last, blocked
        here = last if np.array_equal(x, last.flat) else at(x)  # SciPy asks for the start again
        if not np.isfinite(here.loss):  # SciPy would take this for convergence, or worse
            blocked = len(monitor.loss_curve) + 1
            return start.loss, -start.gradient  # a mirror of the start: it tries the middle
        best, last = min(best, here, key=lambda point: point.loss), here
        return here.loss, here.gradient

    def tell() -> bool:
        nonlocal told
        told = best
        parameters.flat[...] = best.flat
        return conclude(Epoch(best.loss, best.norm, best.norm, 0.0))

    def after_iteration(_: FloatArray) -> None:
        nonlocal start, stopped
        start = last  # a search ends where it evaluated last
        stopped = tell()
        if stopped:
            raise StopIteration

    if not np.isfinite(start.loss):
        tell()  # which is an error
    result = scipy.optimize.minimize(
        evaluate,
        start.flat.astype(np.float64),
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
    parameters.flat[...] = best.flat
    if told is not best:  # the last search found no end; this is told as an epoch all the same
        stopped = tell()
    cut_short = blocked >= len(monitor.loss_curve)
    is_flat = np.abs(best.gradient).max() <= monitor.tol
    if (result.success and (is_flat or not cut_short)) or stopped or monitor.is_done:
        return None
    if cut_short and result.status != 1:  # that would be a limit
        return (
            "L-BFGS stopped before it converged: its steps lead to where the loss is not finite. "
            "Scale the inputs to about unit variance, or choose a cell with bounded states."
        )
    return (
        f"L-BFGS stopped before it converged: {result.message.rstrip(': ')}. Raise "
        f"max_iter={n_epochs} or max_fun={optimizer.max_fun}, scale the inputs to about unit "
        f"variance, or accept a larger tol than {monitor.tol:g}."
    )


def loss_of_all(recipe: Recipe, progress: Progress, data: Dataset) -> Callable[[FloatArray], Point]:
    """Return the loss over all sequences, as a function that sets the parameters (P,) it is of."""
    parameters = progress.parameters
    workspace = Workspace(parameters.flat.dtype)
    gradients = Parameters.zeros(parameters.layout, parameters.flat.dtype)
    members, weights = data.distinct(np.arange(len(data.sequences)))
    total = float(weights.steps.sum())
    in_turn = batches(data.sequences.lengths[members], recipe.batch_size, None)

    def at(x: FloatArray) -> Point:
        parameters.flat[...] = x
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
                generator_in(progress.masks),
                workspace,
            )
            for batch in batches_of_window:
                loss += loss_and_gradient(recipe, parameters, batch, gradients, workspace)
        progress.n_seen += len(data.sequences)
        gradient = gradients.flat.astype(np.float64)
        norm = float(np.linalg.norm(gradient))
        return Point(parameters.flat.copy(), loss if np.isfinite(norm) else np.nan, gradient, norm)

    return at
