"""What skl2onnx calls things, and how it is given what others wrote."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.graph import Graph, Tensor
from skrnn.export.proto import attributes_of, constants_of


def import_skl2onnx() -> Any:
    """Return the package skl2onnx, or say how to install it."""
    try:
        import skl2onnx  # noqa: PLC0415 - the rest of skrnn does without
    except ImportError as error:
        raise ImportError(
            "To export a pipeline needs skl2onnx, which is not installed: pip install "
            "'skrnn[onnx]'."
        ) from error
    return skl2onnx


def type_of(tensor: Tensor) -> Any:
    """Return skl2onnx's type of an input or output, which has the shape in it."""
    data_types = import_skl2onnx().common.data_types
    types: dict[type, Any] = {
        np.float32: data_types.FloatTensorType,
        np.float64: data_types.DoubleTensorType,
        np.int64: data_types.Int64TensorType,
        str: data_types.StringTensorType,
    }
    return types[tensor.dtype]([n if isinstance(n, int) else None for n in tensor.shape])


def input_of_operator(operator: Any) -> Any:
    """Return the one Variable that an estimator of skrnn's reads."""
    if len(operator.inputs) != 1:
        names = ", ".join(variable.raw_name for variable in operator.inputs)
        raise ValueError(
            f"{type(operator.raw_operator).__name__} reads one X, but skl2onnx gives it "
            f"{len(operator.inputs)} inputs: {names}. If they are columns, put a transformer "
            f"before it that joins them, such as ColumnTransformer; if they come from a model, "
            f"they are not what its transform returns."
        )
    return operator.inputs[0]


def dtype_of(given: Any) -> type:
    """Return the floats to compute in, from skl2onnx's type of an input."""
    is_double = isinstance(given, import_skl2onnx().common.data_types.DoubleTensorType)
    return np.float64 if is_double else np.float32


def write(graph: Graph, scope: Any, container: Any) -> None:
    """Add a graph, whose names the scope gave, to the model that skl2onnx makes."""
    for tensor in constants_of(graph):
        values = graph.constants[tensor.name]
        container.add_initializer(tensor.name, tensor.data_type, values.shape, values.ravel())
    for node in graph.nodes:
        container.add_node(
            node.operator,
            list(node.inputs),
            list(node.outputs),
            name=scope.get_unique_operator_name(node.operator),
            **attributes_of(node),
        )
