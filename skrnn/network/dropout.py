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
    Draw a mask (width, B) for each layer, of zeros and 1 / (1 - rate); none if the rate is zero.

    It is for what a layer passes on, held over all steps of a sequence: Y. Gal, Z. Ghahramani, "A
    theoretically grounded application of dropout in recurrent neural networks", NIPS 2016, where
    also inputs are dropped, and the state on its way to the next step. What is kept is scaled up,
    so that prediction needs no scaling. With a rate of zero the generator is left alone.
    """
    if rate == 0:
        return ()
    kept = (generator.random((width, n_sequences)) >= rate for width in widths)
    return tuple((mask / (1 - rate)).astype(dtype) for mask in kept)
