"""What stays fixed in training, and what moves."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Self

import numpy as np

from skrnn.network.losses import Loss
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.training.clipping import Clipping
from skrnn.training.monitor import Monitor
from skrnn.training.optimizer import Optimizer, Stepper
from skrnn.training.schedule import Schedule


@dataclass(frozen=True)
class Recipe:
    """
    All that stays fixed during training.

    Parameters
    ----------
    network : Network
        What is trained.
    loss : Loss
        What its scores cost.
    optimizer : Optimizer
        The rule of the update.
    learning_rate : float
        Size of an update, times what the schedule says.
    schedule : Schedule
        How the learning rate changes.
    horizon : int
        Epochs, from the beginning, by which the schedule has run its course.
    truncation_length : int or None
        Steps through which the gradient flows back.
    truncation_stride : int or None
        Steps from one window of so many to the next, where each step has a target.
    checkpoint : bool or int
        Whether, or after how many steps, to keep states only and compute the rest twice.
    target_replication : float
        Part of the loss that is divided evenly among all steps, instead of being the last one's.
    dropout : float
        Share of each layer's outputs that a sequence has to do without.
    clipping : Clipping
        What is done to large gradients.
    alpha : float
        Strength of the L2 penalty on the weights.
    batch_size : int
        Sequences in an update, at most.
    shuffle : bool
        Whether each epoch takes the sequences in a new order.
    tol : float
        Improvement that counts.
    patience : int
        Epochs without one that are tolerated.
    n_jobs : int
        Threads among which the sequences of a batch are divided.
    judge_at_rest : bool, default=False
        Whether the stop rule looks at those epochs alone after which the schedule is at rest.
    margin, floor : float
        The rest of the stop rule, as `Monitor` has it.
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

    @property
    def stop_rule(self) -> tuple[float, int, int, float, float]:
        """What `Monitor` is made of, and goes on with."""
        return self.tol, self.patience, self.schedule.max_plateaus, self.margin, self.floor

    @property
    def every_step(self) -> bool:
        """Whether the scores of every step have a part in the loss."""
        return self.network.per_step or self.target_replication > 0


@dataclass
class Progress:
    """
    All that moves during training, and all that is needed to go on with it.

    Parameters
    ----------
    seed : int
        What all randomness of the fit follows from.
    parameters : Parameters
        The network's.
    stepper : Stepper
        The optimiser at work.
    generator : numpy.random.Generator
        Source of the order of sequences.
    mask_generator : numpy.random.Generator
        Source of the dropout masks.
    monitor : Monitor
        History and stop rule.
    n_seen : int, default=0
        Sequences seen so far, each as often as it was.
    """

    seed: int
    parameters: Parameters
    stepper: Stepper
    generator: np.random.Generator
    mask_generator: np.random.Generator
    monitor: Monitor
    n_seen: int = 0

    @classmethod
    def begin(
        cls,
        recipe: Recipe,
        seed: int,
        dtype: np.dtype[np.floating],
        start: int = 0,
    ) -> Self:
        """
        Draw initial parameters and start everything else from nothing.

        Parameters
        ----------
        recipe : Recipe
            What will be trained, and how.
        seed : int
            What all randomness follows from. Weights, the order of sequences and dropout have a
            stream each: none depends on how often another was drawn from.
        dtype : dtype
            Precision of the parameters.
        start : int, default=0
            Which of the beginnings that follow from the seed.

        Returns
        -------
        Progress
            The beginning.
        """
        streams = np.random.SeedSequence(seed).spawn(3 * (start + 1))[-3:]
        for_weights, for_order, for_masks = map(np.random.default_rng, streams)
        parameters = recipe.network.initialize(for_weights, dtype)
        stepper = recipe.optimizer.start(parameters.flat)
        monitor = Monitor(*recipe.stop_rule)
        return cls(seed, parameters, stepper, for_order, for_masks, monitor)

    def go_on(self, recipe: Recipe) -> None:
        """
        Begin another fit where the last one ended.

        Parameters
        ----------
        recipe : Recipe
            How from now on. The optimiser's memory is lost only if it is another one.
        """
        if self.stepper.optimizer != recipe.optimizer:
            self.stepper = recipe.optimizer.start(self.parameters.flat)
        self.monitor.go_on(*recipe.stop_rule)

    @property
    def best(self) -> Parameters:
        """The parameters to predict with: the best validated ones, or else the current ones."""
        flat = self.monitor.best_parameters
        return self.parameters if flat is None else Parameters(self.parameters.layout, flat)
