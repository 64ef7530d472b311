"""RMSprop: steps scaled by a running root mean square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.rules import real, setting
from skrnn.training.optimizers.optimizer import Optimizer, Stepper
from skrnn.types import FloatArray


@dataclass
class RMSprop(Optimizer):
    """
    Gradient descent with each step divided by the root of a running mean square.

    ::

        s = decay * s + (1 - decay) * g^2
        p = p - learning_rate * g / (sqrt(s) + epsilon)

    Parameters
    ----------
    decay : float, default=0.9
        Memory of the mean square, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the division finite; above 0.

    References
    ----------
    T. Tieleman, G. Hinton, "Lecture 6.5: RMSProp", Neural Networks for Machine Learning, 2012,
    which gives the decay.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RMSprop
    >>> p = np.array([1.0, -4.0])
    >>> RMSprop(decay=0.0).start(p).step(p, gradient=2 * p, learning_rate=0.1)
    >>> p.round(6)
    array([ 0.9, -3.9])
    """

    averages: ClassVar[tuple[str, ...]] = ("s",)

    decay: float = setting(0.9, real(0, 1))
    epsilon: float = setting(1e-8, real(0, ends="()"))

    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        (s,) = memory.running
        square = g * g
        square *= 1 - self.decay
        s *= self.decay
        s += square
        root = np.sqrt(s, out=square)
        root += self.epsilon
        g /= root
        g *= learning_rate
        p -= g
