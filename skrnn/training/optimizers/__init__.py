"""Optimisers by the name that an estimator's ``optimizer`` parameter may give."""

from skrnn.training.optimizers.adam import Adam, AdamW
from skrnn.training.optimizers.lbfgs import LBFGS
from skrnn.training.optimizers.optimizer import Optimizer, Stepper
from skrnn.training.optimizers.rmsprop import RMSprop
from skrnn.training.optimizers.sgd import SGD

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "lbfgs": LBFGS,
}

__all__ = ["LBFGS", "OPTIMIZERS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "Stepper"]
