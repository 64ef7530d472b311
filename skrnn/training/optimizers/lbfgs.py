"""What L-BFGS is told; `skrnn.training.lbfgs` takes its steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from skrnn.rules import setting, whole
from skrnn.training.optimizers.optimizer import Optimizer


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

    update: ClassVar[None] = None  # type: ignore[assignment]  # its steps are SciPy's

    max_fun: int = setting(15_000, whole(1))
    memory: int = setting(10, whole(1, 1000))
