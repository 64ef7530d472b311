"""The history of a fit, its best parameters, and the rule that ends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import NamedTuple

from skrnn.types import FloatArray


class Epoch(NamedTuple):
    """
    What is told of an epoch.

    The loss includes the penalty; norms are those of the gradients of its updates, before clipping;
    the rate is the share of updates that were clipped.
    """

    loss: float
    median_norm: float
    max_norm: float
    clip_rate: float


class Validation(NamedTuple):
    """What is said of parameters on a validation set: a score, and the loss without penalty."""

    score: float
    loss: float


@dataclass
class Monitor:
    """
    Watches the training loss, or the validation score where there is one.

    The rule is MLPClassifier's: more than `patience` judged epochs in a row that improve on the
    best by less than `tol` are a plateau, and the one after the first `max_plateaus`, to which the
    schedule has an answer, ends training. With a `margin`, once the training loss has halved, an
    epoch must also make up for that share of what the best score lacks of the `ceiling`, to count
    and to be kept, so that a small validation set does not choose by luck. If the ceiling is None,
    scores tell: it is 0 while none is above, as of losses with a minus, then 1, or the best one.
    """

    tol: float
    patience: int
    max_plateaus: int = 0
    margin: float = 0.0
    floor: float = -inf
    ceiling: float | None = 1.0
    loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    validation_losses: tuple[float, ...] = ()  # a default of the class, for what was saved without
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
        """Tell whether to prefer this fit to another on the same data: by score, or last loss."""
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
        ceiling: float | None = 1.0,
    ) -> None:
        """Begin another fit where the last one ended, by this rule; if it was done, wait anew."""
        if self.is_done:
            self.waited, self.has_learnt = 0, False
        self.tol, self.patience, self.max_plateaus = tol, patience, max_plateaus
        self.margin, self.floor, self.ceiling = margin, floor, ceiling

    def forget(self) -> None:
        """Wait anew for whatever improves, as if no epoch had been: later ones do not compare."""
        self.best_loss = self.least_lack = self.last_lack = self.last_loss = inf
        self.best_score, self.best_parameters = -inf, None
        self.waited, self.n_plateaus, self.has_learnt = 0, 0, False

    def record(self, epoch: Epoch, *, judged: bool = True) -> None:
        """
        Take note of an epoch that has no validation score.

        The rule does not look at one that is not `judged`, since the learning rate is yet to fall.
        """
        if self.best_score > -inf:  # of epochs that are past, as is what they lacked
            self.best_parameters, self.best_score = None, -inf
            self.least_lack = self.best_loss
        self.validation_scores, self.validation_losses = [], ()
        if judged:
            self._judge(epoch, epoch.loss)
        self._note(epoch)

    def record_validated(
        self, epoch: Epoch, said: Validation, parameters: FloatArray, *, judged: bool = True
    ) -> None:
        """Take note of an epoch and its score; copy parameters (P,) if they are the best so far."""
        score = said.score
        if self.best_score == -inf:
            self.least_lack = inf
        ceiling, top = self.ceiling, max(self.best_score, score)
        if ceiling is None:
            ceiling = max(1.0, top) if top > 0 else 0.0
        improved = judged and self._judge(epoch, 1 - score, ceiling - 1)
        self._note(epoch)
        self.validation_scores.append(score)
        self.validation_losses += (said.loss,)
        if improved if self.margin > 0 else score > self.best_score:
            self.best_score = score
            self.best_parameters = parameters.copy()

    def copy(self) -> Monitor:
        """Return a monitor of its own histories; parameters are never changed in place."""
        other = object.__new__(type(self))  # `copy` takes four times as long, after every epoch
        for name, value in vars(self).items():
            vars(other)[name] = value.copy() if isinstance(value, list) else value
        return other

    def _note(self, epoch: Epoch) -> None:
        """Append to the curves."""
        self.loss_curve.append(epoch.loss)
        self.gradient_norms.append((epoch.median_norm, epoch.max_norm))
        self.clip_rates.append(epoch.clip_rate)
        self.best_loss = min(self.best_loss, epoch.loss)

    def _judge(self, epoch: Epoch, lack: float, more: float = 0.0) -> bool:
        """
        Count an epoch without an improvement, or start counting anew; return whether it improved.

        It lacks its training loss, or 1 less its score, and whatever the ceiling is `more` than 1.
        Nothing is left to learn if the loss is below `floor`, or, with a margin, falls by that
        while the lack rises by it: the rest is learnt by heart.
        """
        left = 1 - self.margin
        has_learnt_half = self.loss_curve and self.last_loss <= 0.5 * self.loss_curve[0]
        wanted = left if has_learnt_half else 1.0  # whoever knows little yet goes by any gain
        improved = lack + more <= wanted * (self.least_lack + more) - self.tol
        if improved or self.margin == 0:
            self.least_lack = min(self.least_lack, lack)
        by_heart = (
            left * (lack + more) > self.last_lack + more and epoch.loss < left * self.last_loss
        )
        self.has_learnt = epoch.loss < self.floor or (self.margin > 0 and by_heart)
        self.last_lack, self.last_loss = lack, epoch.loss
        self.waited = 0 if improved else self.waited + 1
        if self.waited > self.patience and self.n_plateaus < self.max_plateaus:
            self.waited = 0
            self.n_plateaus += 1
        return improved
