"""States, and what a pass over a batch leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from skrnn.types import FloatArray, IntArray

State: TypeAlias = tuple[FloatArray, ...]
"""One (H, B) array for each of a cell's states."""

NetworkState: TypeAlias = tuple[State, ...]
"""The state of each layer, from the input upwards."""


StepHook: TypeAlias = Callable[[FloatArray], object]
"""What is done, in place, to dLoss/dh of shape (H, B) before it goes back through a step."""


@dataclass(frozen=True)
class Trace:
    """
    What a forward pass leaves for the backward pass.

    Parameters
    ----------
    x : array of shape (T, D, B)
        Inputs.
    gates : array of shape (T, G * H, B)
        Gates, as the cell left them.
    states : tuple of arrays of shape (T + 1, H, B)
        States before the first step and after each; ``states[0]`` are the hidden ones.
    tape : tuple of arrays of shape (T, H, B)
        What else the cell keeps.
    """

    x: FloatArray
    gates: FloatArray
    states: tuple[FloatArray, ...]
    tape: tuple[FloatArray, ...]


@dataclass(frozen=True)
class ForwardPass:
    """
    Scores of a batch, and what the backward pass needs.

    Parameters
    ----------
    scores : array of shape (K, B)
        The network's output.
    last : array of shape (H, B)
        What the readout read: the top layer's state after each sequence's last step.
    lengths : array of shape (B,)
        Steps of each sequence.
    traces : tuple of Trace
        What happened in each layer. They live in the workspace, until its next use.
    """

    scores: FloatArray
    last: FloatArray
    lengths: IntArray
    traces: tuple[Trace, ...]


@dataclass(frozen=True)
class BackwardPass:
    """
    Gradients of what a network is given, as opposed to those of its parameters.

    Parameters
    ----------
    d_state : NetworkState
        Gradients of the initial states.
    d_gates : array of shape (T, G * H, B)
        Gradients of the lowest layer's pre-activations; `Recurrence.backward_inputs` turns them
        into those of the inputs.
    """

    d_state: NetworkState
    d_gates: FloatArray
