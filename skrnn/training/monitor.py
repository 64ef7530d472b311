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
    less than `tol` are a plateau. The one after the first `max_plateaus` ends training.

    Parameters
    ----------
    tol : float
        Improvement that counts.
    patience : int
        Epochs without one that are tolerated.
    max_plateaus : int
        Plateaus that do not yet end training: the schedule has an answer to these.
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
    waited : int
        Epochs in a row without an improvement.
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
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    gradient_norms: list[tuple[float, float]] = field(default_factory=list)
    clip_rates: list[float] = field(default_factory=list)
    best_loss: float = inf
    best_score: float = -inf
    best_parameters: FloatArray | None = None
    waited: int = 0
    n_plateaus: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the rule says to stop."""
        return self.waited > self.patience

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

    def go_on(self, tol: float, patience: int, max_plateaus: int) -> None:
        """
        Begin another fit where the last one ended.

        Parameters
        ----------
        tol, patience, max_plateaus : float, int and int
            The rule from now on. If it had said to stop, its patience starts anew.
        """
        if self.is_done:
            self.waited = 0
        self.tol, self.patience, self.max_plateaus = tol, patience, max_plateaus

    def record(self, epoch: Epoch) -> None:
        """
        Take note of an epoch that has no validation score.

        Parameters
        ----------
        epoch : Epoch
            What is told of it.
        """
        self._wait_unless(epoch.loss <= self.best_loss - self.tol)
        self._note(epoch)
        self.best_parameters, self.best_score = None, -inf  # of epochs that are past
        self.validation_scores = []

    def record_validated(self, epoch: Epoch, score: float, parameters: FloatArray) -> None:
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
        """
        self._wait_unless(score >= self.best_score + self.tol)
        self._note(epoch)
        self.validation_scores.append(score)
        if score > self.best_score:
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

    def _wait_unless(self, improved: bool) -> None:  # noqa: FBT001
        """Count an epoch without improvement, or start counting anew."""
        self.waited = 0 if improved else self.waited + 1
        if self.is_done and self.n_plateaus < self.max_plateaus:
            self.waited = 0
            self.n_plateaus += 1
