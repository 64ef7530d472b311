"""What hyperparameters come to, in terms that training understands."""

from __future__ import annotations

from dataclasses import fields
from math import inf
from typing import Any

import numpy as np
from joblib import cpu_count  # scikit-learn depends on it

from skrnn.estimators.constraints import is_auto, takes_all_at_once
from skrnn.estimators.targets.target import Target
from skrnn.network.cells import CELLS
from skrnn.network.network import Network
from skrnn.rules import InvalidParameterError, shown
from skrnn.spec import resolve
from skrnn.training.clipping import Clipping
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.plan import Plan
from skrnn.training.progress import Recipe
from skrnn.training.schedule import Schedule
from skrnn.training.schedules import SCHEDULES, Constant, Cycles

MOST_WEIGHTS = 2**40
"""Of more, NumPy would say only that some array is too large."""


def network_of(estimator: Any, n_inputs: int, target: Target) -> Network:
    """Return the network that the hyperparameters describe; to change them leaves it alone."""
    network = Network(
        cell=resolve(estimator.cell, CELLS).plain(),
        n_inputs=n_inputs,
        layer_sizes=tuple(np.atleast_1d(estimator.hidden_layer_sizes).tolist()),
        n_outputs=target.n_outputs,
        bidirectional=bool(estimator.bidirectional),
        pooling=estimator.readout,
        per_step=target.per_step,
        embeddings=estimator.x_format_.categories.embeddings(estimator.embedding_size),
        engine=estimator.engine,
    )
    if network.layout.size > MOST_WEIGHTS:
        size = f" with embedding_size={estimator.embedding_size}" if network.embeddings else ""
        raise InvalidParameterError(
            f"hidden_layer_sizes={shown(estimator.hidden_layer_sizes)}{size} makes a network of "
            f"{network.layout.size:.1e} weights, which must be at most 2**40."
        )
    return network


def check_same_network(before: Network, after: Network) -> None:
    """Raise an error if training would have to go on with another network; engines may change."""
    names = [field.name for field in fields(Network) if field.name != "engine"]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    changes = [f"{name} was {old!r} and is now {new!r}" for name, old, new in pairs if old != new]
    if changes:
        raise ValueError(
            f"The fitted network is another one: {'; '.join(changes)}. Set this back, or begin "
            f"anew: fit with warm_start=False, or take sklearn.base.clone of the estimator."
        )


def recipe_of(
    estimator: Any, n_inputs: int, target: Target, plan: Plan, n_before: int, *, margin: float
) -> Recipe:
    """
    Return all that stays fixed during training, after `n_before` epochs of earlier fits.

    A plan is followed where a hyperparameter says "auto". All is in plain numbers: those of NumPy
    would bring their own precision into the arithmetic.
    """
    all_at_once = takes_all_at_once(estimator)
    patience, max_iter = estimator.n_iter_no_change, estimator.max_iter
    by_plan = is_auto(patience) and not all_at_once
    schedule: Schedule = plan.schedule if by_plan else Constant()
    if not is_auto(estimator.schedule):
        schedule = resolve(estimator.schedule, SCHEDULES).plain()
    at_rest = by_plan and schedule.falls
    cycles = schedule if isinstance(schedule, Cycles) else plan.schedule
    if not is_auto(max_iter):
        horizon = n_before + int(max_iter)
    else:
        horizon = n_before + 200 if all_at_once else cycles.end(n_before)
    batch_size, rate, loss = estimator.batch_size, estimator.learning_rate, target.loss
    if is_auto(batch_size):
        batch_size = 200 if all_at_once else plan.batch_size
    threshold, checkpoint = estimator.clip_threshold, estimator.checkpoint
    return Recipe(
        network=network_of(estimator, n_inputs, target),
        loss=loss,
        optimizer=resolve(estimator.optimizer, OPTIMIZERS).plain(),
        learning_rate=plan.learning_rate if is_auto(rate) else float(rate),
        schedule=schedule,
        horizon=horizon,
        truncation_length=_int_or_none(estimator.truncation_length),
        truncation_stride=_int_or_none(estimator.truncation_stride),
        checkpoint=bool(checkpoint) if isinstance(checkpoint, np.bool_) else checkpoint,
        target_replication=float(estimator.target_replication),
        dropout=float(estimator.dropout),
        clipping=Clipping(estimator.clip_by, None if threshold is None else float(threshold)),
        alpha=float(estimator.alpha),
        batch_size=int(batch_size),
        shuffle=bool(estimator.shuffle),
        tol=float(estimator.tol),
        patience=(1 if at_rest else 10) if is_auto(patience) else int(patience),
        # Not joblib.effective_n_jobs: in a worker of a search, -1 would be 1 and give other bits.
        n_jobs=cpu_count() if estimator.n_jobs == -1 else int(estimator.n_jobs or 1),
        judge_at_rest=at_rest,
        margin=margin,
        floor=loss.negligible if at_rest else -inf,
        ceiling=1.0 if estimator.scoring is None else None,  # scorers do not say what is best
    )


def _int_or_none(value: Any) -> int | None:
    """Return a whole number as an int, and None as None."""
    return None if value is None else int(value)
