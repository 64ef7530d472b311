"""Adam and AdamW: RMSprop with momentum, and with decay of the weights beside it."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from skrnn.rules import real, setting
from skrnn.training.optimizers.optimizer import Optimizer, Stepper
from skrnn.types import FloatArray


@dataclass
class Adam(Optimizer):
    """
    Adaptive moment estimation.

    ::

        m = beta_1 * m + (1 - beta_1) * g
        v = beta_2 * v + (1 - beta_2) * g^2
        p = p - learning_rate * (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)

    Parameters
    ----------
    beta_1 : float, default=0.9
        Memory of the mean, in [0, 1).
    beta_2 : float, default=0.999
        Memory of the mean square, in [0, 1).
    epsilon : float, default=1e-8
        Keeps the division finite; above 0. The three defaults are the paper's.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import Adam
    >>> p = np.array([1.0, -4.0])
    >>> Adam().start(p).step(p, gradient=2 * p, learning_rate=0.1)
    >>> p.round(6)
    array([ 0.9, -3.9])
    """

    averages: ClassVar[tuple[str, ...]] = ("m", "v")

    beta_1: float = setting(0.9, real(0, 1))
    beta_2: float = setting(0.999, real(0, 1))
    epsilon: float = setting(1e-8, real(0, ends="()"))

    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        (m, v), t = memory.running, memory.n_steps
        g *= 1 - self.beta_1
        m *= self.beta_1
        m += g
        g *= g
        g *= (1 - self.beta_2) / (1 - self.beta_1) ** 2
        v *= self.beta_2
        v += g
        root = np.sqrt(v, out=g)
        root /= sqrt(1 - self.beta_2**t)
        root += self.epsilon
        step = np.divide(m, root, out=root)
        step *= learning_rate / (1 - self.beta_1**t)
        p -= step


@dataclass
class AdamW(Adam):
    """
    Adam with weight decay that does not pass through the averages.

    ::

        p = p - learning_rate * weight_decay * p         and then the step of Adam

    Parameters
    ----------
    beta_1, beta_2, epsilon : float
        As in `Adam`.
    weight_decay : float, default=0.01
        Shrinkage per unit of learning rate, at least 0. Both as in PyTorch; in the paper, it does
        not shrink with the learning rate. Concerns every parameter, unlike the estimator's `alpha`,
        which spares biases and acts beside it unless set to 0.

    References
    ----------
    I. Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import AdamW
    >>> p = np.array([1.0, -4.0])
    >>> AdamW(weight_decay=0.5).start(p).step(p, gradient=2 * p, learning_rate=0.1)
    >>> p.round(6)
    array([ 0.85, -3.7 ])
    """

    weight_decay: float = setting(0.01, real(0))

    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        p *= 1 - learning_rate * self.weight_decay
        super().update(p, g, learning_rate, memory)
