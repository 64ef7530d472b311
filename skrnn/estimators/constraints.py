"""What hyperparameters exclude one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skrnn.network.cells import CELLS
from skrnn.network.compiled.engine import check_engine
from skrnn.network.losses import Quantile
from skrnn.rules import InvalidParameterError, check_parameters, shown
from skrnn.spec import choices_of, resolve
from skrnn.training.optimizers import LBFGS


def is_auto(value: Any) -> bool:
    """Tell whether a hyperparameter is "auto", that is, left to what the data are like."""
    return isinstance(value, str) and value == "auto"


def check_hyperparameters(estimator: Any) -> None:
    """Raise an error for the first hyperparameter that is out of range or excludes another."""
    check_parameters(estimator)
    for name, options in choices_of(estimator).items():
        if not is_auto(value := getattr(estimator, name)):
            resolve(value, options).check()
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
    """Tell whether the optimiser is L-BFGS, which needs the loss of all sequences."""
    chosen = estimator.optimizer
    return isinstance(chosen, LBFGS) or (isinstance(chosen, str) and chosen == "lbfgs")


def takes_steps(estimator: Any) -> bool:
    """Return True if training can go step by step; else raise AttributeError for `available_if`."""
    if takes_all_at_once(estimator):
        raise AttributeError(
            "partial_fit cannot be used with optimizer='lbfgs', which needs all data at once. "
            "Choose an optimizer that takes steps, such as 'adam'."
        )
    return True


def learns_quantiles(estimator: Any) -> bool:
    """Return True if quantiles are, or were, learnt; else raise AttributeError."""
    target = vars(estimator).get("_target")
    loss = estimator.loss if target is None else target.units.loss
    if isinstance(loss, Quantile) or (isinstance(loss, str) and loss == "quantile"):
        return True
    raise AttributeError(f"predict_quantiles needs a fit with loss='quantile', not {shown(loss)}.")


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
