"""Graphs in ONNX's own classes; only here onnx is imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.export.graph import Graph, Subgraph, Tensor


def import_onnx() -> Any:
    """Return the package onnx, or say how to install it."""
    try:
        import onnx  # noqa: PLC0415 - the rest of skrnn does without
    except ImportError as error:
        raise ImportError(
            "skrnn.export needs onnx, which is not installed: pip install 'skrnn[onnx]'."
        ) from error
    return onnx


def nodes_of(graph: Graph) -> list[Any]:
    """Return the nodes of a graph as onnx.NodeProto, in the order of computation."""
    make_node = import_onnx().helper.make_node
    return [
        make_node(node.operator, node.inputs, node.outputs, node.outputs[0], **attributes_of(node))
        for node in graph.nodes
    ]


def attributes_of(node: Any) -> dict[str, Any]:
    """Return the attributes of a node, by name, as ONNX has them."""
    return {name: _attribute(value) for name, value in node.attributes.items()}


def constants_of(graph: Graph) -> list[Any]:
    """Return the constants of a graph as onnx.TensorProto."""
    from_array = import_onnx().numpy_helper.from_array
    return [from_array(values, name) for name, values in graph.constants.items()]


def model_of(graph: Graph, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> Any:
    """
    Return a graph as an onnx.ModelProto, for the oldest runtimes that have its operators.

    In the graph, each input and output stands under its name.
    """
    helper = import_onnx().helper
    in_and_out = ([value_of(tensor) for tensor in tensors] for tensors in (inputs, outputs))
    proto = helper.make_graph(nodes_of(graph), "skrnn", *in_and_out, constants_of(graph))
    opsets = [helper.make_opsetid("", graph.opset)]
    return helper.make_model_gen_version(proto, opset_imports=opsets)


def value_of(tensor: Tensor) -> Any:
    """Return the onnx.ValueInfoProto of an input or output."""
    helper = import_onnx().helper
    return helper.make_tensor_value_info(tensor.name, _attribute(tensor.dtype), tensor.shape)


def _attribute(value: Any) -> Any:
    """Return the value of an attribute as ONNX has it."""
    helper = import_onnx().helper
    if isinstance(value, type):
        return helper.np_dtype_to_tensor_dtype(np.dtype(object if value is str else value))
    if not isinstance(value, Subgraph):
        return value
    inputs, outputs = (
        [helper.make_tensor_value_info(name, _attribute(value.graph.dtype), None) for name in names]
        for names in (value.inputs, value.outputs)
    )
    return helper.make_graph(
        nodes_of(value.graph), "step", inputs, outputs, constants_of(value.graph)
    )
