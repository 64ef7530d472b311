"""Activations in place, with derivatives expressed through their own output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from skrnn.types import FloatArray


@dataclass(frozen=True)
class Activation:
    """
    A function y = f(z) and its derivative, written in terms of y.

    ``forward(z, out)`` writes f(z); ``backward(y, d_y, out)`` writes d_z = d_y f'(z), where `out`
    may be neither `y` nor `d_y`.
    """

    forward: Callable[[FloatArray, FloatArray], object]
    backward: Callable[[FloatArray, FloatArray, FloatArray], object]


def _tanh_backward(y: FloatArray, d_y: FloatArray, out: FloatArray) -> None:
    """Write d_z = d_y (1 - y^2)."""
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)
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
    z *= 0.5
    np.tanh(z, out=z)
    z *= 0.5
    z += 0.5
