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
    A running summary of hidden states, which can go on where another one ended.

    Summaries run, instead of being taken once at the end, because sequences end at different steps,
    and because target replication asks for the summary at every step.

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    name: str
    neutral: ClassVar[float] = 0.0
    """What is gathered from no states."""

    @abstractmethod
    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        """
        Gather the states up to each step.

        Parameters
        ----------
        hidden : array of shape (T + 1, H, B)
            Hidden states; ``hidden[0]`` is the one before the first step and does not count.
        before : array of shape (H, B)
            What was gathered before.
        workspace : Workspace
            Memory.

        Returns
        -------
        array of shape (T + 1, H, B)
            At t > 0, what is gathered from before and the first t steps.
        """

    @abstractmethod
    def backward(self, pooled: FloatArray, d_pooled: FloatArray, workspace: Workspace) -> None:
        """
        Turn the gradient of what was gathered into that of the hidden states, in place.

        Parameters
        ----------
        pooled : array of shape (T + 1, H, B)
            What `forward` returned.
        d_pooled : array of shape (T + 1, H, B)
            Arrives as the gradient of `pooled`, 0 at 0. Leaves as that of `hidden`, but at 0 as
            that of `before`.
        workspace : Workspace
            Memory.
        """

    def scale(self, summaries: FloatArray, counts: IntArray) -> None:  # noqa: B027 - or not at all
        """
        Turn what was gathered into the summary, in place; the same for gradients, back.

        Parameters
        ----------
        summaries : array of shape (S, H, B)
            What was gathered, or the gradient of the summary.
        counts : array of int of shape (S, B)
            From how many steps.
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

    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        return hidden  # (1)

    def backward(self, pooled: FloatArray, d_pooled: FloatArray, workspace: Workspace) -> None:
        pass  # (1)


class Mean(Pool):
    """
    The mean over all steps so far.

    ::

        (1)  s_t = s_(t-1) + h_t
        (2)  p_t = s_t / t

    Parameters
    ----------
    name : str
        Prefix of its arrays in the workspace.
    """

    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        pooled = workspace.empty(f"{self.name}.pooled", hidden.shape)
        pooled[0] = before
        for t in range(1, len(hidden)):
            np.add(pooled[t - 1], hidden[t], out=pooled[t])  # (1)
        return pooled

    def backward(self, pooled: FloatArray, d_pooled: FloatArray, workspace: Workspace) -> None:
        for t in reversed(range(1, len(d_pooled))):
            d_pooled[t - 1] += d_pooled[t]  # (1)

    def scale(self, summaries: FloatArray, counts: IntArray) -> None:
        summaries /= counts[:, None, :].astype(summaries.dtype)  # (2)


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

    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        pooled = workspace.empty(f"{self.name}.pooled", hidden.shape)
        pooled[0] = before
        for t in range(1, len(hidden)):
            np.maximum(pooled[t - 1], hidden[t], out=pooled[t])  # (1)
        return pooled

    def backward(self, pooled: FloatArray, d_pooled: FloatArray, workspace: Workspace) -> None:
        earlier = workspace.empty(f"{self.name}.earlier", pooled.shape[1:])
        for t in reversed(range(1, len(d_pooled))):
            np.less_equal(pooled[t], pooled[t - 1], out=earlier)  # (1): 1 where p_t is p_(t-1)
            earlier *= d_pooled[t]
            d_pooled[t - 1] += earlier
            d_pooled[t] -= earlier


POOLS: dict[str, type[Pool]] = {"last": Last, "mean": Mean, "max": Max}
