"""How skl2onnx converts `StackSteps`: the functions that it calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.graph import Graph, Tensor
from skrnn.export.sklearn_onnx import dtype_of, input_of_operator, type_of, write
from skrnn.export.steps import count_steps


def set_new_steps(operator: Any) -> None:
    """Tell the type and shape of what `StackSteps` returns, of some number of steps."""
    given, stack_steps = input_of_operator(operator).type, operator.raw_operator
    n_features = stack_steps.n_steps_ * stack_steps.x_format_.n_features
    output = Tensor("variable", dtype_of(given), (given.shape[0], "n_timesteps", n_features))
    operator.outputs[0].set_type(type_of(output))


def convert_stack_steps(scope: Any, operator: Any, container: Any) -> None:
    """Write the steps of each sequence joined, from its own end on."""
    stack_steps, given = operator.raw_operator, input_of_operator(operator)
    x_format = stack_steps.x_format_
    dtype = dtype_of(given.type)
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name, dtype)
    x = graph.add("Cast", given.full_name, to=dtype)
    if x_format.on_rows:
        n_steps = stack_steps.n_features_in_ // x_format.n_features
        x = graph.add("Reshape", x, np.array([0, n_steps, x_format.n_features]))
    new = _stack(graph, x, stack_steps.n_steps_, x_format.n_features)
    graph.rename(new, operator.outputs[0].full_name)
    write(graph, scope, container)


def _stack(graph: Graph, x: str, n_steps: int, n_features: int) -> str:
    """
    Move each sequence back until it ends with a new step, and join: from (B, T, D) on.

    What is read before its start is its first step; beyond its end, if there is more, padding.
    """
    width = graph.add("Gather", graph.add("Shape", x), np.array(1))
    n_new = graph.add("Div", graph.add("Add", width, np.array(n_steps - 1)), np.array(n_steps))
    filled = graph.add("Mul", n_new, np.array(n_steps))
    time = graph.add("Range", np.array(0), filled, np.array(1))
    missing = graph.add("Mod", graph.add("Neg", count_steps(graph, x, axis=1)), np.array(n_steps))
    moved = graph.add("Sub", time, graph.add("Unsqueeze", missing, np.array([1])))  # (B, filled)
    last = graph.add("Sub", width, np.array(1))
    rows = graph.add("Unsqueeze", graph.add("Clip", moved, np.array(0), last), np.array([2]))
    steps = graph.add("GatherND", x, rows, batch_dims=1)
    return graph.add("Reshape", steps, np.array([0, -1, n_steps * n_features]))
