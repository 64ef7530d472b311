"""The history of a fit, its best parameters, and the rule that ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from skrnn.types import FloatArray


@dataclass
class Monitor:
    """
    Watches the training loss, or the validation score where there is one.

    The rule is MLPClassifier's: after more than `patience` epochs in a row that improve on the best
    by less than `tol`, stop.

    Parameters
    ----------
    tol : float
        Improvement that counts.
    patience : int
        Epochs without one that are tolerated.
    loss_curve : list of float
        Training loss after each epoch.
    validation_scores : list of float
        Validation score after each epoch, if there is a validation set.
    best_loss : float
        Smallest training loss.
    best_score : float
        Largest validation score.
    best_parameters : array of shape (P,) or None
        Parameters of the epoch of `best_score`.
    waited : int
        Epochs in a row without an improvement.

    Examples
    --------
    >>> from skrnn.training.monitor import Monitor
    >>> monitor = Monitor(tol=0.1, patience=1)
    >>> for loss in (1.0, 0.5, 0.45, 0.44):
    ...     monitor.record(loss)
    >>> monitor.best_loss, monitor.is_done
    (0.44, True)
    """

    tol: float
    patience: int
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_loss: float = inf
    best_score: float = -inf
    best_parameters: FloatArray | None = None
    waited: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the rule says to stop."""
        return self.waited > self.patience

    def go_on(self, tol: float, patience: int) -> None:
        """
        Begin another fit where the last one ended.

        Parameters
        ----------
        tol, patience : float and int
            The rule from now on. If it had said to stop, its patience starts anew.
        """
        if self.is_done:
            self.waited = 0
        self.tol, self.patience = tol, patience

    def record(self, loss: float) -> None:
        """
        Take note of an epoch that has no validation score.

        Parameters
        ----------
        loss : float
            Its training loss.
        """
        self._wait_unless(loss <= self.best_loss - self.tol)
        self.loss_curve.append(loss)
        self.best_loss = min(self.best_loss, loss)
        self.best_parameters, self.best_score = None, -inf  # of epochs that are past

    def record_validated(self, loss: float, score: float, parameters: FloatArray) -> None:
        """
        Take note of an epoch that has a validation score.

        Parameters
        ----------
        loss : float
            Its training loss.
        score : float
            Its validation score; larger is better.
        parameters : array of shape (P,)
            The parameters after it, copied if they are the best so far.
        """
        self._wait_unless(score >= self.best_score + self.tol)
        self.loss_curve.append(loss)
        self.validation_scores.append(score)
        self.best_loss = min(self.best_loss, loss)
        if score > self.best_score:
            self.best_score = score
            self.best_parameters = parameters.copy()

    def _wait_unless(self, improved: bool) -> None:  # noqa: FBT001
        """Count an epoch without improvement, or start counting anew."""
        self.waited = 0 if improved else self.waited + 1
