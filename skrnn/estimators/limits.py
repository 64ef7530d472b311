"""What values the hyperparameters may take, each and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from skrnn.network.cells import CELLS, Cell
from skrnn.network.compiled.engine import ENGINES, check_engine
from skrnn.network.losses import REGRESSION_LOSSES
from skrnn.network.pooling import POOLS
from skrnn.rules import (
    BOOLEAN,
    NOTHING,
    SEED,
    InvalidParameterError,
    Rule,
    Rules,
    among,
    check_parameters,
    instance,
    real,
    whole,
)
from skrnn.spec import Spec, resolve
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizer import Optimizer
from skrnn.training.optimizers import LBFGS, OPTIMIZERS
from skrnn.training.schedule import Schedule
from skrnn.training.schedules import SCHEDULES

_AT_LEAST_ONE = whole(1)
_AUTO = among(["auto"])


def _is_sizes(value: Any) -> bool:
    """Tell whether a value is a sequence of at least one layer size."""
    is_sequence = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim == 1)
    is_sequence &= not isinstance(value, bytes | bytearray | memoryview)  # whose items are ints
    return is_sequence and len(value) > 0 and all(map(_AT_LEAST_ONE.admits, value))


def _is_minus_one(value: Any) -> bool:
    """Tell whether a value is the integer -1."""
    return isinstance(value, Integral) and int(value) == -1


FAMILIES: dict[str, Mapping[str, type[Spec]]] = {
    "cell": CELLS,
    "loss": REGRESSION_LOSSES,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
"""Hyperparameters that are specs, or their names."""

RULES: Rules = {
    "hidden_layer_sizes": (
        _AT_LEAST_ONE,
        Rule("a sequence of ints in the range [1, 2**63)", _is_sizes),
    ),
    "cell": (among(CELLS), instance(Cell)),
    "bidirectional": (BOOLEAN,),
    "dropout": (real(0, 1),),
    "truncation_length": (_AT_LEAST_ONE, NOTHING),
    "truncation_stride": (_AT_LEAST_ONE, NOTHING),
    "checkpoint": (BOOLEAN, _AT_LEAST_ONE),
    "clip_threshold": (real(0, ends="()"), NOTHING),
    "clip_by": (among(CLIP_BY),),
    "optimizer": (among(OPTIMIZERS), instance(Optimizer)),
    "learning_rate": (_AUTO, real(0, ends="()")),
    "schedule": (among(["auto", *SCHEDULES]), instance(Schedule)),
    "alpha": (real(0),),
    "batch_size": (_AUTO, _AT_LEAST_ONE),
    "max_iter": (_AUTO, _AT_LEAST_ONE),
    "shuffle": (BOOLEAN,),
    "tol": (real(0),),
    "n_iter_no_change": (_AUTO, _AT_LEAST_ONE),
    "n_init": (_AT_LEAST_ONE,),
    "early_stopping": (BOOLEAN, _AUTO),
    "validation_fraction": (real(0, 1, ends="()"),),
    "warm_start": (BOOLEAN,),
    "random_state": SEED,
    "verbose": (BOOLEAN,),
    "n_jobs": (_AT_LEAST_ONE, Rule("-1", _is_minus_one), NOTHING),
    "engine": (among(ENGINES),),
}


LABEL_RULES: Rules = {"class_weight": (among(["balanced"]), instance(dict), NOTHING)}
"""Of estimators whose targets are labels."""

ONE_TARGET_RULES: Rules = {
    "readout": (among(POOLS),),
    "target_replication": (real(0, 1, ends="[]"),),
    "n_step_features": (_AT_LEAST_ONE,),
}
"""Of estimators that may have one target for each sequence."""


def is_auto(value: Any) -> bool:
    """Tell whether a hyperparameter is "auto", that is, left to what the data are like."""
    return isinstance(value, str) and value == "auto"


def check_hyperparameters(estimator: Any, rules: Rules) -> None:
    """Raise an error for the first hyperparameter that is out of range or excludes another."""
    check_parameters(estimator, rules)
    for name, options in FAMILIES.items():
        if name in rules and not is_auto(choice := getattr(estimator, name)):
            resolve(choice, options).check()
    check_engine(estimator.engine, resolve(estimator.cell, CELLS))
    _check_stride(estimator)
    if estimator.bidirectional:
        _exclude(
            estimator,
            ("truncation_length",),
            "bidirectional=True",
            "the direction that reads backwards begins at the end, so that no window can do "
            "without the steps that follow it",
        )
        _exclude(
            estimator,
            ("checkpoint",),
            "bidirectional=True",
            "the two directions meet at every step only when both have read the whole sequence",
        )
    if takes_all_at_once(estimator):
        _exclude(
            estimator,
            ("truncation_length", "dropout"),
            "optimizer='lbfgs'",
            "its line search needs the exact gradient of a loss that is the same each time",
        )


def takes_all_at_once(estimator: Any) -> bool:
    """Tell whether the optimiser needs the loss of all sequences, and so has no epochs: L-BFGS."""
    optimizer = estimator.optimizer
    return optimizer == "lbfgs" if isinstance(optimizer, str) else isinstance(optimizer, LBFGS)


def takes_steps(estimator: Any) -> bool:
    """Return True if training can go step by step; else raise AttributeError for `available_if`."""
    if takes_all_at_once(estimator):
        raise AttributeError(
            "partial_fit cannot be used with optimizer='lbfgs', which needs all data at once. "
            "Choose an optimizer that takes steps, such as 'adam'."
        )
    return True


def _check_stride(estimator: Any) -> None:
    """Raise an error if there is a stride, but no windows, or windows that leave steps out."""
    stride, length = estimator.truncation_stride, estimator.truncation_length
    if stride is None:
        return
    if length is None or stride > length:
        raise InvalidParameterError(
            f"truncation_stride={stride} needs a truncation_length of at least as many steps, so "
            f"that windows leave none out; it is {length}."
        )


def check_targets_suit(estimator: Any, *, per_step: bool) -> None:
    """Raise an error for what makes no sense with targets of steps or, else, of sequences."""
    stride, replication = estimator.truncation_stride, estimator.target_replication
    if per_step and replication > 0:
        raise InvalidParameterError(
            f"target_replication={replication} cannot be used with a target at every step: it "
            f"replicates the target of a sequence. Set it to 0."
        )
    if stride is not None and not per_step and replication == 0:
        raise InvalidParameterError(
            f"truncation_stride={stride} needs target_replication above 0: with a target at the "
            f"end alone, there is one window."
        )


def _exclude(estimator: Any, names: Sequence[str], choice: str, reason: str) -> None:
    """Raise an error for the first of some hyperparameters that is in use, besides a choice."""
    for name in names:
        value = getattr(estimator, name)
        if value:
            raise InvalidParameterError(
                f"{name}={value} cannot be used with {choice}: {reason}. Set one of them to its "
                f"default."
            )
