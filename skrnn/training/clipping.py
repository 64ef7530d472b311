"""Three ways to keep an exploding gradient from throwing the parameters away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skrnn.network.products import norm as norm_of
from skrnn.types import FloatArray

CLIP_BY = ("norm", "step_norm", "value")


@dataclass(frozen=True)
class Clipping:
    """
    What is clipped, and where; without a threshold, nothing.

    "norm" scales the whole gradient to the threshold when its norm is above it (R. Pascanu, T.
    Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013,
    algorithm 1). "step_norm" does so to the signal dLoss/dh_t of each sequence at each step of the
    backward pass; "value" moves each element of the gradient into +-threshold.
    """

    by: str
    threshold: float | None

    def at_step(self, of_sequences: FloatArray) -> StepClip | None:
        """
        Return what is to be done to the signal at each step of the backward pass, if anything is.

        A sequence's threshold shrinks with its part in the loss, of shape (B,), so that neither
        the size of the batch nor a weight changes what is clipped.
        """
        if self.threshold is None or self.by != "step_norm":
            return None
        return StepClip(self.threshold * of_sequences)

    def at_update(self, gradient: FloatArray) -> tuple[float, bool]:
        """Clip a gradient (P,) in place; return its norm before, and whether it was changed."""
        norm = norm_of(gradient)
        if self.threshold is None:
            return norm, False
        if self.by == "value":
            clipped = bool(np.abs(gradient).max() > self.threshold)
            np.clip(gradient, -self.threshold, self.threshold, out=gradient)
            return norm, clipped
        clipped = self.by == "norm" and norm > self.threshold
        if clipped:
            gradient *= self.threshold / norm
        return norm, clipped


class StepClip:
    """Scales signals dLoss/dh of B sequences down to thresholds (B,), one step after the other."""

    def __init__(self, thresholds: FloatArray) -> None:
        self._thresholds = thresholds
        # A threshold of 0 gives 0 / tiny, not nan.
        self._floor = np.maximum(thresholds, np.finfo(thresholds.dtype).tiny)
        self._scale = np.empty_like(thresholds)
        self._largest = np.zeros_like(thresholds)

    def __call__(self, d_hidden: FloatArray) -> None:
        """Clip dLoss/dh at a step, of shape (H, B), in place."""
        scale = self._scale
        np.einsum("hb,hb->b", d_hidden, d_hidden, out=scale)
        np.sqrt(scale, out=scale)
        np.maximum(self._largest, scale, out=self._largest)
        np.maximum(scale, self._floor, out=scale)
        np.divide(self._thresholds, scale, out=scale)
        np.multiply(d_hidden, scale, out=d_hidden)

    def take(self, columns: slice) -> StepClip:
        """Return what clips the signals of some sequences alone; both know what it `clipped`."""
        part = StepClip(self._thresholds[columns])
        part._largest = self._largest[columns]  # shared
        return part

    @property
    def clipped(self) -> bool:
        """Whether a signal was above its threshold so far."""
        return bool((self._largest > self._thresholds).any())
