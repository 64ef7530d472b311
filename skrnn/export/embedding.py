"""Categories of a step, and what is learnt of each, in a graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.categories import bounds_of
from skrnn.export.graph import Graph
from skrnn.export.steps import Steps
from skrnn.types import FloatArray


def add_embeddings(graph: Graph, estimator: BaseSequenceEstimator, steps: Steps) -> Steps:
    """Return steps with rows of the embeddings in place of categories, of shape (T, B, D')."""
    categories, parameters = estimator.x_format_.categories, estimator.parameters_
    for feature, words in categories.words.items():
        raise ValueError(
            f"X of an ONNX model holds numbers alone, but the categories of feature {feature} are "
            f"strings, such as {words[0].item()!r}. Fit on numbers, as OrdinalEncoder makes them."
        )
    if not categories.features:
        return steps
    n_features = estimator.network_.n_inputs
    numeric = [j for j in range(n_features) if j not in categories.features]
    parts = [graph.add("Gather", steps.x, np.array(numeric), axis=2)] if numeric else []
    for feature, values in zip(categories.features, categories.values, strict=True):
        x = graph.add("Gather", steps.x, np.array(feature), axis=2)  # (T, B)
        name = f"embedding_{feature}.weights"
        E = graph.constant(parameters[name], name)
        parts.append(graph.add("Gather", E, _codes(graph, x, values, feature), axis=0))
    return replace(steps, x=graph.add("Concat", *parts, axis=2))


def _codes(graph: Graph, x: str, values: FloatArray, feature: int) -> str:
    """
    Return the places of x among C sorted values, and C for others, NaN among them.

    ONNX has no such search. Here is one by halves, which needs no memory for all C: a place moves
    on by a power of two, the largest first, wherever the value there is not above x.
    """
    known = values.astype(np.float32)
    if len(np.unique(known)) < len(values):
        raise ValueError(
            f"Feature {feature} has categories that are the same number in float32, in which the "
            f"exported model computes. Fit on whole numbers below 2**24."
        )
    n_halves = max(len(values) - 1, 0).bit_length()
    bounds = np.full((2, 2**n_halves), np.inf, np.float32)
    bounds[:, : len(known)] = bounds_of(values)
    table, upper = (graph.constant(row, f"categories_{feature}") for row in bounds)
    place = graph.add("Mul", graph.add("Cast", graph.add("IsNaN", x), to=np.int64), np.array(0))
    for i in reversed(range(n_halves)):
        further = graph.add("Add", place, np.array(2**i))
        is_there = graph.add("LessOrEqual", graph.add("Gather", table, further), x)
        place = graph.add("Where", is_there, further, place)
    is_above = graph.add("LessOrEqual", graph.add("Gather", table, place), x)
    is_below = graph.add("LessOrEqual", x, graph.add("Gather", upper, place))
    is_known = graph.add("And", is_above, is_below)
    return graph.add("Where", is_known, place, np.array(len(values)))
