"""What stays fixed in training, and what moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.training.clipping import Clipping
from skrnn.training.monitor import Monitor
from skrnn.training.optimizer import Optimizer, Stepper


@dataclass(frozen=True)
class Recipe:
    """
    All that stays fixed during training.

    Parameters
    ----------
    network : Network
        What is trained.
    truncation_length : int or None
        Steps, counted from each sequence's end, through which the gradient flows.
    target_replication : float
        Part of the loss that is divided evenly among those steps, instead of being the last one's.
    dropout : float
        Share of each layer's outputs that a sequence has to do without.
    clipping : Clipping
        What is done to large gradients.
    learning_rate : float
        Size of an update.
    alpha : float
        Strength of the L2 penalty on the weights.
    batch_size : int
        Sequences in an update, at most.
    shuffle : bool
        Whether each epoch takes the sequences in a new order.
    """

    network: Network
    truncation_length: int | None
    target_replication: float
    dropout: float
    clipping: Clipping
    learning_rate: float
    alpha: float
    batch_size: int
    shuffle: bool


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
        seed: int,
        network: Network,
        optimizer: Optimizer,
        monitor: Monitor,
        dtype: np.dtype[np.floating],
    ) -> Self:
        """
        Draw initial parameters and start everything else from nothing.

        Parameters
        ----------
        seed : int
            What all randomness follows from. Weights, the order of sequences and dropout have a
            stream each: none depends on how often another was drawn from.
        network : Network
            What will be trained.
        optimizer : Optimizer
            The rule of the update.
        monitor : Monitor
            A new one.
        dtype : dtype
            Precision of the parameters.

        Returns
        -------
        Progress
            The beginning.
        """
        streams = np.random.SeedSequence(seed).spawn(3)
        for_weights, for_order, for_masks = map(np.random.default_rng, streams)
        parameters = network.initialize(for_weights, dtype)
        stepper = optimizer.start(parameters.flat)
        return cls(seed, parameters, stepper, for_order, for_masks, monitor)

    def go_on(self, optimizer: Optimizer, tol: float, patience: int) -> None:
        """
        Begin another fit where the last one ended.

        Parameters
        ----------
        optimizer : Optimizer
            The rule from now on; its memory is lost only if it differs from the one so far.
        tol, patience : float and int
            The monitor's, from now on.
        """
        if self.stepper.optimizer != optimizer:
            self.stepper = optimizer.start(self.parameters.flat)
        self.monitor.go_on(tol, patience)

    @property
    def best(self) -> Parameters:
        """The parameters to predict with: the best validated ones, or else the current ones."""
        flat = self.monitor.best_parameters
        return self.parameters if flat is None else Parameters(self.parameters.layout, flat)
