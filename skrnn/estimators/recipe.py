"""From hyperparameters to what training understands."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from joblib import cpu_count  # scikit-learn depends on it

from skrnn.network.cells import CELLS
from skrnn.network.losses import Loss
from skrnn.network.network import Network
from skrnn.spec import resolve
from skrnn.training.clipping import Clipping
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.progress import Recipe
from skrnn.training.schedules import SCHEDULES


def network_of(estimator: Any, n_inputs: int, n_outputs: int, *, per_step: bool) -> Network:
    """
    Return the network that an estimator describes.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Whose hyperparameters count; changing them later does not reach the network.
    n_inputs : int
        D.
    n_outputs : int
        K.
    per_step : bool
        Whether targets belong to steps.

    Returns
    -------
    Network
        The network.
    """
    return Network(
        cell=resolve(estimator.cell, CELLS).plain(),
        n_inputs=n_inputs,
        layer_sizes=tuple(np.atleast_1d(estimator.hidden_layer_sizes).tolist()),
        n_outputs=n_outputs,
        bidirectional=bool(estimator.bidirectional),
        pooling=estimator.readout,
        per_step=per_step,
    )


def check_same_network(before: Network, after: Network) -> None:
    """
    Raise an error if training would have to go on with another network.

    Parameters
    ----------
    before, after : Network
        What was trained, and what the hyperparameters describe now.
    """
    old, new = vars(before), vars(after)
    changes = [
        f"{field.name} was {old[field.name]!r} and is now {new[field.name]!r}"
        for field in fields(Network)
        if old[field.name] != new[field.name]
    ]
    if changes:
        raise ValueError(
            f"The fitted network is another one: {'; '.join(changes)}. Set this back, or begin "
            f"anew: fit with warm_start=False, or take sklearn.base.clone of the estimator."
        )


def recipe_of(estimator: Any, network: Network, loss: Loss, horizon: int) -> Recipe:
    """
    Return all else that stays fixed during training.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Whose hyperparameters count.
    network : Network
        What will be trained.
    loss : Loss
        What its scores cost.
    horizon : int
        Epochs, from the beginning, by which the schedule has run its course.

    Returns
    -------
    Recipe
        In plain numbers: those of NumPy would bring their own precision into the arithmetic.
    """
    threshold, checkpoint = estimator.clip_threshold, estimator.checkpoint
    return Recipe(
        network=network,
        loss=loss,
        optimizer=resolve(estimator.optimizer, OPTIMIZERS).plain(),
        learning_rate=float(estimator.learning_rate),
        schedule=resolve(estimator.schedule, SCHEDULES).plain(),
        horizon=horizon,
        truncation_length=_int_or_none(estimator.truncation_length),
        truncation_stride=_int_or_none(estimator.truncation_stride),
        checkpoint=bool(checkpoint) if isinstance(checkpoint, np.bool_) else checkpoint,
        target_replication=float(estimator.target_replication),
        dropout=float(estimator.dropout),
        clipping=Clipping(estimator.clip_by, None if threshold is None else float(threshold)),
        alpha=float(estimator.alpha),
        batch_size=200 if estimator.batch_size == "auto" else int(estimator.batch_size),
        shuffle=bool(estimator.shuffle),
        tol=float(estimator.tol),
        patience=int(estimator.n_iter_no_change),
        # Not joblib.effective_n_jobs: in a worker of a search, -1 would be 1 and give other bits.
        n_jobs=cpu_count() if estimator.n_jobs == -1 else int(estimator.n_jobs or 1),
    )


def _int_or_none(value: Any) -> int | None:
    """Return a whole number as an int, and None as None."""
    return None if value is None else int(value)
