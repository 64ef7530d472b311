"""The gradient that training would use, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skrnn.inspection.task import task_of
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.training.dataset import Dataset
from skrnn.training.gradients import loss_and_gradient, windows
from skrnn.training.progress import Recipe
from skrnn.training.threads import one_blas_thread


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # what explodes is what one wants to see
def loss_gradient(estimator: Any, X: Any, y: Any) -> tuple[float, Parameters]:
    """
    Return the training loss of some sequences, and its gradient.

    All are one batch, with the estimator's penalty, target replication, truncation and dropout, but
    before any clipping.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted or not; it is left as it is. If not, the parameters are those that `fit` would begin
        with.
    X : array-like or list of arrays
        Sequences.
    y : array-like or list of arrays
        Their targets, as the estimator's `fit` takes them; without weights, so none may be missing.

    Returns
    -------
    loss : float
        What an epoch would minimise, penalty included; of a regressor, in the units of training.
    gradient : Parameters
        Its derivative by the name of each parameter, as `parameters_` has them.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import loss_gradient
    >>> X, y = np.random.default_rng(0).normal(size=(6, 5, 2)), [0, 1] * 3
    >>> loss, gradient = loss_gradient(RNNSequenceClassifier(8, random_state=0), X, y)
    >>> gradient["layer_0.recurrent_weights"].shape
    (24, 8)
    """
    recipe, parameters, data = task_of(estimator, X, y)
    dtype = parameters.flat.dtype
    gradient = Parameters.zeros(parameters.layout, dtype)
    loss = loss_of_all(recipe, parameters, data, np.random.default_rng(0), Workspace(dtype))
    return loss(gradient), gradient


def loss_of_all(
    recipe: Recipe,
    parameters: Parameters,
    data: Dataset,
    generator: np.random.Generator,
    workspace: Workspace,
) -> Callable[[Parameters], float]:
    """
    Return a function that gives the loss of all sequences in one batch, and writes its gradient.

    It goes by what the parameters are when it is called. States at the beginnings of windows, and
    the dropout that the generator draws, stay as they are now.
    """
    members, weights = data.distinct(np.arange(len(data.sequences)))
    total = float(weights.steps.sum())
    of_windows = [
        list(window)
        for window in windows(
            recipe, parameters, data, members, weights, total, generator, workspace
        )
    ]
    batches = [batch for window in of_windows for batch in window]

    def loss(gradient: Parameters) -> float:
        gradient.flat[...] = 0
        losses = [
            loss_and_gradient(recipe, parameters, batch, gradient, workspace) for batch in batches
        ]
        gradient.flat[...] /= len(of_windows)
        return sum(losses) / len(of_windows)

    return loss
