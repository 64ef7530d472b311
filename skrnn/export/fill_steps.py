"""How skl2onnx converts `FillSteps`: the functions that it calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.graph import Graph, Tensor, Value
from skrnn.export.sklearn_onnx import dtype_of, input_of_operator, type_of, write
from skrnn.export.steps import Steps, read_padded, read_rows, scan


def set_filled(operator: Any) -> None:
    """Tell the type and shape of what `FillSteps` returns."""
    given, fill_steps = input_of_operator(operator).type, operator.raw_operator
    n_parts = 1 + bool(fill_steps.add_indicator) + bool(fill_steps.add_elapsed)
    shape = (*given.shape[:-1], fill_steps.n_features_in_ * n_parts)
    operator.outputs[0].set_type(type_of(Tensor("variable", dtype_of(given), shape)))


def convert_fill_steps(scope: Any, operator: Any, container: Any) -> None:
    """Write the steps without gaps, and what is appended to them, in the form of X."""
    fill_steps, given = operator.raw_operator, input_of_operator(operator)
    x_format, dtype = fill_steps.x_format_, dtype_of(given.type)
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name, dtype)
    x = graph.add("Cast", given.full_name, to=dtype)
    if x_format.on_rows:
        n_steps = fill_steps.n_features_in_ // x_format.n_features
        steps = read_rows(graph, x, n_steps, x_format.n_features)
    else:
        steps = read_padded(graph, x)
    new = graph.add("Transpose", _fill(graph, fill_steps, steps), perm=[1, 0, 2])
    if x_format.on_rows:
        new = graph.add("Reshape", new, np.array([0, -1]))
    graph.rename(new, operator.outputs[0].full_name)
    write(graph, scope, container)


def _fill(graph: Graph, fill_steps: Any, steps: Steps) -> str:
    """Return steps of shape (T, B, D) without gaps, and what is appended to their features."""
    x = steps.pad(graph, steps.x, np.nan)
    missing = graph.add("IsNaN", x)
    if fill_steps.times_ is None:
        numbers = graph.add("Cast", steps.time, to=graph.dtype)
        time = graph.add("Unsqueeze", numbers, np.array([2]))
    else:
        time = graph.add("Gather", x, np.array([fill_steps.times_]), axis=2)
    known_at = graph.add("Where", missing, np.nan, time)
    last_at = _carry(graph, known_at)

    filled = x if fill_steps.method == "mean" else _carry(graph, x)
    if fill_steps.method == "linear":
        turned = [_carry(graph, steps.reverse(graph, values)) for values in (x, known_at)]
        after, after_at = (steps.reverse(graph, values) for values in turned)
        span = graph.add("Sub", after_at, last_at)
        share = graph.add("Div", graph.add("Sub", time, last_at), span)
        rise = graph.add("Mul", share, graph.add("Sub", after, filled))
        filled = graph.add("Add", filled, _instead_of_nan(graph, rise, 0.0))
    parts = [_instead_of_nan(graph, filled, fill_steps.means_)]
    if fill_steps.add_indicator:
        parts.append(graph.add("Cast", missing, to=graph.dtype))
    if fill_steps.add_elapsed:
        first = graph.add("Gather", time, np.array([0]), axis=0)
        last_at = _instead_of_nan(graph, last_at, first)
        before = graph.add("Slice", last_at, np.array([0]), np.array([-1]), np.array([0]))
        start = graph.add(
            "Expand", first, graph.add("Shape", graph.add("Gather", x, np.array([0])))
        )
        before = graph.add("Concat", start, before, axis=0)
        parts.append(graph.add("Sub", time, before))
    return steps.pad(graph, graph.add("Concat", *parts, axis=2), np.nan)


def _instead_of_nan(graph: Graph, values: str, other: Value) -> str:
    """Return what is not NaN, and something else where it is."""
    return graph.add("Where", graph.add("IsNaN", values), other, values)


def _carry(graph: Graph, values: str) -> str:
    """Return values (T, B, D) with the last one before for each NaN, if there is one."""

    def keep(step: Graph, before: str, now: str) -> str:
        return _instead_of_nan(step, now, before)

    return scan(graph, values, keep)
