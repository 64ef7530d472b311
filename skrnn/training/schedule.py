"""What a schedule is: a factor on the learning rate, and when weights come to rest."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from skrnn.spec import Spec


@dataclass
class Schedule(Spec, ABC):
    """A factor on the learning rate, which follows from how far training has come."""

    @property
    def max_plateaus(self) -> int:
        """Plateaus of the loss, or of the validation score, that do not yet end training."""
        return 0

    ends_with_training: ClassVar[bool] = False
    """Whether its course is run when training reaches `max_iter`, as it was meant to be."""

    falls: ClassVar[bool] = False
    """Whether the rate falls to next to nothing, so that weights come to rest."""

    def rests(self, epoch: int, horizon: int) -> bool:
        """
        Tell whether weights have come to rest, so that it can be judged what they have learnt.

        Parameters
        ----------
        epoch : int
            Epochs done.
        horizon : int
            Epochs when training will have reached `max_iter`.

        Returns
        -------
        bool
            True where the learning rate does not fall; else whether it has fallen.
        """
        return epoch >= horizon or not self.ends_with_training

    @abstractmethod
    def factor(self, epoch: float, horizon: int, n_plateaus: int) -> float:
        """
        Return what the learning rate is multiplied with.

        Parameters
        ----------
        epoch : float
            Epochs done, and the share done of the present one.
        horizon : int
            Epochs when training will have reached `max_iter`; `epoch` may be beyond it.
        n_plateaus : int
            Plateaus so far.

        Returns
        -------
        float
            The factor, at least 0.
        """
