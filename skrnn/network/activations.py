"""Activations in place, with derivatives expressed through their own output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skrnn.types import FloatArray

# An array of one number, in the precision of the other, is quicker to multiply with than a float.
_HALF, _ONE = ({char: np.array(number, char) for char in "fd"} for number in (0.5, 1))


@dataclass(frozen=True)
class Activation:
    """
    A function y = f(z) and its derivative, written in terms of y.

    ``forward(z, out)`` writes f(z); ``backward(y, d_y, out)`` writes d_z = d_y f'(z), where `out`
    may be neither `y` nor `d_y`.
    """

    forward: Callable[[FloatArray, FloatArray], object]
    backward: Callable[[FloatArray, FloatArray, FloatArray], object]


def tanh_slope(y: FloatArray, out: FloatArray) -> None:
    """Write the derivative 1 - y^2 of y = tanh(z)."""
    np.multiply(y, y, out=out)
    np.subtract(_ONE[y.dtype.char], out, out=out)


def _tanh_backward(y: FloatArray, d_y: FloatArray, out: FloatArray) -> None:
    """Write d_z = d_y (1 - y^2)."""
    tanh_slope(y, out)
    out *= d_y


def _relu(z: FloatArray, out: FloatArray) -> None:
    """Write y = max(z, 0)."""
    np.maximum(z, 0, out=out)


def _relu_backward(y: FloatArray, d_y: FloatArray, out: FloatArray) -> None:
    """Write d_z = d_y [y > 0]."""
    np.sign(y, out=out)  # of y >= 0 this is [y > 0], with no bool to be cast in a buffer
    out *= d_y


ACTIVATIONS = {
    "tanh": Activation(np.tanh, _tanh_backward),
    "relu": Activation(_relu, _relu_backward),
}


def logistic(z: FloatArray) -> None:
    """Turn z into 1 / (1 + exp(-z)), in place: as a tanh, which cannot overflow and is quicker."""
    half = _HALF[z.dtype.char]
    z *= half
    np.tanh(z, out=z)
    z *= half
    z += half


def logistic_slope(y: FloatArray, out: FloatArray) -> None:
    """Write the derivative y (1 - y) of y = logistic(z)."""
    np.subtract(_ONE[y.dtype.char], y, out=out)
    out *= y
