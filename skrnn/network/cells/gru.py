"""The gated recurrent unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.network.activations import logistic, logistic_slope, tanh_slope
from skrnn.network.cells.cell import Cell
from skrnn.network.compiled import gru
from skrnn.network.compiled.rule import Rule
from skrnn.network.initializers import BIAS, INITIALIZERS, Chrono, Initializer, Orthogonal
from skrnn.rules import instance, setting
from skrnn.spec import choice
from skrnn.types import FloatArray


@dataclass
class GRU(Cell):
    """
    A state that is a running mixture of itself and of a candidate.

    ::

        (1)  u    = U h + c
        (2)  z, r = logistic(W x + b + u)
        (3)  n    = tanh(W x + b + r u)
        (4)  h'   = n + z (h - n)

    The reset gate r multiplies after the product with U, as in cuDNN, PyTorch and ONNX
    (``linear_before_reset=1``): U h is then one product for all gates. This is what sets
    ``U h + c`` apart from ``W x + b``. The gates stand in ONNX's order, update, reset and
    candidate. The tape keeps the candidate's part of ``u``.

    Parameters
    ----------
    update_bias : float or Chrono, default=0.0
        Initial bias of the update gate, within +-1e6: the larger, the longer a state is kept.
        `Chrono` spreads it for a known span of time.
    recurrent_init : {"orthogonal", "glorot", "identity", "uniform"} or Initializer, \
default=Orthogonal(gain=0.7)
        Rule for each gate's block of the initial U. The gain is the one that did best on the data
        sets of ``benchmarks/archive.py``; 0.5 and 1 are close.

    References
    ----------
    K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
    machine translation", EMNLP 2014.

    Examples
    --------
    >>> from skrnn import GRU, RNNSequenceClassifier
    >>> model = RNNSequenceClassifier(cell=GRU(update_bias=1.0))
    >>> model.cell
    GRU(update_bias=1.0, recurrent_init=Orthogonal(gain=0.7))
    """

    gates: ClassVar[tuple[str, ...]] = ("update", "reset", "candidate")
    tape: ClassVar[tuple[str, ...]] = ("candidate_recurrent",)
    separate_recurrent: ClassVar[bool] = True

    update_bias: float | Chrono = setting(0.0, BIAS, instance(Chrono))
    recurrent_init: str | Initializer = choice(Orthogonal(gain=0.7), INITIALIZERS, Initializer)

    def forward(
        self,
        gates: FloatArray,
        recurrent: FloatArray,
        previous: Sequence[FloatArray],
        new: Sequence[FloatArray],
        tape: Sequence[FloatArray],
    ) -> None:
        (h,), (h_new,), (u,) = previous, new, tape
        zr, (z, r, n) = gates[: 2 * len(h)], gates.reshape(3, *h.shape)
        u[...] = recurrent[2 * len(h) :]  # (1)
        zr += recurrent[: 2 * len(h)]
        logistic(zr)  # (2)
        np.multiply(r, u, out=h_new)  # (3)
        n += h_new
        np.tanh(n, out=n)
        np.subtract(h, n, out=h_new)  # (4)
        h_new *= z
        h_new += n

    def backward(
        self,
        gates: FloatArray,
        previous: Sequence[FloatArray],
        new: Sequence[FloatArray],
        tape: Sequence[FloatArray],
        d_new: Sequence[FloatArray],
        d_previous: Sequence[FloatArray],
        d_gates: FloatArray,
        d_recurrent: FloatArray,
        scratch: FloatArray,
    ) -> None:
        (h,), (u,), (d_h_new,), (d_h,) = previous, tape, d_new, d_previous
        zr, (z, r, n) = gates[: 2 * len(h)], gates.reshape(3, *h.shape)
        d_zr, (d_z, d_r, d_n) = d_gates[: 2 * len(h)], d_gates.reshape(3, *h.shape)
        d_u_zr, d_u = d_recurrent[: 2 * len(h)], d_recurrent[2 * len(h) :]
        slope, slopes = scratch[: len(h)], scratch[: 2 * len(h)]

        np.subtract(h, n, out=d_z)  # (4)
        d_z *= d_h_new
        np.multiply(d_h_new, z, out=slope)
        d_h += slope
        np.subtract(d_h_new, slope, out=d_n)
        tanh_slope(n, slope)  # (3)
        d_n *= slope
        np.multiply(d_n, u, out=d_r)
        np.multiply(d_n, r, out=d_u)
        logistic_slope(zr, slopes)  # (2)
        d_zr *= slopes
        d_u_zr[...] = d_zr  # (1)

    def rule(self) -> Rule:
        return gru.RULE

    def initial_bias(self, n_units: int, generator: np.random.Generator) -> FloatArray:
        bias = super().initial_bias(n_units, generator)
        z, _, _ = np.split(bias, 3)
        if isinstance(self.update_bias, Chrono):
            z[...] = self.update_bias.draw(n_units, generator)
        else:
            z[...] = self.update_bias
        return bias
