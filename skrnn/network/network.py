"""The network: a stack of recurrences and a readout, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.parameters import Layout, Parameters
from skrnn.network.readout import Readout
from skrnn.network.recurrence import Recurrence
from skrnn.network.trace import BackwardPass, ForwardPass, NetworkState, StepHook, Trace
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Network:
    """
    A recurrent network of the many-to-one kind, as a specification without arrays.

    Parameters
    ----------
    cell : Cell
        The cell of every layer.
    n_inputs : int
        D.
    layer_sizes : tuple of int
        H of each layer, from the input upwards.
    n_outputs : int
        K.
    """

    cell: Cell
    n_inputs: int
    layer_sizes: tuple[int, ...]
    n_outputs: int

    @cached_property
    def layers(self) -> tuple[Recurrence, ...]:
        """The recurrences, from the input upwards."""
        widths = (self.n_inputs, *self.layer_sizes)
        return tuple(
            Recurrence(f"layer_{i}", self.cell, widths[i], n_units)
            for i, n_units in enumerate(self.layer_sizes)
        )

    @cached_property
    def readout(self) -> Readout:
        """The map from the top layer's last state to scores."""
        return Readout(self.layer_sizes[-1], self.n_outputs)

    @cached_property
    def layout(self) -> Layout:
        """The places of all parameters in one flat vector."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers:
            shapes |= layer.shapes
        return Layout(shapes | self.readout.shapes)

    def initialize(
        self, generator: np.random.Generator, dtype: np.dtype[np.floating]
    ) -> Parameters:
        """
        Draw initial parameters.

        Parameters
        ----------
        generator : numpy.random.Generator
            Source of randomness. Each part gets a stream of its own, so that the width of one layer
            does not change the draws of another.
        dtype : dtype
            Precision; the draws are made in float64 and rounded.

        Returns
        -------
        parameters : Parameters
            The parameters.
        """
        parameters = Parameters.zeros(self.layout, dtype)
        for_readout, *for_layers = generator.spawn(1 + len(self.layers))
        self.readout.initialize(parameters, for_readout)
        for layer, stream in zip(self.layers, for_layers, strict=True):
            layer.initialize(parameters, stream)
        return parameters

    def initial_state(self, n_sequences: int, dtype: np.dtype[np.floating]) -> NetworkState:
        """
        Return the state before the first step of a sequence: zero.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.

        Returns
        -------
        NetworkState
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
    ) -> ForwardPass:
        """
        Score a batch, keeping all that the backward pass needs.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        x : array of shape (T, D, B)
            Inputs, padded after the end.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        state : NetworkState
            States before the first step.
        workspace : Workspace
            Memory.

        Returns
        -------
        ForwardPass
            Scores and traces.
        """
        traces = self._run(parameters, x, lengths, state, workspace)
        last = _at_end(traces[-1].states[0], lengths)
        return ForwardPass(self.readout.forward(parameters, last), last, lengths, traces)

    def advance(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
    ) -> NetworkState:
        """
        Return the states after each sequence's last step, keeping nothing else.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        x : array of shape (T, D, B)
            Inputs, padded after the end.
        lengths : array of int of shape (B,)
            Steps of each sequence; a length of zero leaves its state as it is.
        state : NetworkState
            States before the first step.
        workspace : Workspace
            Memory.

        Returns
        -------
        NetworkState
            New arrays.
        """
        traces = self._run(parameters, x, lengths, state, workspace)
        return tuple(tuple(_at_end(s, lengths) for s in trace.states) for trace in traces)

    def score(self, parameters: Parameters, state: NetworkState) -> FloatArray:
        """
        Read the scores off a state.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        state : NetworkState
            States after the last step.

        Returns
        -------
        array of shape (K, B)
            Scores.
        """
        return self.readout.forward(parameters, state[-1][0])

    def backward(
        self,
        parameters: Parameters,
        forward_pass: ForwardPass,
        d_scores: FloatArray,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
    ) -> BackwardPass:
        """
        Add the gradients of all parameters.

        Parameters
        ----------
        parameters : Parameters
            The parameters, unchanged since `forward`.
        forward_pass : ForwardPass
            What `forward` returned.
        d_scores : array of shape (K, B)
            Gradient of the scores.
        gradients : Parameters
            Added to.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to every layer's dLoss/dh at every step, from the last to the first.

        Returns
        -------
        BackwardPass
            Gradients of the initial states and of the lowest pre-activations.
        """
        d_states = [
            tuple(
                workspace.zeros(f"{layer.name}.d_{name}", state.shape)
                for name, state in zip(layer.cell.states, trace.states, strict=True)
            )
            for layer, trace in zip(self.layers, forward_pass.traces, strict=True)
        ]
        self.readout.backward(
            parameters,
            forward_pass.last,
            forward_pass.lengths,
            d_scores,
            d_states[-1][0],
            gradients,
        )
        for i in reversed(range(len(self.layers))):
            layer, trace = self.layers[i], forward_pass.traces[i]
            d_gates = layer.backward(parameters, trace, d_states[i], gradients, workspace, at_step)
            if i > 0:
                d_below = d_states[i - 1][0][1:]
                d_below += layer.backward_inputs(parameters, d_gates)
        return BackwardPass(tuple(tuple(d[0] for d in layer) for layer in d_states), d_gates)

    def _run(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
    ) -> tuple[Trace, ...]:
        """Run all layers over a batch, each on the hidden states of the one below."""
        traces: list[Trace] = []
        for layer, initial in zip(self.layers, state, strict=True):
            traces.append(layer.forward(parameters, x, lengths, initial, workspace))
            x = traces[-1].states[0][1:]
        return tuple(traces)


def _at_end(states: FloatArray, lengths: IntArray) -> FloatArray:
    """Return the (H, B) columns of states (T + 1, H, B) at each sequence's length."""
    return np.ascontiguousarray(states[lengths, :, np.arange(len(lengths))].T)
