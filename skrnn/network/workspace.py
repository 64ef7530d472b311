"""Arrays that survive between batches."""

from __future__ import annotations

from math import prod

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray


class Workspace:
    """
    Uninitialised arrays by name, whose memory is reused and grows when a batch is larger.

    Whoever runs a network owns a workspace, so that the network itself holds no arrays and two
    threads may predict with one model side by side. Threads within a fit have a `part` each.

    Parameters
    ----------
    dtype : dtype
        Precision of every array.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self._buffers: dict[str, FloatArray] = {}
        self._parts: dict[int, Workspace] = {}

    def part(self, number: int) -> Workspace:
        """
        Return a workspace within this one, for a thread of its own.

        Parameters
        ----------
        number : int
            Which; the same number gives the same workspace.

        Returns
        -------
        Workspace
            The workspace.
        """
        return self._parts.setdefault(number, Workspace(self.dtype))

    def empty(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """
        Return a contiguous array of this shape, with whatever values it had before.

        Parameters
        ----------
        name : str
            The array's name: arrays of different names never overlap, and asking again for the same
            name gives the same memory.
        shape : tuple of int
            The shape.

        Returns
        -------
        array
            The array.
        """
        size = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name] = np.empty(size, self.dtype)
        return buffer[:size].reshape(shape)

    def overlaid(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """
        Return an array whose items along the first axis share one place: to write one writes all.

        Parameters
        ----------
        name : str
            The array's name.
        shape : tuple of int
            The shape that the array seems to have.

        Returns
        -------
        array
            The array, which takes the memory of one item.
        """
        one = self.empty(name, shape[1:])
        return np.ndarray(shape, self.dtype, one.data, strides=(0, *one.strides))

    def zeros(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """
        Return the array `empty` would, filled with zeros.

        Parameters
        ----------
        name : str
            The array's name.
        shape : tuple of int
            The shape.

        Returns
        -------
        array
            The array.
        """
        array = self.empty(name, shape)
        array.fill(0)
        return array
