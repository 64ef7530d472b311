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
    """
    What goes into a model or comes out of it.

    Parameters
    ----------
    name : str
        What users call it.
    dtype : type
        ``np.float32``, ``np.float64``, ``np.int64`` or ``str``.
    shape : tuple of int or str
        A name stands for any number.
    """

    name: str
    dtype: type
    shape: tuple[int | str, ...]


@dataclass(frozen=True)
class Node:
    """
    One operation.

    Parameters
    ----------
    operator : str
        ONNX's name of it.
    inputs, outputs : tuple of str
        Names of what it reads and writes.
    attributes : dict
        By name. An array type stands for ONNX's number of it, a `Subgraph` for what is run within
        the node.
    """

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


class Graph:
    """
    Nodes in the order of computation, and the constants that they read.

    Parameters
    ----------
    opset : int
        Version of ONNX's operators.
    unique : callable, optional
        From a name to one that nothing else has; by default, it gets a number.
    dtype : type, default=np.float32
        Type of all floats. Runtimes have recurrent layers in float32 alone.

    Attributes
    ----------
    nodes : list of Node
        What was added.
    constants : dict of str to array
        By name.

    Examples
    --------
    >>> from skrnn.export.graph import Graph
    >>> graph = Graph(opset=15)
    >>> twice = graph.add("Mul", "x", 2.0)
    >>> graph.nodes
    [Node(operator='Mul', inputs=('x', 'constant'), outputs=('mul',), attributes={})]
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
        """
        Add a node with one output.

        Parameters
        ----------
        operator : str
            ONNX's name of it.
        *inputs : str, float or array
            What it reads.
        **attributes
            As `Node` has them.

        Returns
        -------
        str
            The name of its output.
        """
        return self.add_several(operator, 1, *inputs, **attributes)[0]

    def add_several(
        self, operator: str, n_outputs: int, *inputs: Value, **attributes: Any
    ) -> tuple[str, ...]:
        """
        Add a node.

        Parameters
        ----------
        operator : str
            ONNX's name of it.
        n_outputs : int
            How many outputs it has.
        *inputs : str, float or array
            What it reads.
        **attributes
            As `Node` has them.

        Returns
        -------
        tuple of str
            The names of its outputs.
        """
        names = tuple(i if isinstance(i, str) else self.constant(i) for i in inputs)
        outputs = tuple(self.unique(operator.lower()) for _ in range(n_outputs))
        self.nodes.append(Node(operator, names, outputs, attributes))
        return outputs

    def rename(self, name: str, to: str) -> None:
        """
        Rename what a node writes, where it is written and read.

        Parameters
        ----------
        name : str
            What it is called.
        to : str
            What to call it, which nothing else is.
        """
        for i, node in enumerate(self.nodes):
            inputs, outputs = (
                tuple(to if old == name else old for old in names)
                for names in (node.inputs, node.outputs)
            )
            self.nodes[i] = replace(node, inputs=inputs, outputs=outputs)

    def constant(self, values: Any, name: str = "constant") -> str:
        """
        Add a constant.

        Parameters
        ----------
        values : array-like
            What it is.
        name : str, default="constant"
            What to call it, unless something else has this name.

        Returns
        -------
        str
            Its name.

        Raises
        ------
        ValueError
            If a number is beyond the range of the graph's floats.
        """
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
    """
    What a node runs by itself, such as each step of a loop.

    Parameters
    ----------
    graph : Graph
        The nodes; their names come from the graph around.
    inputs, outputs : tuple of str
        Names of what it is given and gives back, floats of any shape.
    """

    graph: Graph
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def numbered(prefix: str = "") -> Callable[[str], str]:
    """
    Make a function that gives names to a graph.

    Parameters
    ----------
    prefix : str, default=""
        What each name begins with.

    Returns
    -------
    callable
        From a name to one that it has not given before, by a number from the second use on.
    """
    uses = Counter[str]()

    def unique(name: str) -> str:
        uses[name] += 1
        return prefix + (name if uses[name] == 1 else f"{name}_{uses[name]}")

    return unique
