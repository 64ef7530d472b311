"""How skl2onnx converts skrnn's estimators: the functions that it calls."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.estimators import add_estimator, outputs_of
from skrnn.export.graph import Graph
from skrnn.export.sklearn_onnx import input_of_operator, type_of, write


def parse(scope: Any, estimator: Any, inputs: Any, **others: Any) -> Any:  # noqa: ARG001
    """Declare what a tagger or regressor says; of others, skl2onnx knows no steps or quantiles."""
    operator = scope.declare_local_operator(f"Skrnn{type(estimator).__name__}", estimator)
    operator.inputs = inputs
    for output in outputs_of(estimator):
        operator.outputs.append(scope.declare_local_variable(output.name, type_of(output)))
    return operator.outputs


def set_answers(operator: Any) -> None:
    """Tell skl2onnx the types and shapes of what an estimator says."""
    input_of_operator(operator)  # or skl2onnx would be silent on several
    outputs = outputs_of(operator.raw_operator)
    for variable, output in zip(operator.outputs, outputs, strict=True):
        variable.set_type(type_of(output))


def convert_estimator(scope: Any, operator: Any, container: Any) -> None:
    """Write an estimator, in float32 whatever X is, into the model that skl2onnx makes."""
    graph = Graph(container.target_opset_onnx, scope.get_unique_variable_name)
    X = graph.add("Cast", input_of_operator(operator).full_name, to=np.float32)
    estimator = operator.raw_operator
    options = container.get_options(estimator, fail=False)
    asked = [output for output in ("raw_scores", "log_proba") if options.get(output)]
    said = add_estimator(graph, estimator, X, *asked[:1])
    for name, variable in zip(said, operator.outputs, strict=True):
        graph.rename(name, variable.full_name)
    write(graph, scope, container)
