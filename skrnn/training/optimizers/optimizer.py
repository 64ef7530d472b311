"""What an optimiser is: a rule for one step of the flat parameter vector, and its memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.spec import Spec
from skrnn.types import FloatArray


@dataclass
class Optimizer(Spec, ABC):
    """
    A rule without memory of its own; `start` gives it some.

    Attributes
    ----------
    averages : tuple of str
        The running quantities of the rule, vectors like the parameters.
    """

    averages: ClassVar[tuple[str, ...]] = ()

    def start(self, parameters: FloatArray) -> Stepper:
        """
        Begin to optimise.

        Parameters
        ----------
        parameters : array of shape (P,)
            The flat vector, for its size and precision.

        Returns
        -------
        Stepper
            The rule together with its running quantities, all zero.
        """
        return Stepper(self, tuple(np.zeros_like(parameters) for _ in self.averages))

    @abstractmethod
    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        """
        Take one step, in place.

        Parameters
        ----------
        p : array of shape (P,)
            The flat vector of parameters, changed.
        g : array of shape (P,)
            dLoss/dp. May be overwritten.
        learning_rate : float
            Size of the step.
        memory : Stepper
            Its running quantities, changed, and the number of this step, from 1.
        """


@dataclass
class Stepper:
    """An optimiser at work, with its running quantities of shape (P,) and its steps so far."""

    optimizer: Optimizer
    running: tuple[FloatArray, ...]
    n_steps: int = 0

    def copy(self) -> Stepper:
        """Return a stepper of its own memory."""
        return Stepper(self.optimizer, tuple(array.copy() for array in self.running), self.n_steps)

    def step(self, parameters: FloatArray, gradient: FloatArray, learning_rate: float) -> None:
        """Take one step: change parameters (P,) in place; the gradient may be overwritten."""
        self.n_steps += 1
        self.optimizer.update(parameters, gradient, learning_rate, self)
