"""What values the hyperparameters may take, each and together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.network.cells import CELLS, Cell
from skrnn.network.pooling import POOLS
from skrnn.rules import (
    BOOLEAN,
    NOTHING,
    InvalidParameterError,
    Rule,
    Rules,
    among,
    check_parameters,
    instance,
    real,
    whole,
)
from skrnn.spec import resolve
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizer import Optimizer
from skrnn.training.optimizers import OPTIMIZERS

_AT_LEAST_ONE = whole(1)


def _is_sizes(value: Any) -> bool:
    """Tell whether a value is a sequence of at least one layer size."""
    is_sequence = isinstance(value, Sequence) or (isinstance(value, np.ndarray) and value.ndim == 1)
    return is_sequence and len(value) > 0 and all(map(_AT_LEAST_ONE.admits, value))


RULES: Rules = {
    "hidden_layer_sizes": (
        _AT_LEAST_ONE,
        Rule("a sequence of ints in the range [1, inf)", _is_sizes),
    ),
    "cell": (among(CELLS), instance(Cell)),
    "bidirectional": (BOOLEAN,),
    "readout": (among(POOLS),),
    "target_replication": (real(0, 1, ends="[]"),),
    "dropout": (real(0, 1),),
    "truncation_length": (_AT_LEAST_ONE, NOTHING),
    "clip_threshold": (real(0, ends="()"), NOTHING),
    "clip_by": (among(CLIP_BY),),
    "optimizer": (among(OPTIMIZERS), instance(Optimizer)),
    "learning_rate": (real(0, ends="()"),),
    "alpha": (real(0),),
    "batch_size": (among(["auto"]), _AT_LEAST_ONE),
    "max_iter": (_AT_LEAST_ONE,),
    "shuffle": (BOOLEAN,),
    "tol": (real(0),),
    "n_iter_no_change": (_AT_LEAST_ONE,),
    "early_stopping": (BOOLEAN,),
    "validation_fraction": (real(0, 1, ends="()"),),
    "n_step_features": (_AT_LEAST_ONE,),
    "warm_start": (BOOLEAN,),
    "verbose": (BOOLEAN,),
}


def check_hyperparameters(estimator: Any, rules: Rules) -> None:
    """
    Raise an error for the first hyperparameter that is out of range, or that excludes another.

    Parameters
    ----------
    estimator : BaseSequenceEstimator
        Whose hyperparameters.
    rules : mapping of str to tuple of Rule
        By name, the kinds of value that each may have.
    """
    check_parameters(estimator, rules)
    resolve(estimator.cell, CELLS).check()
    resolve(estimator.optimizer, OPTIMIZERS).check()
    if estimator.bidirectional and estimator.truncation_length is not None:
        raise InvalidParameterError(
            f"truncation_length={estimator.truncation_length} cannot be used with "
            f"bidirectional=True: the direction that reads backwards begins at the end, so that no "
            f"window can do without the steps that follow it. Set one of them to its default."
        )
