"""Layers on top of each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.layer import Layer
from skrnn.network.parameters import Parameters
from skrnn.network.trace import LayerState, LayerTrace, NetworkState, StepHook
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Stack:
    """
    Layers, each of which reads what the one below puts out.

    Parameters
    ----------
    cell : Cell
        The cell of every layer.
    n_inputs : int
        D.
    layer_sizes : tuple of int
        H of each layer, from the input upwards.
    bidirectional : bool
        Whether every layer reads in both directions.
    """

    cell: Cell
    n_inputs: int
    layer_sizes: tuple[int, ...]
    bidirectional: bool

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input upwards."""
        layers: list[Layer] = []
        width = self.n_inputs
        for i, n_units in enumerate(self.layer_sizes):
            layers.append(Layer(f"layer_{i}", self.cell, width, n_units, self.bidirectional))
            width = layers[-1].n_outputs
        return tuple(layers)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return {name: shape for layer in self.layers for name, shape in layer.shapes.items()}

    def initial_state(
        self, n_sequences: int, dtype: np.dtype[np.floating]
    ) -> tuple[LayerState, ...]:
        """
        Return the states of all layers before the first step: zero.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.

        Returns
        -------
        tuple of LayerState
            The states.
        """
        return tuple(layer.initial_state(n_sequences, dtype) for layer in self.layers)

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> tuple[LayerTrace, ...]:
        """
        Run all layers over a batch.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        x : array of shape (T, D, B)
            Inputs.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        state : NetworkState
            State before the first step.
        workspace : Workspace
            Holds the traces until the next call.
        keep : bool, default=True
            Whether to keep what `backward` needs.

        Returns
        -------
        tuple of LayerTrace
            What happened in each layer.
        """
        traces: list[LayerTrace] = []
        for i, layer in enumerate(self.layers):
            if i > 0:
                mask = state.mask(i - 1)
                x = self.layers[i - 1].outputs(traces[-1], lengths, mask, workspace)
            initial = state.layers[i]
            traces.append(layer.forward(parameters, x, lengths, initial, workspace, keep=keep))
        return tuple(traces)

    def backward(
        self,
        parameters: Parameters,
        traces: tuple[LayerTrace, ...],
        lengths: IntArray,
        state: NetworkState,
        d_hidden: tuple[FloatArray, ...],
        d_last: tuple[LayerState, ...],
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
    ) -> tuple[LayerState, ...]:
        """
        Propagate the gradient back through all steps and layers.

        Parameters
        ----------
        parameters : Parameters
            The network's, unchanged since `forward`.
        traces : tuple of LayerTrace
            What `forward` returned.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        state : NetworkState
            State before the first step, for its masks.
        d_hidden : tuple of arrays of shape (T, H, B)
            For each direction of the top layer, gradients of its hidden states as far as they pass
            through no other state.
        d_last : tuple of LayerState
            Gradients of the states after the last step, as far as they pass through later ones.
        gradients : Parameters
            Added to.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to every recurrence's dLoss/dh at every step, from the last to the first.
        d_x : array of shape (T, D, B), optional
            Where to write the gradients of the inputs.

        Returns
        -------
        tuple of LayerState
            Gradients of the states before the first step.
        """
        d_initial: list[LayerState] = []
        for i in reversed(range(len(self.layers))):
            layer, d_read = self.layers[i], d_x
            if i > 0:
                shape = len(d_hidden[0]), layer.n_inputs, len(lengths)
                d_read = d_outputs = workspace.empty(f"{layer.name}.d_read", shape)
            d_first = layer.backward(
                parameters,
                traces[i],
                lengths,
                d_hidden,
                d_last[i],
                gradients,
                workspace,
                at_step,
                d_read,
            )
            d_initial.insert(0, d_first)
            if i > 0:
                mask = state.mask(i - 1)
                d_hidden = self.layers[i - 1].backward_outputs(d_outputs, lengths, mask)
        return tuple(d_initial)
