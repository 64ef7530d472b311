"""Stochastic gradient descent with momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.rules import BOOLEAN, real, setting
from skrnn.training.optimizers.optimizer import Optimizer, Stepper
from skrnn.types import FloatArray


@dataclass
class SGD(Optimizer):
    """
    Stochastic gradient descent with momentum.

    ::

        v = momentum * v - learning_rate * g
        p = p + v                                        plain momentum
        p = p + momentum * v - learning_rate * g         nesterov

    Parameters
    ----------
    momentum : float, default=0.9
        Share of the last step that is repeated, in [0, 1).
    nesterov : bool, default=True
        Whether to look ahead along the momentum. Both defaults are those of MLPClassifier.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and momentum
    in deep learning", ICML 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import SGD
    >>> p = np.array([1.0])
    >>> SGD(momentum=0.0).start(p).step(p, gradient=2 * p, learning_rate=0.1)
    >>> p
    array([0.8])
    """

    averages: ClassVar[tuple[str, ...]] = ("v",)

    momentum: float = setting(0.9, real(0, 1))
    nesterov: bool = setting(True, BOOLEAN)

    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        (v,) = memory.running
        g *= learning_rate
        v *= self.momentum
        v -= g
        if self.nesterov:
            p -= g
            np.multiply(v, self.momentum, out=g)
            p += g
        else:
            p += v
