"""The Elman cell; `skrnn.network.cells.elman.Elman` numbers the equations."""

from __future__ import annotations

from typing import Any

from skrnn.network.compiled.functions import relu, relu_slope, tanh, tanh_slope
from skrnn.network.compiled.rule import Rule


def forward_tanh(gates: Any, recurrent: Any, previous: Any, new: Any, tape: Any) -> None:
    """Take one step."""
    (h_new,) = new
    for j in range(len(h_new)):
        h_new[j] = tanh(gates[j])  # (2), what arrives being (1)


def backward_tanh(
    gates: Any,
    previous: Any,
    new: Any,
    tape: Any,
    d_new: Any,
    d_previous: Any,
    d_gates: Any,
    d_recurrent: Any,
) -> None:
    """Undo one step."""
    (h_new,), (d_h_new,) = new, d_new
    for j in range(len(h_new)):
        d_gates[j] = d_h_new[j] * tanh_slope(h_new[j])  # (2), (1)


def forward_relu(gates: Any, recurrent: Any, previous: Any, new: Any, tape: Any) -> None:
    """Take one step."""
    (h_new,) = new
    for j in range(len(h_new)):
        h_new[j] = relu(gates[j])  # (2), what arrives being (1)


def backward_relu(
    gates: Any,
    previous: Any,
    new: Any,
    tape: Any,
    d_new: Any,
    d_previous: Any,
    d_gates: Any,
    d_recurrent: Any,
) -> None:
    """Undo one step."""
    (h_new,), (d_h_new,) = new, d_new
    for j in range(len(h_new)):
        d_gates[j] = d_h_new[j] * relu_slope(h_new[j])  # (2), (1)


RULES = {
    "tanh": Rule(forward_tanh, backward_tanh),
    "relu": Rule(forward_relu, backward_relu),
}
"""By activation."""
