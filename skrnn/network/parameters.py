"""All weights of a network in one flat vector, with a shaped view for each name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray


class Layout:
    """
    Where each named array lies in the flat vector.

    Matrices come before vectors, so that all that an L2 penalty concerns (weights, not biases) is
    one slice at the front.

    Parameters
    ----------
    shapes : mapping of str to tuple of int
        Shape by name.

    Attributes
    ----------
    size : int
        Length of the flat vector.
    n_weights : int
        Length of its front part that holds the matrices.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        ordered = sorted(shapes.items(), key=lambda item: len(item[1]) < 2)  # stable
        self._places: dict[str, tuple[int, int, tuple[int, ...]]] = {}
        self.size = 0
        self.n_weights = 0
        for name, shape in ordered:
            start, self.size = self.size, self.size + prod(shape)
            self._places[name] = start, self.size, shape
            if len(shape) >= 2:
                self.n_weights = self.size

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def view(self, flat: FloatArray, name: str) -> FloatArray:
        """
        Return the part of `flat` called `name`, in its shape and sharing its memory.

        Parameters
        ----------
        flat : array of shape (size,)
            The flat vector.
        name : str
            One of the names given to the constructor.

        Returns
        -------
        array
            A view of `flat`.
        """
        start, stop, shape = self._places[name]
        return flat[start:stop].reshape(shape)


@dataclass
class Parameters:
    """
    A flat vector and the layout that names its parts.

    Views are made on request and never stored: after pickling or copying they would no longer share
    memory with the vector.

    Parameters
    ----------
    layout : Layout
        The names and places.
    flat : array of shape (layout.size,)
        The values.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.network.parameters import Layout, Parameters
    >>> parameters = Parameters.zeros(Layout({"bias": (2,), "weights": (2, 3)}), np.float64)
    >>> parameters["weights"][1] = 5.0
    >>> parameters.flat
    array([0., 0., 0., 5., 5., 5., 0., 0.])
    >>> parameters
    Parameters(weights (2, 3), bias (2,))
    """

    layout: Layout
    flat: FloatArray

    @classmethod
    def zeros(cls, layout: Layout, dtype: npt.DTypeLike) -> Self:
        """
        Return parameters that are all zero.

        Parameters
        ----------
        layout : Layout
            The names and places.
        dtype : dtype
            Precision of the vector.

        Returns
        -------
        parameters : Parameters
            A new vector.
        """
        return cls(layout, np.zeros(layout.size, dtype))

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {self[name].shape}" for name in self.layout)
        return f"Parameters({shapes})"

    def __getitem__(self, name: str) -> FloatArray:
        return self.layout.view(self.flat, name)

    @property
    def weights(self) -> FloatArray:
        """All matrices, flat and without the biases: what the L2 penalty concerns."""
        return self.flat[: self.layout.n_weights]
