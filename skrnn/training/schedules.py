"""Schedules: how the learning rate changes from batch to batch."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi
from typing import ClassVar

from skrnn.rules import real, setting, whole
from skrnn.training.schedule import Schedule

_SHARE = real(0, 1, ends="[]")
_POSITIVE_SHARE = real(0, 1, ends="(]")


@dataclass
class Constant(Schedule):
    """
    The same learning rate throughout.

    Examples
    --------
    >>> from skrnn import Constant
    >>> Constant().factor(epoch=7.5, horizon=10, n_plateaus=0)
    1.0
    """

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        return 1.0


@dataclass
class InverseScaling(Schedule):
    """
    A learning rate that falls with a power of the epoch.

    ::

        factor = 1 / (1 + epoch)^power

    Parameters
    ----------
    power : float, default=0.5
        At least 0. The default is that of MLPClassifier's ``power_t``, which counts sequences.

    References
    ----------
    H. Robbins, S. Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22,
    1951: plain gradient descent converges for powers above 0.5, up to 1.

    Examples
    --------
    >>> from skrnn import InverseScaling
    >>> InverseScaling().factor(epoch=3, horizon=10, n_plateaus=0)
    0.5
    """

    power: float = setting(0.5, real(0))

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        return float((1 + epoch) ** -self.power)


@dataclass
class Adaptive(Schedule):
    """
    A learning rate that is cut whenever training comes to a plateau.

    ::

        factor = cut^(plateaus so far)

    A plateau is what ends training otherwise: more than `n_iter_no_change` epochs in a row that do
    not improve by `tol`. After `max_cuts`, the next one does.

    Parameters
    ----------
    cut : float, default=0.2
        What is left of the learning rate, in (0, 1]; MLPClassifier divides it by 5 as well.
    max_cuts : int, default=5
        Cuts, at least 1. The default leads from 1e-3 to 3.2e-7, where MLPClassifier ends as well.

    Examples
    --------
    >>> from skrnn import Adaptive
    >>> Adaptive(cut=0.5).factor(epoch=40, horizon=200, n_plateaus=2)
    0.25
    """

    cut: float = setting(0.2, _POSITIVE_SHARE)
    max_cuts: int = setting(5, whole(1))

    @property
    def max_plateaus(self) -> int:
        """As many as there are cuts."""
        return self.max_cuts

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        return float(self.cut**n_plateaus)


@dataclass
class Cosine(Schedule):
    """
    A learning rate that falls along half a wave of a cosine until `max_iter`.

    ::

        factor = last + (1 - last) (1 + cos(pi epoch / horizon)) / 2

    Further calls of `partial_fit` keep the last factor: with 0, nothing is learnt any more.

    Parameters
    ----------
    last : float, default=0.0
        The factor at the end, in [0, 1].

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    equation 5, without the restarts.

    Examples
    --------
    >>> from skrnn import Cosine
    >>> [round(Cosine().factor(epoch, horizon=4, n_plateaus=0), 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    ends_with_training: ClassVar[bool] = True
    falls: ClassVar[bool] = True

    last: float = setting(0.0, _SHARE)

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        return _wave(1.0, self.last, min(epoch / horizon, 1.0))


@dataclass
class OneCycle(Schedule):
    """
    A learning rate that rises, and then falls until `max_iter`, each along half a wave of a cosine.

    Parameters
    ----------
    rise : float, default=0.3
        Share of all epochs that it rises for, in [0, 1].
    first : float, default=0.04
        The factor at the beginning, in [0, 1].
    last : float, default=4e-6
        The factor at the end, in [0, 1]. All three are PyTorch's defaults; the momentum, unlike
        there, stays as it is.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", arXiv:1708.07120, 2018.

    Examples
    --------
    >>> from skrnn import OneCycle
    >>> [round(OneCycle().factor(epoch, horizon=10, n_plateaus=0), 3) for epoch in (0, 3, 6.5, 10)]
    [0.04, 1.0, 0.5, 0.0]
    """

    ends_with_training: ClassVar[bool] = True
    falls: ClassVar[bool] = True

    rise: float = setting(0.3, _SHARE)
    first: float = setting(0.04, _SHARE)
    last: float = setting(4e-6, _SHARE)

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        done = epoch / horizon
        if done < self.rise:
            return _wave(self.first, 1.0, done / self.rise)
        return _wave(1.0, self.last, (done - self.rise) / (1 - self.rise) if done < 1 else 1.0)


@dataclass
class Cycles(Schedule):
    """
    A learning rate that rises and falls as `OneCycle`'s does, again and again.

    The first cycle takes `first` epochs, each of the next `doublings` twice as many as the one
    before, and all others as many as these. What is easy is learnt in the first, and what is not
    goes on with weights that know something already: nobody has to say beforehand how long training
    will take. It follows from the epoch alone, so that `partial_fit` may go on for ever.

    Parameters
    ----------
    first : int, default=10
        Epochs of the first cycle, at least 1.
    doublings : int, default=2
        How often cycles become twice as long, from 0 to 30.
    rise : float, default=0.3
        Share of each cycle that the rate rises for, in [0, 1].
    low : float, default=0.04
        The factor at the beginning of each cycle, in [0, 1]; at its end it is 4e-6, as `OneCycle`'s
        is.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017, who
    double them as well; with the cycle of L. N. Smith, N. Topin, arXiv:1708.07120, 2018.

    Examples
    --------
    >>> from skrnn import Cycles
    >>> cycles = Cycles(first=10)
    >>> [round(cycles.factor(epoch, 0, 0), 2) for epoch in (0, 3, 9.9, 10, 16, 29.9, 30, 42)]
    [0.04, 1.0, 0.0, 0.04, 1.0, 0.0, 0.04, 1.0]
    >>> [epoch for epoch in range(1, 120) if cycles.rests(epoch, 0)]
    [10, 30, 70, 110]
    """

    falls: ClassVar[bool] = True

    first: int = setting(10, whole(1))
    doublings: int = setting(2, whole(0, 30))
    rise: float = setting(0.3, _SHARE)
    low: float = setting(0.04, _SHARE)

    def rests(self, epoch: int, horizon: int) -> bool:
        return self._cycle(epoch)[0] == epoch

    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        begin, length = self._cycle(epoch)
        return OneCycle(self.rise, self.low).factor(epoch - begin, length, n_plateaus)

    def end(self, epoch: int) -> int:
        """
        Return when training shall have come to an end that was not earlier.

        Parameters
        ----------
        epoch : int
            Epochs done.

        Returns
        -------
        int
            Epochs of the cycles up to the first of the longest ones; or, beyond these, when the
            cycle ends that begins now or has begun.
        """
        begin, length = self._cycle(max(epoch, self.first * (2**self.doublings - 1)))
        return begin + length

    def _cycle(self, epoch: float) -> tuple[int, int]:
        """Return the epoch in which the present cycle began, and how many it takes."""
        begin, length = 0, self.first
        for _ in range(self.doublings):
            if epoch < begin + length:
                return begin, length
            begin, length = begin + length, 2 * length
        return begin + int((epoch - begin) // length) * length, length


def _wave(begin: float, end: float, done: float) -> float:
    """Return where half a wave from `begin` to `end` stands when so much of it is done."""
    return end + (begin - end) * (1 + cos(pi * done)) / 2


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_scaling": InverseScaling,
    "adaptive": Adaptive,
    "cosine": Cosine,
    "one_cycle": OneCycle,
    "cycles": Cycles,
}
