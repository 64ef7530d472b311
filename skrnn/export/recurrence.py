"""Recurrent layers as ONNX's own operators, whose order of gates is that of the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skrnn.export.graph import Graph
from skrnn.export.steps import Steps
from skrnn.network.cells import GRU, LSTM, Cell, Elman
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.recurrence import Recurrence

OPERATORS: dict[type[Cell], str] = {Elman: "RNN", GRU: "GRU", LSTM: "LSTM"}
"""By cell; of what is derived from one, the equations may be others."""


def add_layers(graph: Graph, network: Network, parameters: Parameters, steps: Steps) -> list[str]:
    """
    Run all layers over a batch, and return the states of the top one in each direction.

    They are of shape (T, B, H), in the order in which each direction reads; those of padding, which
    comes last in both, are anything.
    """
    if type(network.cell) not in OPERATORS:
        names = ", ".join(cell.__name__ for cell in OPERATORS)
        raise ValueError(
            f"ONNX has no operator for the cell {network.cell!r}: of {names} only, not of classes "
            f"of your own, the equations are known."
        )
    x, hidden = steps.x, list[str]()
    for layer in network.layers:
        x = join_steps(graph, hidden, steps) if hidden else x
        turned = [steps.reverse(graph, x)] if layer.bidirectional else []
        hidden = [
            _add_direction(graph, direction, parameters, reading)
            for direction, reading in zip(layer.directions, [x, *turned], strict=True)
        ]
    return hidden


def join_steps(graph: Graph, hidden: Sequence[str], steps: Steps) -> str:
    """Join what all directions, (T, B, H) each in its own order, say of a step; of padding, 0."""
    onwards, *backwards = hidden
    turned = [steps.reverse(graph, states) for states in backwards]
    return steps.pad(graph, join(graph, [onwards, *turned]), 0.0)


def join(graph: Graph, parts: Sequence[str]) -> str:
    """Join the units of all directions, (..., H) each, to (..., n_directions * H)."""
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=-1)


def _add_direction(graph: Graph, direction: Recurrence, parameters: Parameters, x: str) -> str:
    """
    Add the node of one direction, which reads x (T, B, D) as it stands, and return (T, B, H).

    It is given no lengths, which not every runtime heeds: padding comes last, and what the states
    become there, which may be infinite, says nothing. All its outputs are named, though only the
    first is read: a converter may look at each.
    """
    attributes: dict[str, Any] = {}
    if isinstance(direction.cell, Elman):
        attributes["activations"] = [direction.cell.activation.capitalize()]
        # It has none of these, but a runtime may read them before it knows.
        attributes["activation_alpha"] = attributes["activation_beta"] = [0.0]
    elif isinstance(direction.cell, GRU):
        attributes["linear_before_reset"] = 1
    W, U, b = (
        parameters[f"{direction.name}.{kind}"]
        for kind in ("input_weights", "recurrent_weights", "bias")
    )
    c = np.zeros_like(b)
    if direction.cell.separate_recurrent:
        c = parameters[f"{direction.name}.recurrent_bias"]
    hidden, *_ = graph.add_several(
        OPERATORS[type(direction.cell)],
        1 + len(direction.cell.states),
        x,
        graph.constant(W[None], f"{direction.name}.input_weights"),
        graph.constant(U[None], f"{direction.name}.recurrent_weights"),
        graph.constant(np.concatenate([b, c])[None], f"{direction.name}.biases"),
        hidden_size=direction.n_units,
        **attributes,
    )
    return graph.add("Squeeze", hidden, np.array([1]))
