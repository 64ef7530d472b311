"""The long short-term memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skrnn.network.activations import logistic, logistic_slope, tanh_slope
from skrnn.network.cells.cell import Cell
from skrnn.network.compiled import lstm
from skrnn.network.compiled.rule import Rule
from skrnn.network.initializers import BIAS, INITIALIZERS, Chrono, Initializer, Orthogonal
from skrnn.rules import instance, setting
from skrnn.spec import choice
from skrnn.types import FloatArray


@dataclass
class LSTM(Cell):
    """
    A memory beside the state, written, kept and read through gates.

    ::

        (1)  i, o, f = logistic(W x + U h + b)
        (2)  g       = tanh(W x + U h + b)
        (3)  c'      = f c + i g
        (4)  m       = tanh(c')
        (5)  h'      = o m

    The gates stand in ONNX's order, input, output, forget and candidate, so that the three logistic
    ones are one block and an export is a copy. The tape keeps ``m``.

    Parameters
    ----------
    forget_bias : float or Chrono, default=1.0
        Initial bias of the forget gate, within +-1e6. At 1, a step keeps 0.73 of the memory at
        first instead of half, which lets gradients reach further back (Jozefowicz et al. 2015).
        `Chrono` spreads it for a known span of time, and gives the input gate the negative.
    recurrent_init : {"orthogonal", "glorot", "identity", "uniform"} or Initializer, \
default=Orthogonal(gain=0.5)
        Rule for each gate's block of the initial U. At this gain the four blocks together keep the
        length of a vector.

    References
    ----------
    S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.
    F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to forget: continual prediction with LSTM",
    Neural Computation 12, 2000.
    R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent network
    architectures", ICML 2015.

    Examples
    --------
    >>> from skrnn import LSTM, RNNSequenceClassifier
    >>> model = RNNSequenceClassifier(cell=LSTM(forget_bias=2.0))
    >>> model.cell
    LSTM(forget_bias=2.0, recurrent_init=Orthogonal(gain=0.5))
    """

    gates: ClassVar[tuple[str, ...]] = ("input", "output", "forget", "candidate")
    states: ClassVar[tuple[str, ...]] = ("hidden", "memory")
    tape: ClassVar[tuple[str, ...]] = ("tanh_memory",)

    forget_bias: float | Chrono = setting(1.0, BIAS, instance(Chrono))
    recurrent_init: str | Initializer = choice(Orthogonal(gain=0.5), INITIALIZERS, Initializer)

    def forward(
        self,
        gates: FloatArray,
        recurrent: FloatArray,
        previous: Sequence[FloatArray],
        new: Sequence[FloatArray],
        tape: Sequence[FloatArray],
    ) -> None:
        (_, c), (h_new, c_new), (m,) = previous, new, tape
        iof, (i, o, f, g) = gates[: 3 * len(c)], gates.reshape(4, *c.shape)
        logistic(iof)  # (1)
        np.tanh(g, out=g)  # (2)
        np.multiply(f, c, out=c_new)  # (3)
        np.multiply(i, g, out=m)
        c_new += m
        np.tanh(c_new, out=m)  # (4)
        np.multiply(o, m, out=h_new)  # (5)

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
        (_, c), (m,), (d_h_new, d_c_new), (_, d_c) = previous, tape, d_new, d_previous
        iof, (i, o, f, g) = gates[: 3 * len(c)], gates.reshape(4, *c.shape)
        d_iof, (d_i, d_o, d_f, d_g) = d_gates[: 3 * len(c)], d_gates.reshape(4, *c.shape)
        slope, slopes = scratch[: len(c)], scratch[: 3 * len(c)]

        np.multiply(d_h_new, m, out=d_o)  # (5)
        tanh_slope(m, slope)  # (4)
        slope *= o
        slope *= d_h_new
        d_c_new += slope
        np.multiply(d_c_new, c, out=d_f)  # (3)
        np.multiply(d_c_new, g, out=d_i)
        np.multiply(d_c_new, i, out=d_g)
        d_c_new *= f
        d_c += d_c_new
        tanh_slope(g, slope)  # (2)
        d_g *= slope
        logistic_slope(iof, slopes)  # (1)
        d_iof *= slopes

    def rule(self) -> Rule:
        return lstm.RULE

    def initial_bias(self, n_units: int, generator: np.random.Generator) -> FloatArray:
        bias = super().initial_bias(n_units, generator)
        i, _, f, _ = np.split(bias, 4)
        if isinstance(self.forget_bias, Chrono):
            f[...] = self.forget_bias.draw(n_units, generator)
            i[...] = -f
        else:
            f[...] = self.forget_bias
        return bias
