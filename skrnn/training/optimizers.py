"""The optimisers, by the name that an estimator's ``optimizer`` parameter may give."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from skrnn.rules import BOOLEAN, real, setting, whole
from skrnn.training.optimizer import Optimizer, Stepper
from skrnn.types import FloatArray

_DECAY = real(0, 1)
_POSITIVE = real(0, ends="()")


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

    momentum: float = setting(0.9, _DECAY)
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

    decay: float = setting(0.9, _DECAY)
    epsilon: float = setting(1e-8, _POSITIVE)

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

    beta_1: float = setting(0.9, _DECAY)
    beta_2: float = setting(0.999, _DECAY)
    epsilon: float = setting(1e-8, _POSITIVE)

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


@dataclass
class LBFGS(Optimizer):
    """
    Limited-memory BFGS, by ``scipy.optimize.minimize``.

    It takes the gradient over all sequences at once and finds the size of each step by a line
    search. So the learning rate, its schedule, shuffling and clipping have no part in it, an epoch
    is one of its iterations, and `batch_size` bounds only how many sequences are in memory. Besides
    the rules that end any training, it ends where no element of the gradient is above `tol`, or the
    loss falls by less than 2e-9 of itself. An epoch ends at the best weights so far; where a step
    leads to a loss that is not finite, half of it is tried. What it has learnt of the curvature is
    lost between fits of a warm start. Neither `dropout`, `truncation_length` nor `partial_fit` can
    be used with it.

    Parameters
    ----------
    max_fun : int, default=15000
        After more evaluations of the loss and its gradient, no iteration begins; as in
        MLPClassifier.
    memory : int, default=10
        Steps that it remembers to estimate the curvature, at most 1000; SciPy's default.

    References
    ----------
    R. H. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained
    optimization", SIAM Journal on Scientific Computing 16, 1995.

    Examples
    --------
    >>> from skrnn import LBFGS, RNNSequenceClassifier
    >>> RNNSequenceClassifier(optimizer=LBFGS(max_fun=100))
    RNNSequenceClassifier(optimizer=LBFGS(max_fun=100, memory=10))
    """

    takes_steps: ClassVar[bool] = False

    max_fun: int = setting(15_000, whole(1))
    memory: int = setting(10, whole(1, 1000))

    def update(self, p: FloatArray, g: FloatArray, learning_rate: float, memory: Stepper) -> None:
        raise TypeError("L-BFGS takes its steps itself, in skrnn.training.lbfgs.minimize_loss.")


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "lbfgs": LBFGS,
}
