"""Three ways to keep an exploding gradient from throwing the parameters away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from skrnn.types import FloatArray

CLIP_BY = ("norm", "step_norm", "value")


@dataclass(frozen=True)
class Clipping:
    """
    What is clipped, and where.

    Parameters
    ----------
    by : {"norm", "step_norm", "value"}
        "norm" scales the whole gradient to the threshold when its norm is above it (Pascanu et al.
        2013). "step_norm" does so to the signal dLoss/dh_t of each sequence at each step of the
        backward pass. "value" moves each element of the gradient into +-threshold.
    threshold : float or None
        None for no clipping.

    References
    ----------
    R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks",
    ICML 2013, algorithm 1.
    """

    by: str
    threshold: float | None

    def at_step(self, shares: FloatArray) -> StepClip | None:
        """
        Return what to do to the signal at each step of the backward pass.

        Parameters
        ----------
        shares : array of shape (B,)
            Part of each sequence in the loss. A sequence's threshold shrinks with its part, so that
            neither the size of the batch nor a weight changes what is clipped.

        Returns
        -------
        StepClip or None
            None when nothing is to be done.
        """
        if self.threshold is None or self.by != "step_norm":
            return None
        return StepClip(self.threshold * shares)

    def at_update(self, gradient: FloatArray) -> tuple[float, bool]:
        """
        Clip the gradient of the parameters in place.

        Parameters
        ----------
        gradient : array of shape (P,)
            The flat gradient.

        Returns
        -------
        norm : float
            Its norm before.
        clipped : bool
            Whether it was changed.
        """
        # BLAS, unlike NumPy, survives squares that overflow.
        norm = float(scipy.linalg.norm(gradient, check_finite=False))
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
    """
    Scales the signal of each sequence down to its threshold, one step after the other.

    Parameters
    ----------
    thresholds : array of shape (B,)
        The largest norm that dLoss/dh of each sequence may have.
    """

    def __init__(self, thresholds: FloatArray) -> None:
        self._thresholds = thresholds
        # A threshold of 0 gives 0 / tiny, not nan.
        self._floor = np.maximum(thresholds, np.finfo(thresholds.dtype).tiny)
        self._scale = np.empty_like(thresholds)
        self._largest = np.zeros_like(thresholds)

    def __call__(self, d_hidden: FloatArray) -> None:
        """
        Clip a signal in place.

        Parameters
        ----------
        d_hidden : array of shape (H, B)
            dLoss/dh at a step.
        """
        scale = self._scale
        np.einsum("hb,hb->b", d_hidden, d_hidden, out=scale)
        np.sqrt(scale, out=scale)
        np.maximum(self._largest, scale, out=self._largest)
        np.maximum(scale, self._floor, out=scale)
        np.divide(self._thresholds, scale, out=scale)
        np.multiply(d_hidden, scale, out=d_hidden)

    def take(self, columns: slice) -> StepClip:
        """
        Return what clips the signals of some of the sequences.

        Parameters
        ----------
        columns : slice
            Which.

        Returns
        -------
        StepClip
            Clips these alone; both know by `clipped` what it did.
        """
        part = StepClip(self._thresholds[columns])
        part._largest = self._largest[columns]  # shared
        return part

    @property
    def clipped(self) -> bool:
        """Whether a signal was above its threshold so far."""
        return bool((self._largest > self._thresholds).any())
