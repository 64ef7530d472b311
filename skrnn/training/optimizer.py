"""Where models saved before look for `Stepper`."""

from skrnn.training.optimizers.optimizer import Stepper

__all__ = ["Stepper"]
