"""From the states of the top layer to scores."""

from __future__ import annotations

import numpy as np

from skrnn.export.graph import Graph, Value
from skrnn.export.recurrence import add_layers, side_by_side
from skrnn.export.steps import Steps, scan
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters

PADDING = {"mean": 0.0, "max": -np.inf}
"""By pooling: the state that changes nothing."""


def add_network(graph: Graph, network: Network, parameters: Parameters, steps: Steps) -> str:
    """Return scores of shape (B, K), or (B, T, K) of steps, those of padding meaning nothing."""
    hidden, last = add_layers(graph, network, parameters, steps)
    if network.per_step:
        pooled = _pool_to_each_step(graph, network, hidden, steps)  # (T, B, F)
        features = graph.add("Transpose", pooled, perm=[1, 0, 2])
    else:
        features = _pool(graph, network, hidden, last, steps)  # (B, F)
    V = graph.constant(parameters["readout.weights"].T, "readout.weights")
    a = graph.constant(parameters["readout.bias"], "readout.bias")
    return graph.add("Add", graph.add("MatMul", features, V), a)


def _pool(graph: Graph, network: Network, hidden: str, last: str, steps: Steps) -> str:
    """Return what each sequence is read off, each direction having read all of it."""
    width = network.layers[-1].n_outputs
    if network.pooling == "last":
        by_sequence = graph.add("Transpose", last, perm=[1, 0, 2])
        return graph.add("Reshape", by_sequence, np.array([0, width]))
    states = side_by_side(graph, hidden, width)
    states = steps.pad(graph, states, PADDING[network.pooling])
    if network.pooling == "max":
        if graph.opset < 18:
            return graph.add("ReduceMax", states, axes=[0], keepdims=0)
        return graph.add("ReduceMax", states, np.array([0]), keepdims=0)
    total = graph.add("ReduceSum", states, np.array([0]), keepdims=0)
    return graph.add("Div", total, _as_counts(graph, steps.lengths, axis=1))


def _pool_to_each_step(graph: Graph, network: Network, hidden: str, steps: Steps) -> str:
    """Return what each step is read off, each direction having read up to there."""
    if network.pooling == "last":
        return side_by_side(graph, hidden, network.layers[-1].n_outputs)
    parts = []
    for i, backwards in enumerate((False, True)[: 1 + network.bidirectional]):
        states = graph.add("Gather", hidden, np.array(i), axis=1)  # (T, B, H)
        states = steps.pad(graph, states, PADDING[network.pooling])
        if network.pooling == "mean":
            parts.append(_means_so_far(graph, states, steps, backwards=backwards))
        else:
            parts.append(_maxima_so_far(graph, states, backwards=backwards))
    return graph.add("Concat", *parts, axis=2)


def _means_so_far(graph: Graph, states: str, steps: Steps, *, backwards: bool) -> str:
    """Return the mean over the steps that a direction has read."""
    total = graph.add("CumSum", states, np.array(0), reverse=int(backwards))
    if backwards:
        n_read = graph.add("Sub", steps.lengths, steps.time)
    else:
        n_read = graph.add("Add", steps.time, np.array(1))
    return graph.add("Div", total, _as_counts(graph, n_read, axis=2))


def _maxima_so_far(graph: Graph, states: str, *, backwards: bool) -> str:
    """Return the maximum over the steps that a direction has read."""

    def larger(step: Graph, before: str, now: str) -> str:
        return step.add("Max", before, now)

    return scan(graph, states, larger, backwards=backwards)


def _as_counts(graph: Graph, counts: Value, axis: int) -> str:
    """Return whole numbers as divisors of states, whose units stand along a further axis."""
    divisors = graph.add("Cast", counts, to=graph.dtype)
    return graph.add("Unsqueeze", divisors, np.array([axis]))
