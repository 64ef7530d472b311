"""The gated recurrent unit; `skrnn.network.cells.gru.GRU` numbers the equations."""

from __future__ import annotations

from typing import Any

from skrnn.network.compiled.functions import logistic, logistic_slope, tanh, tanh_slope
from skrnn.network.compiled.rule import Rule


def forward(gates: Any, recurrent: Any, previous: Any, new: Any, tape: Any) -> None:
    """Take one step."""
    (h,), (h_new,), (u,) = previous, new, tape
    k = len(h)
    z, r, n = gates[:k], gates[k : 2 * k], gates[2 * k :]
    u_n = recurrent[2 * k :]
    for j in range(2 * k):
        gates[j] = logistic(gates[j] + recurrent[j])  # (1), (2)
    for j in range(k):
        u[j] = u_n[j]  # (1)
    for j in range(k):
        n[j] = tanh(n[j] + r[j] * u[j])  # (3)
    for j in range(k):
        h_new[j] = n[j] + z[j] * (h[j] - n[j])  # (4)


def backward(
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
    (h,), (u,), (d_h_new,), (d_h,) = previous, tape, d_new, d_previous
    k = len(h)
    z, r, n = gates[:k], gates[k : 2 * k], gates[2 * k :]
    d_z, d_r, d_n = d_gates[:k], d_gates[k : 2 * k], d_gates[2 * k :]
    d_u = d_recurrent[2 * k :]
    for j in range(k):
        d_z[j] = d_h_new[j] * (h[j] - n[j]) * logistic_slope(z[j])  # (4), (2)
        d_h[j] += d_h_new[j] * z[j]
        d_n[j] = (d_h_new[j] - d_h_new[j] * z[j]) * tanh_slope(n[j])  # (4), (3)
    for j in range(k):
        d_r[j] = d_n[j] * u[j] * logistic_slope(r[j])  # (3), (2)
        d_u[j] = d_n[j] * r[j]
    for j in range(2 * k):
        d_recurrent[j] = d_gates[j]  # (1)


RULE = Rule(forward, backward)
