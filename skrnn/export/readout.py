"""From the states of the top layer to scores."""

from __future__ import annotations

import numpy as np

from skrnn.export.graph import Graph, Value
from skrnn.export.recurrence import add_layers, join, join_steps
from skrnn.export.steps import Steps, scan
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters

PADDING = {"mean": 0.0, "max": -np.inf}
"""By pooling: the state that changes nothing."""


def add_network(graph: Graph, network: Network, parameters: Parameters, steps: Steps) -> str:
    """Return scores of shape (B, K), or (B, T, K) of steps, those of padding meaning nothing."""
    hidden = add_layers(graph, network, parameters, steps)
    if network.per_step:
        pooled = _pool_to_each_step(graph, network, hidden, steps)  # (T, B, F)
        features = graph.add("Transpose", pooled, perm=[1, 0, 2])
    else:
        features = _pool(graph, network, hidden, steps)  # (B, F)
    V = graph.constant(parameters["readout.weights"].T, "readout.weights")
    a = graph.constant(parameters["readout.bias"], "readout.bias")
    return graph.add("Add", graph.add("MatMul", features, V), a)


def _pool(graph: Graph, network: Network, hidden: list[str], steps: Steps) -> str:
    """Return what each sequence is read off, each direction having read all of it."""
    if network.pooling == "last":
        turned = [steps.reverse(graph, states) for states in hidden]
        return join(graph, [graph.add("Gather", states, np.array(0)) for states in turned])
    states = join(graph, hidden)  # each in its own order, which does not matter here
    states = steps.pad(graph, states, PADDING[network.pooling])
    if network.pooling == "max":
        if graph.opset < 18:
            return graph.add("ReduceMax", states, axes=[0], keepdims=0)
        return graph.add("ReduceMax", states, np.array([0]), keepdims=0)
    total = graph.add("ReduceSum", states, np.array([0]), keepdims=0)
    return graph.add("Div", total, _as_counts(graph, steps.lengths, axis=1))


def _pool_to_each_step(graph: Graph, network: Network, hidden: list[str], steps: Steps) -> str:
    """Return what each step is read off, each direction having read up to there; of padding, 0."""
    if network.pooling == "mean":
        n_read = _as_counts(graph, graph.add("Add", steps.time, np.array(1)), axis=2)
        totals = [graph.add("CumSum", states, np.array(0)) for states in hidden]
        hidden = [graph.add("Div", total, n_read) for total in totals]
    elif network.pooling == "max":
        hidden = [scan(graph, states, _larger) for states in hidden]
    return join_steps(graph, hidden, steps)


def _larger(step: Graph, before: str, now: str) -> str:
    """Return the larger of what is carried and what is read."""
    return step.add("Max", before, now)


def _as_counts(graph: Graph, counts: Value, axis: int) -> str:
    """Return whole numbers as divisors of states, whose units stand along a further axis."""
    divisors = graph.add("Cast", counts, to=graph.dtype)
    return graph.add("Unsqueeze", divisors, np.array([axis]))
