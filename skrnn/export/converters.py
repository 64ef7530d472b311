"""How skl2onnx converts what is skrnn's: the functions that it calls, and their vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.estimators import Tensor, add_estimator, outputs_of
from skrnn.export.graph import Graph
from skrnn.export.proto import attributes_of, constants_of, import_onnx
from skrnn.export.steps import read_padded


def import_skl2onnx() -> Any:
    """
    Return the package skl2onnx.

    Returns
    -------
    module
        The package.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import skl2onnx  # noqa: PLC0415 - the rest of skrnn does without
    except ImportError as error:
        raise ImportError(
            "To export a pipeline needs skl2onnx, which is not installed: pip install "
            "'skrnn[onnx]'."
        ) from error
    return skl2onnx


def type_of(tensor: Tensor) -> Any:
    """
    Return skl2onnx's type of an input or output.

    Parameters
    ----------
    tensor : Tensor
        Which.

    Returns
    -------
    DataType
        The type, with the shape.
    """
    data_types = import_skl2onnx().common.data_types
    types: dict[type, Any] = {
        np.float32: data_types.FloatTensorType,
        np.float64: data_types.DoubleTensorType,
        np.int64: data_types.Int64TensorType,
        str: data_types.StringTensorType,
    }
    return types[tensor.dtype]([n if isinstance(n, int) else None for n in tensor.shape])


def parse_tagger(scope: Any, tagger: Any, inputs: Any, **others: Any) -> Any:  # noqa: ARG001
    """
    Declare what a tagger says; that of classifiers may be taken apart, but knows no steps.

    Parameters
    ----------
    scope : Scope
        Of skl2onnx.
    tagger : RNNSequenceTagger
        Fitted.
    inputs : list of Variable
        What it reads.
    **others
        Ignored.

    Returns
    -------
    list of Variable
        What it says.
    """
    operator = scope.declare_local_operator("SkrnnRNNSequenceTagger", tagger)
    operator.inputs = inputs
    for output in outputs_of(tagger):
        operator.outputs.append(scope.declare_local_variable(output.name, type_of(output)))
    return operator.outputs


def set_answers(operator: Any) -> None:
    """
    Tell the types and shapes of what an estimator says.

    Parameters
    ----------
    operator : Operator
        Of skl2onnx.
    """
    outputs = outputs_of(operator.raw_operator)
    for variable, output in zip(operator.outputs, outputs, strict=True):
        variable.set_type(type_of(output))


def convert_estimator(scope: Any, operator: Any, container: Any) -> None:
    """
    Write an estimator.

    Parameters
    ----------
    scope, operator, container : Scope, Operator, ModelComponentContainer
        Of skl2onnx.
    """
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name)
    X = graph.add("Cast", operator.inputs[0].full_name, to=np.float32)
    said = add_estimator(graph, operator.raw_operator, X)
    for name, variable in zip(said, operator.outputs, strict=True):
        graph.rename(name, variable.full_name)
    _write(graph, scope, container)


def set_steps(operator: Any) -> None:
    """
    Tell the type and shape of what `PerStep` returns: as its input, with features of some number.

    Parameters
    ----------
    operator : Operator
        Of skl2onnx.
    """
    given = operator.inputs[0].type
    output = Tensor("variable", _dtype_of(given), (*given.shape[:-1], "n_features"))
    operator.outputs[0].set_type(type_of(output))


def convert_per_step(scope: Any, operator: Any, container: Any) -> None:
    """
    Write a table of all steps, what its transformer makes of it, and that in the form of X.

    Parameters
    ----------
    scope, operator, container : Scope, Operator, ModelComponentContainer
        Of skl2onnx.
    """
    per_step, dtype = operator.raw_operator, _dtype_of(operator.inputs[0].type)
    n_features = per_step._x_format.n_features  # noqa: SLF001 - a door for this
    prefix = f"{scope.get_unique_operator_name('PerStep')}."
    before, after = (
        Graph(container.target_opset_onnx, scope.get_unique_variable_name, dtype) for _ in range(2)
    )

    x = before.add("Cast", operator.inputs[0].full_name, to=dtype)
    steps = None
    if not per_step._x_format.on_rows:  # noqa: SLF001 - a door for this
        steps = read_padded(before, x)
        x = steps.x
    table = Tensor("table", dtype, ("n_rows", n_features))
    rows = before.add("Reshape", x, np.array([-1, n_features]))
    before.rename(rows, prefix + table.name)
    _write(before, scope, container)

    new = _write_transformer(per_step.transformer_, table, prefix, container)

    n_axes = 1 if steps is None else 2  # that are not of features: sequences, after steps
    axes = after.add("Slice", after.add("Shape", x), np.array([0]), np.array([n_axes]))
    shape = after.add("Concat", axes, np.array([-1]), axis=0)
    new = after.add("Reshape", after.add("Cast", new, to=dtype), shape)
    if steps is not None:
        new = after.add("Transpose", steps.pad(after, new, np.nan), perm=[1, 0, 2])
    after.rename(new, operator.outputs[0].full_name)
    _write(after, scope, container)


def _write_transformer(transformer: Any, table: Tensor, prefix: str, container: Any) -> str:
    """Add a transformer, with a prefix for all its names, and return the name of its output."""
    skl2onnx, onnx = import_skl2onnx(), import_onnx()
    model = skl2onnx.convert_sklearn(
        transformer,
        initial_types=[(table.name, type_of(table))],
        target_opset=container.target_opset_all,
    )
    model = onnx.compose.add_prefix(model, prefix)
    container.nodes.extend(model.graph.node)
    container.initializers.extend(model.graph.initializer)
    container.node_domain_version_pair_sets.update(
        (opset.domain, opset.version) for opset in model.opset_import
    )
    return str(model.graph.output[0].name)


def _dtype_of(given: Any) -> type:
    """Return the floats to compute in, for a type of input."""
    is_double = isinstance(given, import_skl2onnx().common.data_types.DoubleTensorType)
    return np.float64 if is_double else np.float32


def _write(graph: Graph, scope: Any, container: Any) -> None:
    """Add a graph, whose names the scope gave, to the model that skl2onnx writes."""
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
