"""Losses: of classes, and those of numbers by the name that ``loss`` may give."""

from skrnn.network.losses.binary_cross_entropy import BinaryCrossEntropy
from skrnn.network.losses.cross_entropy import CrossEntropy, log_softmax
from skrnn.network.losses.loss import Loss, Targets
from skrnn.network.losses.quantile import Quantile
from skrnn.network.losses.regression import (
    AbsoluteError,
    Huber,
    Poisson,
    RegressionLoss,
    SquaredError,
)

REGRESSION_LOSSES: dict[str, type[RegressionLoss]] = {
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "poisson": Poisson,
    "quantile": Quantile,
    "squared_error": SquaredError,
}

__all__ = [
    "REGRESSION_LOSSES",
    "AbsoluteError",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "Loss",
    "Poisson",
    "Quantile",
    "RegressionLoss",
    "SquaredError",
    "Targets",
    "log_softmax",
]
