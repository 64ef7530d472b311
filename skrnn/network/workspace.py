"""Arrays that survive between batches."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from math import prod
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray

Bound = TypeVar("Bound")


class Workspace:
    """
    Uninitialised arrays by name, whose memory is reused and grows when a batch is larger.

    Whoever runs a network owns a workspace, so that the network itself holds no arrays and two
    threads may predict with one model side by side. Threads within a fit have a `part` each.
    """

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self.dtype = np.dtype(dtype)
        self._buffers: dict[str, FloatArray] = {}
        self._bound: dict[str, tuple[Hashable, Any]] = {}
        self._parts: dict[int, Workspace] = {}

    def part(self, number: int) -> Workspace:
        """Return a workspace within this one, the same for the same number."""
        return self._parts.setdefault(number, Workspace(self.dtype))

    def empty(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """
        Return a contiguous array of this shape, with whatever values it had before.

        Arrays of different names never overlap; the same name gives the same memory.
        """
        size = prod(shape)
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name] = np.empty(size, self.dtype)
            self._bound.clear()  # views of what was outgrown would keep it alive
        return buffer[:size].reshape(shape)

    def overlaid(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """Return an array whose items along the first axis share the memory of one."""
        one = self.empty(name, shape[1:])
        return np.ndarray(shape, self.dtype, one.data, strides=(0, *one.strides))

    def zeros(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        """Return the array `empty` would, filled with zeros."""
        array = self.empty(name, shape)
        array.fill(0)
        return array

    def bind(self, name: str, key: Hashable, build: Callable[[], Bound]) -> Bound:
        """
        Return what was built of this workspace's arrays for this key; build it if there is none.

        Views are made once for many batches of a shape. For each name the last key is remembered.
        """
        known = self._bound.get(name)
        if known is not None and known[0] == key:
            bound: Bound = known[1]
            return bound
        bound = build()
        self._bound[name] = key, bound
        return bound
