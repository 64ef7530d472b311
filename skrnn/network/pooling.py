"""What a readout makes of the states up to a step: the last, their mean or their maximum."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Pool(ABC):
    """
    A running summary of hidden states, which can go on where an earlier window ended.

    Summaries run, instead of being taken once at the end, because sequences end at different steps,
    and because target replication asks for the summary at every step.

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    name: str
    neutral: ClassVar[float] = 0.0
    """The summary of no states."""

    @abstractmethod
    def forward(
        self, hidden: FloatArray, before: FloatArray, n_before: IntArray, workspace: Workspace
    ) -> FloatArray:
        """
        Summarise the states up to each step.

        Parameters
        ----------
        hidden : array of shape (T + 1, H, B)
            Hidden states; ``hidden[0]`` is the one before the first step and does not count.
        before : array of shape (H, B)
            The summary of earlier windows.
        n_before : array of int of shape (B,)
            Steps in these.
        workspace : Workspace
            Memory.

        Returns
        -------
        array of shape (T + 1, H, B)
            At t, the summary of `before` and of the first t steps.
        """

    @abstractmethod
    def backward(
        self, pooled: FloatArray, n_before: IntArray, d_pooled: FloatArray, workspace: Workspace
    ) -> None:
        """
        Turn the gradient of the summaries into that of the hidden states, in place.

        Parameters
        ----------
        pooled : array of shape (T + 1, H, B)
            What `forward` returned.
        n_before : array of int of shape (B,)
            Steps in earlier windows.
        d_pooled : array of shape (T + 1, H, B)
            Arrives as the gradient of `pooled`, leaves as that of `hidden`.
        workspace : Workspace
            Memory.
        """


class Last(Pool):
    """
    The state after the last step.

    ::

        (1)  p_t = h_t

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    def forward(
        self, hidden: FloatArray, before: FloatArray, n_before: IntArray, workspace: Workspace
    ) -> FloatArray:
        return hidden  # (1)

    def backward(
        self, pooled: FloatArray, n_before: IntArray, d_pooled: FloatArray, workspace: Workspace
    ) -> None:
        pass  # (1)


class Mean(Pool):
    """
    The mean over all steps so far.

    ::

        (1)  s_t = s_(t-1) + h_t
        (2)  p_t = s_t / (n_before + t)

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    def forward(
        self, hidden: FloatArray, before: FloatArray, n_before: IntArray, workspace: Workspace
    ) -> FloatArray:
        pooled = workspace.empty(f"{self.name}.pooled", hidden.shape)
        np.multiply(before, n_before, out=pooled[0], casting="same_kind")
        for t in range(1, len(hidden)):
            np.add(pooled[t - 1], hidden[t], out=pooled[t])  # (1)
        pooled[1:] /= self._counts(hidden, n_before)  # (2)
        pooled[0] = before
        return pooled

    def backward(
        self, pooled: FloatArray, n_before: IntArray, d_pooled: FloatArray, workspace: Workspace
    ) -> None:
        d_pooled[1:] /= self._counts(pooled, n_before)  # (2)
        for t in reversed(range(1, len(d_pooled) - 1)):
            d_pooled[t] += d_pooled[t + 1]  # (1)

    @staticmethod
    def _counts(pooled: FloatArray, n_before: IntArray) -> FloatArray:
        """Return the number of states in each summary but the first, of shape (T, 1, B)."""
        counts = n_before + np.arange(1, len(pooled))[:, None]
        return counts[:, None, :].astype(pooled.dtype)


class Max(Pool):
    """
    The maximum of each unit over all steps so far.

    ::

        (1)  p_t = max(p_(t-1), h_t)

    Where steps tie, the gradient goes to the first.

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    neutral: ClassVar[float] = -np.inf

    def forward(
        self, hidden: FloatArray, before: FloatArray, n_before: IntArray, workspace: Workspace
    ) -> FloatArray:
        pooled = workspace.empty(f"{self.name}.pooled", hidden.shape)
        pooled[0] = before
        for t in range(1, len(hidden)):
            np.maximum(pooled[t - 1], hidden[t], out=pooled[t])  # (1)
        return pooled

    def backward(
        self, pooled: FloatArray, n_before: IntArray, d_pooled: FloatArray, workspace: Workspace
    ) -> None:
        earlier = workspace.empty(f"{self.name}.earlier", pooled.shape[1:])
        for t in reversed(range(1, len(d_pooled))):
            np.less_equal(pooled[t], pooled[t - 1], out=earlier)  # (1): 1 where p_t is p_(t-1)
            earlier *= d_pooled[t]
            d_pooled[t - 1] += earlier
            d_pooled[t] -= earlier
        d_pooled[0] = 0


POOLS: dict[str, type[Pool]] = {"last": Last, "mean": Mean, "max": Max}
