"""Three ways to keep an exploding gradient from throwing the parameters away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from skrnn.network.trace import StepHook
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

    def at_step(self, shares: FloatArray) -> StepHook | None:
        """
        Return what to do to the signal at each step of the backward pass.

        Parameters
        ----------
        shares : array of shape (B,)
            Part of each sequence in the loss. A sequence's threshold shrinks with its part, so that
            neither the size of the batch nor a weight changes what is clipped.

        Returns
        -------
        callable or None
            Clips dLoss/dh of shape (H, B) in place; None when nothing is to be done.
        """
        if self.threshold is None or self.by != "step_norm":
            return None
        thresholds = self.threshold * shares
        floor = np.maximum(
            thresholds, np.finfo(shares.dtype).tiny
        )  # a share of 0: 0 / tiny, not nan
        scale = np.empty_like(shares)

        def clip(d_hidden: FloatArray) -> None:
            np.einsum("hb,hb->b", d_hidden, d_hidden, out=scale)
            np.sqrt(scale, out=scale)
            np.maximum(scale, floor, out=scale)
            np.divide(thresholds, scale, out=scale)
            np.multiply(d_hidden, scale, out=d_hidden)

        return clip

    def at_update(self, gradient: FloatArray) -> None:
        """
        Clip the gradient of the parameters in place.

        Parameters
        ----------
        gradient : array of shape (P,)
            The flat gradient.
        """
        if self.threshold is None:
            return
        if self.by == "value":
            np.clip(gradient, -self.threshold, self.threshold, out=gradient)
        elif self.by == "norm":
            # BLAS, unlike NumPy, survives squares that overflow.
            norm = float(scipy.linalg.norm(gradient, check_finite=False))
            if norm > self.threshold:
                gradient *= self.threshold / norm
