"""What stays fixed in training, and what moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Self

import numpy as np

from skrnn.network.losses import Loss
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.training.clipping import Clipping
from skrnn.training.monitor import Monitor
from skrnn.training.optimizers import Optimizer, Stepper
from skrnn.training.schedule import Schedule


@dataclass(frozen=True)
class Recipe:
    """
    All that stays fixed during training, in plain numbers.

    Hyperparameters of the estimators have their names and meaning here; of the others, `horizon`
    are the epochs, from the beginning, by which the schedule has run its course, and `patience` is
    `n_iter_no_change`. The stop rule looks at all epochs or, with `judge_at_rest`, at those alone
    after which the schedule is at rest; `tol`, `margin`, `floor`, `ceiling` are as `Monitor` has
    them.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    learning_rate: float
    schedule: Schedule
    horizon: int
    truncation_length: int | None
    truncation_stride: int | None
    checkpoint: bool | int
    target_replication: float
    dropout: float
    clipping: Clipping
    alpha: float
    batch_size: int
    shuffle: bool
    tol: float
    patience: int
    n_jobs: int
    judge_at_rest: bool = False
    margin: float = 0.0
    floor: float = -inf
    ceiling: float | None = 1.0

    @property
    def stop_rule(self) -> tuple[float, int, int, float, float, float | None]:
        """What `Monitor` is made of, and goes on with."""
        plateaus = self.schedule.max_plateaus
        return self.tol, self.patience, plateaus, self.margin, self.floor, self.ceiling

    def judges(self, epoch: int) -> bool:
        """Whether the stop rule looks at the end of an epoch, from 1."""
        return not self.judge_at_rest or self.schedule.rests(epoch, self.horizon)

    @property
    def every_step(self) -> bool:
        """Whether the scores of every step have a part in the loss."""
        return self.network.per_step or self.target_replication > 0


@dataclass
class Progress:
    """
    All that moves during training, and all that is needed to go on with it.

    All randomness of a fit follows from `seed`: weights, the `order` of sequences and dropout's
    `masks` have a stream each, so that none depends on how often another was drawn from. Kept are
    states of PCG64, plain numbers that any loader knows; they are replaced, not changed. `n_seen`
    counts the sequences seen so far, each as often as it was.
    """

    seed: int
    parameters: Parameters
    stepper: Stepper
    order: Mapping[str, Any]
    masks: Mapping[str, Any]
    monitor: Monitor
    n_seen: int = 0

    @classmethod
    def begin(cls, recipe: Recipe, seed: int, dtype: np.dtype[np.floating], start: int = 0) -> Self:
        """Draw initial parameters; `start` says which of the beginnings that follow from a seed."""
        streams = np.random.SeedSequence(seed).spawn(3 * (start + 1))[-3:]
        for_weights, for_order, for_masks = map(np.random.PCG64, streams)
        parameters = recipe.network.initialize(np.random.Generator(for_weights), dtype)
        stepper = recipe.optimizer.start(parameters.flat)
        monitor = Monitor(*recipe.stop_rule)
        return cls(seed, parameters, stepper, for_order.state, for_masks.state, monitor)

    def copy(self) -> Self:
        """Return what can go on by itself: all that is changed in place is copied."""
        return replace(
            self,
            parameters=self.parameters.copy(),
            stepper=self.stepper.copy(),
            monitor=self.monitor.copy(),
        )

    def go_on(self, recipe: Recipe) -> None:
        """Begin another fit where the last one ended; the memory of another optimiser is lost."""
        if self.stepper.optimizer != recipe.optimizer:
            self.stepper = recipe.optimizer.start(self.parameters.flat)
        self.monitor.go_on(*recipe.stop_rule)

    @property
    def n_epochs(self) -> int:
        """Epochs so far."""
        return len(self.monitor.loss_curve)

    @property
    def best(self) -> Parameters:
        """The parameters to predict with: the best validated ones, or else the current ones."""
        flat = self.monitor.best_parameters
        return self.parameters if flat is None else Parameters(self.parameters.layout, flat)


def generator_in(state: Mapping[str, Any]) -> np.random.Generator:
    """Return a generator in a state of PCG64."""
    bits: Any = np.random.PCG64(0)
    bits.state = state
    return np.random.Generator(bits)
