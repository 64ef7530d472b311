"""What a cell is: a pointwise rule for one time step, and the same rule backwards."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from skrnn.network.compiled.rule import Rule
from skrnn.network.initializers import Initializer
from skrnn.spec import Spec
from skrnn.types import FloatArray


class Cell(Spec, ABC):
    """
    The pointwise part of a recurrent layer.

    Matrix products, time loops and memory belong to `skrnn.network.recurrence.Recurrence`; a cell
    says what happens to the pre-activations of one step. It holds settings and no arrays, and it
    allocates nothing: every result goes into an array that it is given.

    A concrete cell is a dataclass, and among its fields is ``recurrent_init``, the rule for each
    gate's recurrent weights. Every array that it is given is contiguous.

    Attributes
    ----------
    gates : tuple of str
        Names of the row blocks of the pre-activation, H rows each, in ONNX's order.
    states : tuple of str
        Names of the arrays carried from step to step. The first is the output of the layer.
    tape : tuple of str
        Names of further (H, B) arrays that `forward` leaves for `backward` at each step.
    separate_recurrent : bool
        Whether the cell does more with ``U h`` than to add it to ``W x + b``, so that their
        gradients differ. Such a cell gets ``U h + c``, with a bias of its own, in the array
        `recurrent`, and writes to `d_recurrent`. For any other cell these two are `gates` and
        `d_gates`, and there is nothing to add or to write.
    """

    gates: ClassVar[tuple[str, ...]]
    states: ClassVar[tuple[str, ...]] = ("hidden",)
    tape: ClassVar[tuple[str, ...]] = ()
    separate_recurrent: ClassVar[bool] = False

    recurrent_init: str | Initializer

    @abstractmethod
    def forward(
        self,
        gates: FloatArray,
        recurrent: FloatArray,
        previous: Sequence[FloatArray],
        new: Sequence[FloatArray],
        tape: Sequence[FloatArray],
    ) -> None:
        """
        Take one step.

        Parameters
        ----------
        gates : array of shape (G * H, B)
            Arrives as ``W x + U h + b``, or ``W x + b`` with `separate_recurrent`, and leaves as
            whatever `backward` wants of it, in place.
        recurrent : array of shape (G * H, B)
            ``U h + c`` with `separate_recurrent`, scratch from here on. Else it is `gates`.
        previous : sequence of arrays of shape (H, B)
            The states before the step, in the order of `states`. Read only.
        new : sequence of arrays of shape (H, B)
            The states after it, to be written.
        tape : sequence of arrays of shape (H, B)
            To be written, in the order of `tape`.
        """

    @abstractmethod
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
        """
        Undo one step: from the gradient of the new states to that of the pre-activations.

        Parameters
        ----------
        gates, previous, new, tape : array or sequence of arrays
            What `forward` left.
        d_new : sequence of arrays of shape (H, B)
            Gradients of the states after the step, complete. May be overwritten.
        d_previous : sequence of arrays of shape (H, B)
            Gradients of the states before it. What does not pass through ``U`` is *added* here; the
            part that does is none of the cell's business.
        d_gates : array of shape (G * H, B)
            Gradient of what arrived in `gates`, to be written.
        d_recurrent : array of shape (G * H, B)
            Gradient of `recurrent`, to be written with `separate_recurrent` only.
        scratch : array of shape (G * H, B)
            Free to use.
        """

    def rule(self) -> Rule | None:
        """
        Return what the engine "numba" compiles.

        Returns
        -------
        Rule or None
            `forward` and `backward` once more, number by number; None without one. That of a
            superclass is not taken for a class that has a `forward` or `backward` of its own.
        """
        return None

    def initial_bias(self, n_units: int, generator: np.random.Generator) -> FloatArray:
        """
        Return the bias to start from: zero unless the cell knows better.

        Parameters
        ----------
        n_units : int
            H.
        generator : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        array of shape (G * H,)
            In the order of the gates.
        """
        return np.zeros(len(self.gates) * n_units)
