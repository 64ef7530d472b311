"""Dropout: which outputs of each layer a sequence has to do without."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from skrnn.types import FloatArray


def dropout_masks(
    rate: float,
    widths: Iterable[int],
    n_sequences: int,
    dtype: np.dtype[np.floating],
    generator: np.random.Generator,
) -> tuple[FloatArray, ...]:
    """
    Draw masks that are held over all steps of a sequence (Gal and Ghahramani 2016).

    They are for what a layer passes on. The paper also drops inputs and the state on its way to the
    next step.

    Parameters
    ----------
    rate : float
        Share of the outputs to drop, in [0, 1). The others are scaled up in turn, so that
        prediction needs no scaling.
    widths : iterable of int
        Outputs of each layer.
    n_sequences : int
        B.
    dtype : dtype
        Precision.
    generator : numpy.random.Generator
        Source of randomness, left alone if the rate is zero.

    Returns
    -------
    tuple of arrays of shape (width, B)
        One for each layer, of zeros and 1 / (1 - rate); empty if the rate is zero.

    References
    ----------
    Y. Gal, Z. Ghahramani, "A theoretically grounded application of dropout in recurrent neural
    networks", Advances in Neural Information Processing Systems 29, 2016.
    """
    if rate == 0:
        return ()
    kept = (generator.random((width, n_sequences)) >= rate for width in widths)
    return tuple((mask / (1 - rate)).astype(dtype) for mask in kept)
