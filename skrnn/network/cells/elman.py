"""The Elman cell, also called the simple or vanilla recurrent network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from skrnn.network.activations import ACTIVATIONS
from skrnn.network.cells.cell import Cell
from skrnn.network.compiled import elman
from skrnn.network.compiled.rule import Rule
from skrnn.network.initializers import INITIALIZERS, Initializer
from skrnn.rules import among, setting
from skrnn.spec import choice
from skrnn.types import FloatArray


@dataclass
class Elman(Cell):
    """
    The state is a squashed sum of the input and of the state before it.

    ::

        (1)  a  = W x + U h + b
        (2)  h' = f(a)

    One gate, ``a``. There is no tape: both derivatives of `f` follow from ``h'``.

    Parameters
    ----------
    activation : {"tanh", "relu"}, default="tanh"
        The function f. With "relu", ``recurrent_init="identity"`` is the usual companion.
    recurrent_init : {"orthogonal", "glorot", "identity", "uniform"} or Initializer, \
default="orthogonal"
        Rule for the initial U. An orthogonal one keeps gradients alive the longest under tanh.

    References
    ----------
    J. L. Elman, "Finding structure in time", Cognitive Science 14, 1990.

    Examples
    --------
    >>> from skrnn import Elman, RNNSequenceClassifier
    >>> RNNSequenceClassifier(cell=Elman(activation="relu", recurrent_init="identity"))
    RNNSequenceClassifier(cell=Elman(activation='relu', recurrent_init='identity'))
    """

    gates: ClassVar[tuple[str, ...]] = ("a",)

    activation: str = setting("tanh", among(ACTIVATIONS))
    recurrent_init: str | Initializer = choice("orthogonal", INITIALIZERS, Initializer)

    def forward(
        self,
        gates: FloatArray,
        recurrent: FloatArray,
        previous: Sequence[FloatArray],
        new: Sequence[FloatArray],
        tape: Sequence[FloatArray],
    ) -> None:
        (h_new,) = new
        ACTIVATIONS[self.activation].forward(gates, h_new)  # (2), what arrives being (1)

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
        (h_new,), (d_h_new,) = new, d_new
        ACTIVATIONS[self.activation].backward(h_new, d_h_new, d_gates)  # (2), (1)

    def rule(self) -> Rule:
        return elman.RULES[self.activation]
