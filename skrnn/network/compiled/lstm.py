"""The long short-term memory; `skrnn.network.cells.lstm.LSTM` numbers the equations."""

from __future__ import annotations

from typing import Any

from skrnn.network.compiled.functions import logistic, logistic_slope, tanh, tanh_slope
from skrnn.network.compiled.rule import Rule


def forward(gates: Any, recurrent: Any, previous: Any, new: Any, tape: Any) -> None:
    """Take one step."""
    (_, c), (h_new, c_new), (m,) = previous, new, tape
    n = len(c)
    i, o, f, g = gates[:n], gates[n : 2 * n], gates[2 * n : 3 * n], gates[3 * n :]
    for j in range(3 * n):
        gates[j] = logistic(gates[j])  # (1)
    for j in range(n):
        g[j] = tanh(g[j])  # (2)
    for j in range(n):
        c_new[j] = f[j] * c[j] + i[j] * g[j]  # (3)
    for j in range(n):
        m[j] = tanh(c_new[j])  # (4)
    for j in range(n):
        h_new[j] = o[j] * m[j]  # (5)


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
    (_, c), (m,), (d_h_new, d_c_new), (_, d_c) = previous, tape, d_new, d_previous
    n = len(c)
    i, o, f, g = gates[:n], gates[n : 2 * n], gates[2 * n : 3 * n], gates[3 * n :]
    d_i, d_o, d_f, d_g = d_gates[:n], d_gates[n : 2 * n], d_gates[2 * n : 3 * n], d_gates[3 * n :]
    for j in range(n):
        d_o[j] = d_h_new[j] * m[j] * logistic_slope(o[j])  # (5), (1)
        d_c_new[j] += d_h_new[j] * o[j] * tanh_slope(m[j])  # (5), (4)
    for j in range(n):
        d_f[j] = d_c_new[j] * c[j] * logistic_slope(f[j])  # (3), (1)
        d_c[j] += d_c_new[j] * f[j]
    for j in range(n):
        d_i[j] = d_c_new[j] * g[j] * logistic_slope(i[j])  # (3), (1)
        d_g[j] = d_c_new[j] * i[j] * tanh_slope(g[j])  # (3), (2)


RULE = Rule(forward, backward)
