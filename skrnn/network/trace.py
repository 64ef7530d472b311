"""States, and what a pass over a batch leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from skrnn.types import FloatArray, IntArray

State: TypeAlias = tuple[FloatArray, ...]
"""One (H, B) array for each of a cell's states."""

LayerState: TypeAlias = tuple[State, ...]
"""The state of each direction of a layer, the one that reads onwards first."""

StepHook: TypeAlias = Callable[[FloatArray], object]
"""What is done, in place, to dLoss/dh of shape (H, B) before it goes back through a step."""


@dataclass(frozen=True)
class NetworkState:
    """
    All that belongs to the sequences of a batch and goes with them from window to window.

    Parameters
    ----------
    layers : tuple of LayerState
        States of the layers, from the input upwards.
    pooled : tuple of arrays of shape (H, B)
        For each direction of the top layer, what the readout has made of its states so far.
    n_steps : array of int of shape (B,)
        Steps taken so far.
    masks : tuple of arrays of shape (outputs of the layer, B)
        Dropout: what the outputs of each layer are multiplied with, at every step the same. Empty
        for none.
    """

    layers: tuple[LayerState, ...]
    pooled: tuple[FloatArray, ...]
    n_steps: IntArray
    masks: tuple[FloatArray, ...] = ()

    def take(self, columns: IntArray) -> NetworkState:
        """
        Return the state of some of the sequences.

        Parameters
        ----------
        columns : array of int
            Which.

        Returns
        -------
        NetworkState
            A copy.
        """
        return self._map(lambda array: array[..., columns])

    def put(self, columns: IntArray, part: NetworkState) -> NetworkState:
        """
        Return the state with that of some of the sequences replaced.

        Parameters
        ----------
        columns : array of int
            Which.
        part : NetworkState
            Their state.

        Returns
        -------
        NetworkState
            A copy.
        """

        def replaced(array: Any, by: Any) -> Any:
            array = array.copy()
            array[..., columns] = by
            return array

        return self._map(replaced, part)

    def _map(self, function: Callable[..., Any], *others: NetworkState) -> NetworkState:
        """Apply a function to each array, along with those at the same place in other states."""
        states = (self, *others)
        layers = tuple(
            tuple(tuple(map(function, *direction)) for direction in zip(*layer, strict=True))
            for layer in zip(*(state.layers for state in states), strict=True)
        )
        pooled = tuple(map(function, *(state.pooled for state in states)))
        masks = tuple(map(function, *(state.masks for state in states)))
        n_steps = function(*(state.n_steps for state in states))
        return NetworkState(layers, pooled, n_steps, masks)


@dataclass(frozen=True)
class Trace:
    """
    What a forward pass in one direction leaves for the backward pass, in the order of reading.

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


LayerTrace: TypeAlias = tuple[Trace, ...]
"""The trace of each direction of a layer."""


@dataclass(frozen=True)
class ForwardPass:
    """
    Scores of a batch, and what the backward pass needs.

    All but the scores live in the workspace, until its next use.

    Parameters
    ----------
    scores : array of shape (S, K, B)
        The network's output: S is 1 for the scores at each sequence's end, T for those at every
        step.
    features : array of shape (S, F, B)
        What the linear map of the readout was applied to.
    pooled : tuple of arrays of shape (T + 1, H, B)
        For each direction of the top layer, what the readout makes of its states up to each step.
    lengths : array of int of shape (B,)
        Steps of each sequence.
    traces : tuple of LayerTrace
        What happened in each layer.
    state : NetworkState
        The state before the first step.
    """

    scores: FloatArray
    features: FloatArray
    pooled: tuple[FloatArray, ...]
    lengths: IntArray
    traces: tuple[LayerTrace, ...]
    state: NetworkState


@dataclass(frozen=True)
class BackwardPass:
    """
    Gradients of what a network is given, as opposed to those of its parameters.

    Parameters
    ----------
    d_layers : tuple of LayerState
        Gradients of the layers' initial states.
    d_gates : tuple of arrays of shape (T, G * H, B)
        Gradients of the lowest layer's pre-activations in each direction; `Layer.backward_inputs`
        turns them into those of the inputs.
    """

    d_layers: tuple[LayerState, ...]
    d_gates: tuple[FloatArray, ...]
