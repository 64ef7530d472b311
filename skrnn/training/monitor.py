"""The history of a fit, its best parameters, and the rule that ends it."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from skrnn.types import FloatArray


class Epoch(NamedTuple):
    """
    What is told of an epoch.

    Parameters
    ----------
    loss : float
        Mean training loss, penalty included.
    median_norm, max_norm : float
        Of the gradients of its updates, before clipping.
    clip_rate : float
        Share of its updates that were clipped.
    """

    loss: float
    median_norm: float
    max_norm: float
    clip_rate: float


@dataclass
class Monitor:
    """
    Watches the training loss, or the validation score where there is one.

    The rule is MLPClassifier's: more than `patience` epochs in a row that improve on the best by
    less than `tol` are a plateau. The one after the first `max_plateaus` ends training. Epochs that
    are not to be judged, since the learning rate is yet to fall, do not count.

    Parameters
    ----------
    tol : float
        Improvement that counts.
    patience : int
        Epochs without one that are tolerated.
    max_plateaus : int
        Plateaus that do not yet end training: the schedule has an answer to these.
    margin : float
        Of what the best score lacks of 1, the share that another one must make up for as well, to
        count and to be kept, once the training loss is half of what it was at first. It keeps a
        small validation set from choosing by luck.
    floor : float
        Training loss of a judged epoch below which there is nothing left to learn.
    loss_curve : list of float
        Training loss after each epoch.
    validation_scores : list of float
        Validation score after each epoch, since there is a validation set.
    gradient_norms : list of (float, float)
        Median and maximum of the gradient's norm in each epoch, before clipping.
    clip_rates : list of float
        Share of each epoch's updates that were clipped.
    best_loss : float
        Smallest training loss.
    best_score : float
        Largest validation score.
    best_parameters : array of shape (P,) or None
        Parameters of the epoch of `best_score`.
    least_lack : float
        What another epoch has to improve on: the smallest lack of a judged one, which is its
        training loss, or 1 less its validation score; with a margin, of those that counted.
    last_lack, last_loss : float
        What the last judged epoch lacked, and its training loss.
    has_learnt : bool
        Whether it left nothing to learn: its training loss was below `floor`; or, with a margin, it
        fell by that while what the score lacks rose by it: the rest is learnt by heart.
    waited : int
        Judged epochs in a row without an improvement.
    n_plateaus : int
        Plateaus so far that did not end training.

    Examples
    --------
    >>> from skrnn.training.monitor import Epoch, Monitor
    >>> monitor = Monitor(tol=0.1, patience=1)
    >>> for loss in (1.0, 0.5, 0.45, 0.44):
    ...     monitor.record(Epoch(loss, median_norm=2.0, max_norm=3.0, clip_rate=0.0))
    >>> monitor.best_loss, monitor.is_done
    (0.44, True)
    """

    tol: float
    patience: int
    max_plateaus: int = 0
    margin: float = 0.0
    floor: float = -inf
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    gradient_norms: list[tuple[float, float]] = field(default_factory=list)
    clip_rates: list[float] = field(default_factory=list)
    best_loss: float = inf
    best_score: float = -inf
    best_parameters: FloatArray | None = None
    least_lack: float = inf
    last_lack: float = inf
    last_loss: float = inf
    has_learnt: bool = False
    waited: int = 0
    n_plateaus: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the rule says to stop."""
        return self.has_learnt or self.waited > self.patience

    @property
    def score_of_best(self) -> float | None:
        """Score of the parameters to predict with: the best ones, or the last if none is kept."""
        if not self.validation_scores:
            return None
        return self.validation_scores[-1] if self.best_parameters is None else self.best_score

    def is_better_than(self, other: Monitor) -> bool:
        """
        Tell whether these parameters are to be preferred to those of another fit.

        Parameters
        ----------
        other : Monitor
            That watched the other one, on the same data.

        Returns
        -------
        bool
            Whether their validation score, or else their last training loss, is better.
        """
        if self.validation_scores:
            return self.best_score > other.best_score
        return self.loss_curve[-1] < other.loss_curve[-1]

    def go_on(
        self,
        tol: float,
        patience: int,
        max_plateaus: int,
        margin: float = 0.0,
        floor: float = -inf,
    ) -> None:
        """
        Begin another fit where the last one ended.

        Parameters
        ----------
        tol, patience, max_plateaus, margin, floor : float, int, int, float and float
            The rule from now on. If it had said to stop, its patience starts anew.
        """
        if self.is_done:
            self.waited, self.has_learnt = 0, False
        self.tol, self.patience, self.max_plateaus = tol, patience, max_plateaus
        self.margin, self.floor = margin, floor

    def record(self, epoch: Epoch, *, judged: bool = True) -> None:
        """
        Take note of an epoch that has no validation score.

        Parameters
        ----------
        epoch : Epoch
            What is told of it.
        judged : bool, default=True
            Whether the rule looks at it.
        """
        if self.best_score > -inf:  # of epochs that are past, as is what they lacked
            self.best_parameters, self.best_score = None, -inf
            self.least_lack = self.best_loss
        self.validation_scores = []
        if judged:
            self._judge(epoch, epoch.loss)
        self._note(epoch)

    def record_validated(
        self, epoch: Epoch, score: float, parameters: FloatArray, *, judged: bool = True
    ) -> None:
        """
        Take note of an epoch that has a validation score.

        Parameters
        ----------
        epoch : Epoch
            What is told of it.
        score : float
            Its validation score; larger is better.
        parameters : array of shape (P,)
            The parameters after it, copied if they are the best so far.
        judged : bool, default=True
            Whether the rule looks at it.
        """
        if self.best_score == -inf:
            self.least_lack = inf
        improved = judged and self._judge(epoch, 1 - score)
        self._note(epoch)
        self.validation_scores.append(score)
        if improved if self.margin > 0 else score > self.best_score:
            self.best_score = score
            self.best_parameters = parameters.copy()

    def __deepcopy__(self, memo: dict[int, object]) -> Monitor:
        # After each epoch: element by element, the histories would take longer than the epoch.
        other = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, list):
                setattr(other, name, value.copy())
        return other

    def _note(self, epoch: Epoch) -> None:
        """Append to the curves."""
        self.loss_curve.append(epoch.loss)
        self.gradient_norms.append((epoch.median_norm, epoch.max_norm))
        self.clip_rates.append(epoch.clip_rate)
        self.best_loss = min(self.best_loss, epoch.loss)

    def _judge(self, epoch: Epoch, lack: float) -> bool:
        """Count an epoch without improvement, or start counting anew; return whether it is one."""
        left = 1 - self.margin
        has_learnt_half = self.loss_curve and self.last_loss <= 0.5 * self.loss_curve[0]
        wanted = left if has_learnt_half else 1.0  # whoever knows little yet goes by any gain
        improved = lack <= wanted * self.least_lack - self.tol
        if improved or self.margin == 0:
            self.least_lack = min(self.least_lack, lack)
        by_heart = left * lack > self.last_lack and epoch.loss < left * self.last_loss
        self.has_learnt = epoch.loss < self.floor or (self.margin > 0 and by_heart)
        self.last_lack, self.last_loss = lack, epoch.loss
        self.waited = 0 if improved else self.waited + 1
        if self.waited > self.patience and self.n_plateaus < self.max_plateaus:
            self.waited = 0
            self.n_plateaus += 1
        return improved
