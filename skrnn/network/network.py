"""The network: a stack of layers and a readout, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.layer import Layer
from skrnn.network.parameters import Layout, Parameters
from skrnn.network.readout import Readout, at_end
from skrnn.network.trace import BackwardPass, ForwardPass, LayerTrace, NetworkState, StepHook
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
    bidirectional : bool
        Whether every layer reads in both directions. Such a network must see whole sequences:
        `forward` and `advance` then take no window of them, and no state but the initial one.
    pooling : {"last", "mean", "max"}
        What the readout makes of the top layer's states.
    """

    cell: Cell
    n_inputs: int
    layer_sizes: tuple[int, ...]
    n_outputs: int
    bidirectional: bool = False
    pooling: str = "last"

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input upwards."""
        layers: list[Layer] = []
        width = self.n_inputs
        for i, n_units in enumerate(self.layer_sizes):
            layers.append(Layer(f"layer_{i}", self.cell, width, n_units, self.bidirectional))
            width = layers[-1].n_outputs
        return tuple(layers)

    @cached_property
    def readout(self) -> Readout:
        """The map from the top layer's states to scores."""
        return Readout(self.pooling, self.layer_sizes[-1], 1 + self.bidirectional, self.n_outputs)

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
            Source of randomness. Each part gets a stream of its own, so that a layer's draws do not
            depend on those above it.
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

    def initial_state(
        self,
        n_sequences: int,
        dtype: np.dtype[np.floating],
        masks: tuple[FloatArray, ...] = (),
    ) -> NetworkState:
        """
        Return the state before the first step of a sequence: zero.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.
        masks : tuple of arrays of shape (outputs of the layer, B), default=()
            Dropout: what the outputs of each layer are multiplied with. None for prediction.

        Returns
        -------
        NetworkState
            The state.
        """
        return NetworkState(
            layers=tuple(layer.initial_state(n_sequences, dtype) for layer in self.layers),
            pooled=self.readout.initial_pooled(n_sequences, dtype),
            n_steps=np.zeros(n_sequences, dtype=np.intp),
            masks=masks,
        )

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
        *,
        every_step: bool = False,
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
            State before the first step.
        workspace : Workspace
            Memory.
        every_step : bool, default=False
            Whether to score what was read at each step, or at each sequence's end only.

        Returns
        -------
        ForwardPass
            Scores and traces.
        """
        traces = self._run(parameters, x, lengths, state, workspace)
        hidden = [trace.states[0] for trace in traces[-1]]
        pooled = self.readout.pool(hidden, state, workspace)
        features = self.readout.features(pooled, lengths, state, workspace, every_step=every_step)
        scores = self.readout.forward(parameters, features)
        return ForwardPass(scores, features, pooled, lengths, traces, state)

    def advance(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
    ) -> NetworkState:
        """
        Return the state after each sequence's last step, keeping nothing else.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        x : array of shape (T, D, B)
            Inputs, padded after the end.
        lengths : array of int of shape (B,)
            Steps of each sequence; a length of zero leaves its state as it is.
        state : NetworkState
            State before the first step.
        workspace : Workspace
            Memory.

        Returns
        -------
        NetworkState
            New arrays.
        """
        traces = self._run(parameters, x, lengths, state, workspace)
        pooled = self.readout.pool([trace.states[0] for trace in traces[-1]], state, workspace)
        return NetworkState(
            layers=tuple(
                tuple(tuple(at_end(s, lengths) for s in trace.states) for trace in directions)
                for directions in traces
            ),
            pooled=tuple(at_end(p, lengths) for p in pooled),
            n_steps=state.n_steps + lengths,
            masks=state.masks,
        )

    def score(self, parameters: Parameters, state: NetworkState) -> FloatArray:
        """
        Read the scores off a state.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        state : NetworkState
            State after the last step, without dropout.

        Returns
        -------
        array of shape (K, B)
            Scores.
        """
        return self.readout.forward(parameters, np.concatenate(state.pooled))

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
        d_scores : array of shape (S, K, B)
            Gradient of the scores.
        gradients : Parameters
            Added to.
        workspace : Workspace
            The one that `forward` used.
        at_step : callable, optional
            Applied to every recurrence's dLoss/dh at every step, from the last to the first.

        Returns
        -------
        BackwardPass
            Gradients of the layers' initial states and of the lowest pre-activations.
        """
        traces, lengths = forward_pass.traces, forward_pass.lengths
        masks = forward_pass.state.masks or (None,) * len(self.layers)
        d_states = [
            layer.zero_gradients(trace, workspace)
            for layer, trace in zip(self.layers, traces, strict=True)
        ]
        d_hidden = [d_state[0] for d_state in d_states[-1]]
        self.readout.backward(parameters, forward_pass, d_scores, d_hidden, gradients, workspace)
        for i in reversed(range(len(self.layers))):
            d_gates = self.layers[i].backward(
                parameters, traces[i], d_states[i], gradients, workspace, at_step
            )
            if i > 0:
                d_outputs = self.layers[i].backward_inputs(parameters, d_gates, lengths)
                self.layers[i - 1].backward_outputs(
                    d_outputs, lengths, masks[i - 1], d_states[i - 1]
                )
        d_layers = tuple(tuple(tuple(d[0] for d in ds) for ds in layer) for layer in d_states)
        return BackwardPass(d_layers, d_gates)

    def _run(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
    ) -> tuple[LayerTrace, ...]:
        """Run all layers over a batch, each on the outputs of the one below."""
        masks = state.masks or (None,) * len(self.layers)
        traces: list[LayerTrace] = []
        for layer, initial, mask in zip(self.layers, state.layers, masks, strict=True):
            traces.append(layer.forward(parameters, x, lengths, initial, workspace))
            if layer is not self.layers[-1]:
                x = layer.outputs(traces[-1], lengths, mask, workspace)
        return tuple(traces)
