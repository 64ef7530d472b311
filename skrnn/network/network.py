"""The network: a stack of layers and a readout, forward and backward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.layer import Layer
from skrnn.network.parameters import Layout, Parameters
from skrnn.network.readout import Readout
from skrnn.network.segments import place_at_end, segments, within
from skrnn.network.stack import Stack
from skrnn.network.trace import (
    ForwardPass,
    Gathered,
    LayerState,
    NetworkState,
    StepHook,
    Unrolled,
)
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Network:
    """
    A recurrent network, as a specification without arrays.

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
        `forward` and `advance` then take no window or segment of them, and no state but the initial
        one.
    pooling : {"last", "mean", "max"}
        What the readout makes of the top layer's states.
    per_step : bool
        Whether scores belong to steps and not to sequences. Both directions of the top layer are
        then read off at the same step of x.
    """

    cell: Cell
    n_inputs: int
    layer_sizes: tuple[int, ...]
    n_outputs: int
    bidirectional: bool = False
    pooling: str = "last"
    per_step: bool = False

    @cached_property
    def stack(self) -> Stack:
        """The recurrent part."""
        return Stack(self.cell, self.n_inputs, self.layer_sizes, self.bidirectional)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input upwards."""
        return self.stack.layers

    @cached_property
    def readout(self) -> Readout:
        """The map from the top layer's states to scores."""
        return Readout(self.pooling, self.layer_sizes[-1], 1 + self.bidirectional, self.n_outputs)

    @cached_property
    def layout(self) -> Layout:
        """The places of all parameters in one flat vector."""
        return Layout(self.stack.shapes | self.readout.shapes)

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
            layers=self.stack.initial_state(n_sequences, dtype),
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
        segment_length: int | None = None,
        keep: bool = True,
    ) -> ForwardPass:
        """
        Score a batch and, with `keep`, hold what `backward` needs.

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
        segment_length : int, optional
            Cut time into parts of so many steps and keep, but for the last one, only the states
            between them. `backward` runs over each part again. None keeps all.
        keep : bool, default=True
            Whether there will be a backward pass; without, gates of earlier steps are overwritten.

        Returns
        -------
        ForwardPass
            Scores, and what is kept.

        References
        ----------
        T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training deep nets with sublinear memory cost",
        arXiv:1604.06174, 2016; A. Gruslys et al., "Memory-efficient backpropagation through time",
        NeurIPS 2016.
        """
        parts = segments(len(x), segment_length)
        states, scores = [state], []
        for part in parts:
            inside = within(lengths, part)
            kept = keep and part is parts[-1]
            last = self._unroll(parameters, x[part], inside, states[-1], workspace, keep=kept)
            if every_step:
                gathered = self._gathered(last, inside, states[-1])
                scores.append(self.readout.forward(parameters, gathered))
            states.append(last.state_at(inside, states[-1]))
        if not every_step:
            scores.append(self.score(parameters, states[-1])[None])
        return ForwardPass(
            np.concatenate(scores), every_step, x, lengths, parts, tuple(states), last
        )

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
        unrolled = self._unroll(parameters, x, lengths, state, workspace, keep=False)
        return unrolled.state_at(lengths, state)

    def score(self, parameters: Parameters, state: NetworkState) -> FloatArray:
        """
        Read the scores off a state.

        Parameters
        ----------
        parameters : Parameters
            The parameters.
        state : NetworkState
            State after the last step.

        Returns
        -------
        array of shape (K, B)
            Scores.
        """
        scores: FloatArray = self.readout.forward(parameters, Gathered.at_end(state))[0]
        return scores

    def backward(
        self,
        parameters: Parameters,
        forward_pass: ForwardPass,
        d_scores: FloatArray,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
    ) -> tuple[LayerState, ...]:
        """
        Add the gradients of all parameters.

        Parameters
        ----------
        parameters : Parameters
            The parameters, unchanged since `forward`.
        forward_pass : ForwardPass
            What `forward` returned last, with `keep`; it cannot be used twice.
        d_scores : array of shape (S, K, B)
            Gradient of the scores.
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
            Gradients of the layers' initial states.
        """
        x, lengths, end = forward_pass.x, forward_pass.lengths, forward_pass.states[-1]
        d_end: tuple[FloatArray, ...] | None = None
        if not forward_pass.every_step:
            d_end = self.readout.backward(parameters, Gathered.at_end(end), d_scores, gradients)
        d_last = self.stack.initial_state(len(lengths), x.dtype)  # zero: nothing follows
        d_gathered = tuple(np.zeros_like(pooled) for pooled in end.pooled)
        for part, state in reversed(
            list(zip(forward_pass.segments, forward_pass.states[:-1], strict=True))
        ):
            inside = within(lengths, part)
            unrolled = forward_pass.last
            if part.stop < len(x):
                unrolled = self._unroll(parameters, x[part], inside, state, workspace)
            d_pooled = self.readout.zero_pools(unrolled.pooled, workspace)
            if d_end is None:
                gathered = self._gathered(unrolled, inside, state)
                d_steps = self.readout.backward(parameters, gathered, d_scores[part], gradients)
                for d, of_steps in zip(d_pooled, d_steps, strict=True):
                    d[1:] = of_steps
            else:
                for d, of_ends in zip(d_pooled, d_end, strict=True):
                    place_at_end(d[1:], of_ends[0], lengths, part)
            d_hidden, d_gathered = self.readout.backward_pools(
                unrolled.pooled, d_pooled, d_gathered, workspace
            )
            d_last = self.stack.backward(
                parameters,
                unrolled.traces,
                inside,
                state,
                d_hidden,
                d_last,
                gradients,
                workspace,
                at_step,
                None if d_x is None else d_x[part],
            )
        return d_last

    def _unroll(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> Unrolled:
        """Run over a batch and gather the top layer's states."""
        traces = self.stack.forward(parameters, x, lengths, state, workspace, keep=keep)
        hidden = [trace.states[0] for trace in traces[-1]]
        return Unrolled(traces, self.readout.pool(hidden, state.pooled, workspace))

    def _gathered(self, unrolled: Unrolled, lengths: IntArray, state: NetworkState) -> Gathered:
        """Return what is gathered at every step."""
        return Gathered.at_steps(unrolled.pooled, state, lengths if self.per_step else None)
