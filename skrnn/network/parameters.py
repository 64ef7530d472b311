"""Parameters of a network: one flat vector, seen as matrices as they are multiplied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from skrnn.types import FloatArray


class Layout:
    """
    Where every parameter lies in the flat vector.

    `matrices` names, for each matrix, its columns from left to right: a matrix (R, C) or a vector
    (R,). They lie side by side in memory, since one product takes all of them.
    """

    def __init__(self, matrices: Mapping[str, Mapping[str, tuple[int, ...]]]) -> None:
        self._matrices: dict[str, tuple[int, tuple[int, int]]] = {}
        self._columns: dict[str, tuple[str, int, int]] = {}
        self.size = 0
        for matrix, parts in matrices.items():
            n_columns = 0
            for name, shape in parts.items():
                width = shape[1] if len(shape) == 2 else 0  # a vector has none
                self._columns[name] = matrix, n_columns, width
                n_columns += width or 1
            n_rows = next(iter(parts.values()))[0]
            self._matrices[matrix] = self.size, (n_rows, n_columns)
            self.size += n_rows * n_columns

    def __iter__(self) -> Iterator[str]:
        """Iterate over the parameters' names, weights before biases."""
        return iter(sorted(self._columns, key=lambda name: self._columns[name][2] == 0))

    def __len__(self) -> int:
        return len(self._columns)

    def matrices(self, flat: FloatArray) -> dict[str, FloatArray]:
        """Return views of a flat vector, all parameters side by side that one product takes."""
        return {
            name: flat[start : start + n_rows * n_columns].reshape(n_rows, n_columns)
            for name, (start, (n_rows, n_columns)) in self._matrices.items()
        }

    def columns(self, matrices: Mapping[str, FloatArray], name: str) -> FloatArray:
        """Return the view of one parameter."""
        matrix, first, width = self._columns[name]
        return matrices[matrix][:, first : first + width] if width else matrices[matrix][:, first]


class Parameters(Mapping[str, FloatArray]):
    """A flat vector of all parameters; ``parameters[name]`` is a view, and writes to it."""

    __eq__, __hash__ = object.__eq__, object.__hash__  # arrays have no one answer

    def __init__(self, layout: Layout, flat: FloatArray) -> None:
        self.layout = layout
        self.flat = flat

    @classmethod
    def zeros(cls, layout: Layout, dtype: npt.DTypeLike) -> Self:
        """Return parameters that are all zero."""
        return cls(layout, np.zeros(layout.size, dtype))

    def copy(self) -> Self:
        """Return parameters of their own memory."""
        return type(self)(self.layout, self.flat.copy())

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {self[name].shape}" for name in self.layout)
        return f"Parameters({shapes})"

    def __getitem__(self, name: str) -> FloatArray:
        return self.layout.columns(self.matrices, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.layout)

    def __len__(self) -> int:
        return len(self.layout)

    @cached_property
    def matrices(self) -> dict[str, FloatArray]:
        """What products take, by the names of the layout."""
        return self.layout.matrices(self.flat)

    @cached_property
    def is_weight(self) -> FloatArray:
        """1 for what the L2 penalty is of, (P,), and 0 for biases, in the precision of `flat`."""
        flags = Parameters.zeros(self.layout, self.flat.dtype)
        for matrix in flags.values():
            matrix[...] = matrix.ndim == 2
        return flags.flat

    def __getstate__(self) -> dict[str, Any]:
        return {"layout": self.layout, "flat": self.flat}  # copies of views would be no views
