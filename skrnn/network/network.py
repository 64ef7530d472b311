"""The network: layers and a readout, forward and backward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.embedding import Embedding
from skrnn.network.layer import Layer
from skrnn.network.parameters import Layout, Parameters
from skrnn.network.readout import Cost, Reading, Readout
from skrnn.network.states import State, StepHook, at_end, place_at_end, segments, within
from skrnn.network.trace import ForwardPass, Trace, Unrolled
from skrnn.network.wide import block_length
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Network:
    """
    A recurrent network, as a specification without arrays.

    `n_inputs` is D, `n_outputs` K, `layer_sizes` has H of each layer, from the input upwards. A
    bidirectional network must see whole sequences: no window or segment of them, and no state but
    the initial one. With `per_step`, scores belong to steps and not to sequences, and both
    directions of the top layer are read off at the same step of x. Of `embeddings`, each has the
    number of a feature that is a category, how many there are, and the size of what is learnt of
    one. The `engine` takes the steps, "numpy" or "numba"; beyond rounding, nothing depends on it.
    """

    cell: Cell
    n_inputs: int
    layer_sizes: tuple[int, ...]
    n_outputs: int
    bidirectional: bool = False
    pooling: str = "last"
    per_step: bool = False
    embeddings: tuple[tuple[int, int, int], ...] = ()
    engine: str = "numpy"

    @cached_property
    def embedding(self) -> Embedding:
        """What replaces categories below the layers."""
        return Embedding(self.n_inputs, self.embeddings)

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """The layers, from the input upwards."""
        widths = self.embedding.n_outputs, *(n * (1 + self.bidirectional) for n in self.layer_sizes)
        return tuple(
            Layer(f"layer_{i}", self.cell, width, n_units, self.bidirectional, self.engine)
            for i, (width, n_units) in enumerate(zip(widths, self.layer_sizes, strict=False))
        )

    @cached_property
    def readout(self) -> Readout:
        """The map from the top layer's states to scores."""
        return Readout(self.pooling, self.layer_sizes[-1], 1 + self.bidirectional, self.n_outputs)

    @cached_property
    def layout(self) -> Layout:
        """Where the parameters lie."""
        of_layers = [d.matrices for layer in self.layers for d in layer.directions]
        parts = (self.embedding.matrices, *of_layers, self.readout.matrices)
        return Layout({name: shapes for part in parts for name, shapes in part.items()})

    @cached_property
    def _carried(self) -> tuple[tuple[str, int], ...]:
        """Names of what recurrences and readout carry on, and the units of each."""
        directions = (direction for layer in self.layers for direction in layer.directions)
        of_layers = tuple((name, d.n_units) for d in directions for name in d.state_names)
        return *of_layers, *((pool.name, self.layer_sizes[-1]) for pool in self.readout.pools)

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def initialize(
        self, generator: np.random.Generator, dtype: np.dtype[np.floating]
    ) -> Parameters:
        """
        Draw initial parameters.

        Each part has a stream of its own: a change of one leaves others as they are.
        """
        parameters = Parameters.zeros(self.layout, dtype)
        for_readout, *for_layers, for_embedding = generator.spawn(2 + len(self.layers))
        self.embedding.initialize(parameters, for_embedding)
        self.readout.initialize(parameters, for_readout)
        for layer, stream in zip(self.layers, for_layers, strict=True):
            for direction in layer.directions:
                direction.initialize(parameters, stream)
        return parameters

    def initial_state(
        self, n_sequences: int, dtype: np.dtype[np.floating], masks: Sequence[FloatArray] = ()
    ) -> State:
        """
        Return the state before the first step of B sequences: zero.

        With dropout, masks (outputs, B) for each layer go with it.
        """
        state: State = {"n_steps": np.zeros(n_sequences, np.intp)}
        for name, n_units in self._carried:
            state[name] = np.zeros((n_units, n_sequences), dtype)
        for pool in self.readout.pools:
            state[pool.name][...] = pool.neutral
        for layer, mask in zip(self.layers, masks, strict=False):
            state[layer.mask] = mask
        return state

    def forward(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: State,
        workspace: Workspace,
        *,
        segment_length: int | None = None,
    ) -> ForwardPass:
        """
        Run over x (T, D, B), of `lengths` (B,) steps, from a state, so that one can go back.

        Time is cut into segments of `segment_length` steps, None for one. Of all but the last only
        the states before are kept, and `backward` runs over them again: T / S + S steps in memory
        instead of T, for one more forward pass. No bit of a gradient depends on it, which takes
        segments of whole blocks where inputs are wide. What is kept lies in the workspace until the
        next call.
        """
        block = max(block_length(layer.n_inputs, x.shape[2]) for layer in self.layers)
        states, parts = [state], segments(len(x), segment_length, block)
        for part in parts[:-1]:
            inside = within(lengths, part)
            states.append(self.advance(parameters, x[part], inside, states[-1], workspace))
        inside = within(lengths, parts[-1]) if len(parts) > 1 else lengths
        last = self.unroll(parameters, x[parts[-1]], inside, states[-1], workspace)
        return ForwardPass(x, lengths, parts, states, last)

    def advance(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: State,
        workspace: Workspace,
    ) -> State:
        """Return the state after x (T, D, B), of `lengths` (B,) steps, 0 for none."""
        return self.unroll(parameters, x, lengths, state, workspace, keep=False).after()

    def score(self, parameters: Parameters, state: State, workspace: Workspace) -> FloatArray:
        """Return the scores (K, B) of what has been read."""
        pooled = [state[pool.name][None] for pool in self.readout.pools]
        counts, mask = state["n_steps"][None], state.get(self.layers[-1].mask)
        reading = self.readout.forward(pooled, counts, mask, None, workspace)
        scores: FloatArray = self.readout.scores(parameters, reading.features)[0]
        return scores

    def read(
        self,
        parameters: Parameters,
        unrolled: Unrolled,
        workspace: Workspace,
        *,
        every_step: bool = False,
    ) -> FloatArray:
        """Return the scores (S, K, B) at each sequence's end, S = 1, or at every step, S = T."""
        features = self._reading(unrolled, workspace, every_step=every_step).features
        return self.readout.scores(parameters, features)

    def backward(
        self,
        parameters: Parameters,
        forward_pass: ForwardPass,
        cost: Cost,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None = None,
        d_x: FloatArray | None = None,
        *,
        every_step: bool = False,
    ) -> State:
        """
        Propagate the gradient of what scores cost back through readout, time and layers.

        The scores are those at each sequence's end, or those at every step, of which no more than
        a part is held at a time, the last ones first. Add to the gradients of the parameters, write
        `d_x` (T, D, B) if it is given, and return the gradients of the layers' states before the
        first step. `at_step` is applied to dLoss/dh at every step, from the last to the first.
        """
        x, lengths, segments, states, last = forward_pass
        pools, readout = self.readout.pools, self.readout
        d_state: State = {}  # of what comes after: none
        if not every_step:
            end = self._reading(last, workspace, every_step=False)
            d_ends = readout.backward(parameters, end, 0, cost, gradients)
        for part, state in zip(segments[::-1], states[::-1], strict=True):
            unrolled = last
            if part.stop < len(x):
                inside = within(lengths, part)
                unrolled = self.unroll(parameters, x[part], inside, state, workspace)
            if every_step:
                reading = self._reading(unrolled, workspace, every_step=True)
                d_steps = readout.backward(parameters, reading, part.start, cost, gradients)
            d_hidden = []
            for i, pool in enumerate(pools):
                pooled = unrolled.pooled[pool.name]
                d_pooled = workspace.zeros(f"{pool.name}.d", pooled.shape)
                if every_step:
                    d_pooled[1:] = d_steps[i]
                elif unrolled.ragged is None and part.stop == len(x):
                    d_pooled[-1] = d_ends[i][0]
                else:
                    place_at_end(d_pooled[1:], d_ends[i][0], lengths, part)
                if pool.name in d_state:
                    d_pooled[-1] += d_state[pool.name]
                pool.backward(pooled, d_pooled, workspace)
                d_state[pool.name] = d_pooled[0].copy()
                d_hidden.append(d_pooled[1:])
            d_x_here = None if d_x is None else d_x[part]
            d_state |= self._backward_layers(
                parameters, unrolled, d_hidden, d_state, gradients, workspace, at_step, d_x_here
            )
        return d_state

    def _backward_layers(
        self,
        parameters: Parameters,
        unrolled: Unrolled,
        d_hidden: list[FloatArray],
        d_last: State,
        gradients: Parameters,
        workspace: Workspace,
        at_step: StepHook | None,
        d_x: FloatArray | None,
    ) -> State:
        """Propagate gradients (T, H, B) of the top layer's states down; as `Layer.backward`."""
        d_initial: State = {}
        ragged, others = unrolled.ragged, (d_last, gradients, workspace, at_step)
        for i, layer in reversed([*enumerate(self.layers)]):
            d_read = d_x
            if i > 0 or self.embeddings:
                shape = len(unrolled.x), layer.n_inputs, unrolled.x.shape[2]
                d_read = d_outputs = workspace.empty(f"{layer.name}.d_read", shape)
            traces = unrolled.traces[i]
            d_initial |= layer.backward(parameters, traces, ragged, d_hidden, *others, d_read)
            if i > 0:
                below = self.layers[i - 1]
                mask = unrolled.before.get(below.mask)
                d_hidden = below.backward_outputs(d_outputs, ragged, mask)
        if self.embeddings:
            self.embedding.backward(unrolled.x, d_outputs, gradients, d_x)
        return d_initial

    def unroll(
        self,
        parameters: Parameters,
        x: FloatArray,
        lengths: IntArray,
        state: State,
        workspace: Workspace,
        *,
        keep: bool = True,
    ) -> Unrolled:
        """
        Run over a segment of time, as `forward`, and gather what the readout wants of it.

        Without `keep` there can be no way back.
        """
        ragged = lengths if np.minimum.reduce(lengths, initial=len(x)) < len(x) else None
        read = self.embedding.forward(parameters, x, workspace)
        traces: list[list[Trace]] = []
        for i, layer in enumerate(self.layers):
            if i > 0:
                below = self.layers[i - 1]
                read = below.outputs(traces[-1], ragged, state.get(below.mask), workspace)
            traces.append(layer.forward(parameters, read, ragged, state, workspace, keep=keep))
        pooled = {
            pool.name: pool.forward(trace.hidden, state[pool.name], workspace)
            for pool, trace in zip(self.readout.pools, traces[-1], strict=True)
        }
        return Unrolled(x, lengths, ragged, state, traces, pooled)

    def _reading(self, unrolled: Unrolled, workspace: Workspace, *, every_step: bool) -> Reading:
        """Return what there is to read off at each sequence's end, or at every step."""
        _, lengths, ragged, before, _, pooled = unrolled
        if every_step:
            gathered = [steps[1:] for steps in pooled.values()]
            counts = before["n_steps"] + np.arange(1, 1 + len(gathered[0]))[:, None]  # (T, B)
        else:
            gathered = [at_end(steps, ragged)[None] for steps in pooled.values()]
            counts = (before["n_steps"] + lengths)[None]
        mask = before.get(self.layers[-1].mask)
        turn = lengths if every_step and self.per_step else None
        return self.readout.forward(gathered, counts, mask, turn, workspace)
