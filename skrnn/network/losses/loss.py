"""What every loss is: a function of scores that returns its value and its gradient."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from skrnn.spec import Spec
from skrnn.types import FloatArray, IntArray

Targets: TypeAlias = FloatArray | IntArray
"""What is right: numbers, or the numbers of classes."""


@dataclass
class Loss(Spec, ABC):
    """The cost of scores, given what is right."""

    negligible: ClassVar[float]
    """A training loss below which there is nothing left to learn."""

    @abstractmethod
    def __call__(
        self, scores: FloatArray, targets: Targets, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """
        Return the loss of each step and its gradient.

        Parameters
        ----------
        scores : array of shape (S, K, B)
            A column per sequence, at its end (S = 1) or at each step.
        targets : array of shape (S, K, B) or (1, K, B)
            What is right, at each step or at all of them; of classes, one number instead of K.
        weights : array of shape (S, B)
            Each score's part in the mean. This is the only place where weights are multiplied in.

        Returns
        -------
        values : array of shape (S,)
            Each step's part in the loss, which is their sum.
        d_scores : array of shape (S, K, B)
            Its gradient.
        """

    @abstractmethod
    def of_guessing(self, targets: Targets, weights: FloatArray, n_outputs: int) -> float:
        """
        Return what it costs always to predict the same: how often classes are, or the mean.

        Parameters
        ----------
        targets : array of shape (m, K), or (m, 1) for classes
            What is right.
        weights : array of shape (m,)
            Each target's part in the loss; their sum is 1.
        n_outputs : int
            K.

        Returns
        -------
        float
            The loss.
        """
