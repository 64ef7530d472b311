"""A computation as nodes, before ONNX or skl2onnx write it in their own classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Value: TypeAlias = str | float | npt.NDArray[Any]
"""What a node reads: the name of what another one writes, or a constant."""


@dataclass(frozen=True)
class Tensor:
    """What goes into a model or comes out of it, under the name that users know."""

    name: str
    dtype: type  # of NumPy, or str
    shape: tuple[int | str, ...]  # a name stands for any number


@dataclass(frozen=True)
class Node:
    """One operation, with the names of what it reads and writes."""

    operator: str  # ONNX's name of it
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]  # an array type stands for ONNX's number of it


class Graph:
    """
    Nodes in the order of computation, and the constants that they read.

    `opset` is the version of ONNX's operators; `unique` makes of a name one that nothing else has.
    All floats become `dtype`; runtimes have recurrent layers in float32 alone.
    """

    def __init__(
        self, opset: int, unique: Callable[[str], str] | None = None, dtype: type = np.float32
    ) -> None:
        self.opset = opset
        self.dtype = dtype
        self.nodes: list[Node] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}
        self.unique = unique or numbered()

    def add(self, operator: str, *inputs: Value, **attributes: Any) -> str:
        """Add a node with one output, and return the name of this."""
        return self.add_several(operator, 1, *inputs, **attributes)[0]

    def add_several(
        self, operator: str, n_outputs: int, *inputs: Value, **attributes: Any
    ) -> tuple[str, ...]:
        """Add a node, and return the names of its outputs; what it reads may be constants."""
        names = tuple(i if isinstance(i, str) else self.constant(i) for i in inputs)
        outputs = tuple(self.unique(operator.lower()) for _ in range(n_outputs))
        self.nodes.append(Node(operator, names, outputs, attributes))
        return outputs

    def rename(self, name: str, to: str) -> None:
        """Rename what a node writes, wherever it is read, to what nothing else is called."""
        for i, node in enumerate(self.nodes):
            inputs, outputs = (
                tuple(to if old == name else old for old in names)
                for names in (node.inputs, node.outputs)
            )
            self.nodes[i] = replace(node, inputs=inputs, outputs=outputs)

    def constant(self, values: Any, name: str = "constant") -> str:
        """Add a constant, and return its name: `name`, unless something else has it."""
        array = np.asarray(values)
        if array.dtype.kind == "f":
            with np.errstate(over="ignore"):
                rounded: npt.NDArray[Any] = array.astype(self.dtype)
            if (np.isinf(rounded) & np.isfinite(array)).any():
                raise ValueError(
                    f"{name} holds numbers beyond the range of float32, in which the exported "
                    f"model computes. Scale X, or y, and fit again."
                )
            array = rounded
        name = self.unique(name)
        self.constants[name] = array
        return name


@dataclass(frozen=True)
class Subgraph:
    """What a node runs by itself, such as each step of a loop, on floats of any shape."""

    graph: Graph  # whose names come from the graph around
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def numbered(prefix: str = "") -> Callable[[str], str]:
    """Make a function that tells names apart by a number, from the second use of one on."""
    uses = Counter[str]()

    def unique(name: str) -> str:
        uses[name] += 1
        return prefix + (name if uses[name] == 1 else f"{name}_{uses[name]}")

    return unique
