"""X as a graph reads it: the steps of all sequences, and which of them are padding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skrnn.export.graph import Graph, Subgraph, Value


@dataclass(frozen=True)
class Steps:
    """Sequences side by side, by the names that a graph has for them."""

    x: str  # inputs of shape (T, B, D), padded with zeros
    time: Value  # step numbers from 0 on, of shape (T, 1)
    lengths: Value  # of shape (B,), or (1,) where all are the same
    there: str | None  # which are no padding, of shape (T, B, 1); None where all are

    def pad(self, graph: Graph, values: str, padding: Value) -> str:
        """Return values of shape (T, B, ...) with `padding` beyond the end of each sequence."""
        return values if self.there is None else graph.add("Where", self.there, values, padding)

    def reverse(self, graph: Graph, values: str) -> str:
        """Turn each sequence of values (T, B, ...) round; behind it may then be anything."""
        if self.there is None:
            ends = (np.array([end]) for end in (-1, np.iinfo(np.int64).min, 0, -1))
            return graph.add("Slice", values, *ends)
        # Not by ReverseSequence, which not every runtime has. Abs keeps padding within bounds.
        last = graph.add("Sub", self.lengths, np.array(1))
        step = graph.add("Abs", graph.add("Sub", last, self.time))  # (T, B)
        sequence = graph.add("Expand", step_numbers(graph, step, 1), graph.add("Shape", step))
        places = (graph.add("Unsqueeze", axis, np.array([2])) for axis in (step, sequence))
        return graph.add("GatherND", values, graph.add("Concat", *places, axis=2))


def read_rows(graph: Graph, X: Value, n_steps: int, n_features: int) -> Steps:
    """Take each row of X, of shape (B, n_steps * n_features), as one sequence."""
    sequences = graph.add("Reshape", X, np.array([0, n_steps, n_features]))
    x = graph.add("Transpose", sequences, perm=[1, 0, 2])
    return Steps(x, np.arange(n_steps)[:, None], np.array([n_steps]), None)


def read_padded(graph: Graph, X: Value) -> Steps:
    """
    Take sequences from X of shape (B, T, D), each up to trailing steps of NaN in every feature.

    Any other NaN stays, and what layers make of it need not be NaN: the gates of onnxruntime's GRU
    and LSTM turn it into plausible numbers.
    """
    x = graph.add("Transpose", X, perm=[1, 0, 2])
    lengths = count_steps(graph, x, axis=0)
    time = graph.add("Unsqueeze", step_numbers(graph, x, axis=0), np.array([1]))
    there = graph.add("Unsqueeze", graph.add("Less", time, lengths), np.array([2]))
    return Steps(graph.add("Where", there, x, 0.0), time, lengths, there)


def count_steps(graph: Graph, x: str, axis: int) -> str:
    """
    Count the steps of each sequence, up to the last that is not NaN in every feature.

    Of x, the first or second axis is that of time, the last that of features; the result is of
    shape (B,).
    """
    known = graph.add("Cast", graph.add("Not", graph.add("IsNaN", x)), to=graph.dtype)
    is_step = graph.add("Min", graph.add("ReduceSum", known, np.array([2]), keepdims=0), 1.0)
    last = graph.add("ArgMax", is_step, axis=axis, keepdims=0, select_last_index=1)
    return graph.add("Add", last, np.array(1))


def step_numbers(graph: Graph, x: Value, axis: int) -> str:
    """Return 0 to T - 1, for the T steps along an axis of x when the graph is run."""
    n_steps = graph.add("Gather", graph.add("Shape", x), np.array(axis))
    return graph.add("Range", np.array(0), n_steps, np.array(1))


def scan(graph: Graph, values: str, update: Callable[[Graph, str, str], str]) -> str:
    """
    Return what is carried from step to step, (T, ...).

    It begins as the first of the values (T, ...); `update` writes what becomes of it at each.
    """
    step = Graph(graph.opset, graph.unique, graph.dtype)
    before, now = graph.unique("before"), graph.unique("now")
    carried = update(step, before, now)
    _, all_carried = graph.add_several(
        "Scan",
        2,
        graph.add("Gather", values, np.array(0), axis=0),
        values,
        body=Subgraph(step, (before, now), (carried, step.add("Identity", carried))),
        num_scan_inputs=1,
    )
    return all_carried
