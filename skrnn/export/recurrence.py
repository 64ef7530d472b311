"""Recurrent layers as ONNX's own operators, whose order of gates is that of the cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.export.graph import Graph
from skrnn.export.steps import Steps
from skrnn.network.cells import GRU, LSTM, Cell, Elman
from skrnn.network.layer import Layer
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters

OPERATORS: dict[type[Cell], str] = {Elman: "RNN", GRU: "GRU", LSTM: "LSTM"}
"""By cell; of what is derived from one, the equations may be others."""


def add_layers(
    graph: Graph, network: Network, parameters: Parameters, steps: Steps
) -> tuple[str, str]:
    """
    Run all layers over a batch, and return the states of the top one.

    First those after each step, of shape (T, n_directions, B, H), for both directions at the same
    step of x; then those after the last step of each direction, of shape (n_directions, B, H).
    """
    if type(network.cell) not in OPERATORS:
        names = ", ".join(cell.__name__ for cell in OPERATORS)
        raise ValueError(
            f"ONNX has no operator for the cell {network.cell!r}: of {names} only, not of classes "
            f"of your own, the equations are known."
        )
    lengths = () if steps.there is None else (graph.add("Cast", steps.lengths, to=np.int32),)
    x = steps.x
    for layer in network.layers[:-1]:
        hidden, _ = _add_layer(graph, layer, parameters, x, lengths)
        x = side_by_side(graph, hidden, layer.n_outputs)
    return _add_layer(graph, network.layers[-1], parameters, x, lengths)


def side_by_side(graph: Graph, hidden: str, width: int) -> str:
    """Join the states of both directions: (T, n_directions, B, H) to (T, B, n_directions * H)."""
    by_sequence = graph.add("Transpose", hidden, perm=[0, 2, 1, 3])
    return graph.add("Reshape", by_sequence, np.array([0, 0, width]))


def _add_layer(
    graph: Graph, layer: Layer, parameters: Parameters, x: str, lengths: tuple[str, ...]
) -> tuple[str, str]:
    """Add the node of one layer."""
    attributes: dict[str, Any] = {}
    if isinstance(layer.cell, Elman):
        attributes["activations"] = [layer.cell.activation.capitalize()] * len(layer.directions)
    elif isinstance(layer.cell, GRU):
        attributes["linear_before_reset"] = 1
    names = [direction.name for direction in layer.directions]
    W, U, b = (
        np.stack([parameters[f"{name}.{kind}"] for name in names])
        for kind in ("input_weights", "recurrent_weights", "bias")
    )
    c = np.zeros_like(b)
    if layer.cell.separate_recurrent:
        c = np.stack([parameters[f"{name}.recurrent_bias"] for name in names])
    hidden, last = graph.add_several(
        OPERATORS[type(layer.cell)],
        2,
        x,
        graph.constant(W, f"{layer.name}.input_weights"),
        graph.constant(U, f"{layer.name}.recurrent_weights"),
        graph.constant(np.concatenate([b, c], axis=1), f"{layer.name}.biases"),
        *lengths,
        hidden_size=layer.n_units,
        direction="bidirectional" if layer.bidirectional else "forward",
        **attributes,
    )
    return hidden, last
