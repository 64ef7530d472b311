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
    and because target replication asks for the summary at every step. `name` is that of the state
    that is carried on.
    """

    name: str
    neutral: ClassVar[float] = 0.0
    """What is gathered from no states."""

    @abstractmethod
    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        """
        Return (T + 1, H, B): at t > 0, what is gathered from before, (H, B), and the first t steps.

        The first item of `hidden` (T + 1, H, B) is the state before the first step and does not
        count.
        """

    @abstractmethod
    def backward(self, pooled: FloatArray, d_pooled: FloatArray, workspace: Workspace) -> None:
        """
        Turn the gradient of `pooled` (T + 1, H, B), 0 at 0, into that of `hidden`, in place.

        At 0 it becomes the gradient of what was gathered before.
        """

    def scale(self, summaries: FloatArray, counts: IntArray) -> None:  # noqa: B027 - or not at all
        """
        Turn what was gathered (S, H, B) from so many steps (S, B) into the summary, in place.

        It is the same for gradients, back.
        """


class Last(Pool):
    """
    The state after the last step.

    ::

        (1)  p_t = h_t
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
    """

    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        pooled = workspace.empty(self.name, hidden.shape)
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
    """

    neutral: ClassVar[float] = -np.inf

    def forward(self, hidden: FloatArray, before: FloatArray, workspace: Workspace) -> FloatArray:
        pooled = workspace.empty(self.name, hidden.shape)
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
