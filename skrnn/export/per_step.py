"""How skl2onnx converts `PerStep`: the functions that it calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.graph import Graph, Tensor
from skrnn.export.proto import import_onnx
from skrnn.export.sklearn_onnx import dtype_of, import_skl2onnx, input_of_operator, type_of, write
from skrnn.export.steps import Steps, read_padded
from skrnn.export.transformers import check_transformers, simplified


def set_steps(operator: Any) -> None:
    """Tell the type and shape of what `PerStep` returns, of some number of features."""
    given = input_of_operator(operator).type
    output = Tensor("variable", dtype_of(given), (*given.shape[:-1], "n_features"))
    operator.outputs[0].set_type(type_of(output))


def convert_per_step(scope: Any, operator: Any, container: Any) -> None:
    """Write a table of all steps, what its transformer makes of it, and that in the form of X."""
    per_step, dtype = operator.raw_operator, dtype_of(input_of_operator(operator).type)
    prefix = f"{scope.get_unique_operator_name('PerStep')}."
    before, after = (
        Graph(container.target_opset_onnx, scope.get_unique_variable_name, dtype) for _ in range(2)
    )

    table = Tensor("table", dtype, ("n_rows", per_step.x_format_.n_features))
    x, steps = before.add("Cast", input_of_operator(operator).full_name, to=dtype), None
    if not per_step.x_format_.on_rows:
        steps = read_padded(before, x)
        x = steps.pad(before, steps.x, before.add("Gather", steps.x, np.array([0]), axis=0))
    before.rename(_to_table(before, x, table), prefix + table.name)
    write(before, scope, container)

    new = _write_transformer(per_step.transformer_, table, prefix, container)

    new = _from_table(after, after.add("Cast", new, to=dtype), x, steps)
    after.rename(new, operator.outputs[0].full_name)
    write(after, scope, container)


def _to_table(graph: Graph, x: str, table: Tensor) -> str:
    """Return the steps, one per row; what is padding, a transformer need not be able to read."""
    return graph.add("Reshape", x, np.array([-1, table.shape[1]]))


def _from_table(graph: Graph, rows: str, x: str, steps: Steps | None) -> str:
    """Return new rows in the form of X, which ``x`` and ``steps`` were made of."""
    n_axes = 1 if steps is None else 2  # that are not of features: sequences, after steps
    axes = graph.add("Slice", graph.add("Shape", x), np.array([0]), np.array([n_axes]))
    shape = graph.add("Concat", axes, np.array([-1]), axis=0)
    new = graph.add("Reshape", rows, shape)
    if steps is not None:
        new = graph.add("Transpose", steps.pad(graph, new, np.nan), perm=[1, 0, 2])
    return new


def _write_transformer(transformer: Any, table: Tensor, prefix: str, container: Any) -> str:
    """Add a transformer, with a prefix for all its names, and return the name of its output."""
    transformer = simplified(transformer)
    if transformer is None:
        return prefix + table.name
    check_transformers(transformer)
    skl2onnx, onnx = import_skl2onnx(), import_onnx()
    options = container.options or {}  # by class or id; by name, those of the pipeline around it
    model = skl2onnx.convert_sklearn(
        transformer,
        initial_types=[(table.name, type_of(table))],
        target_opset=container.target_opset_all,
        options={key: option for key, option in options.items() if not isinstance(key, str)},
    )
    if model.functions:  # as of KNNImputer, with skl2onnx 1.20
        raise ValueError(
            f"{transformer!r} needs functions in a model that PerStep cannot hand on. Put another "
            f"transformer in its place, such as FillSteps before PerStep."
        )
    model = onnx.compose.add_prefix(model, prefix)
    container.nodes.extend(model.graph.node)
    container.initializers.extend(model.graph.initializer)
    container.node_domain_version_pair_sets.update(
        (opset.domain, opset.version) for opset in model.opset_import
    )
    (output,) = model.graph.output
    return str(output.name)
