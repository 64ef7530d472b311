"""States, and what a pass over a batch leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from skrnn.network.segments import at_end
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
        For each direction of the top layer, what the readout has gathered of its states so far.
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

    def mask(self, layer: int) -> FloatArray | None:
        """
        Return the dropout mask of a layer.

        Parameters
        ----------
        layer : int
            Which; -1 for the top one, whose mask the readout applies.

        Returns
        -------
        array of shape (outputs of the layer, B) or None
            The mask, if there is one.
        """
        return self.masks[layer] if self.masks else None

    def take(self, columns: IntArray | slice) -> NetworkState:
        """
        Return the state of some of the sequences.

        Parameters
        ----------
        columns : array of int or slice
            Which.

        Returns
        -------
        NetworkState
            A copy; of a slice, views.
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
    What a forward pass in one direction leaves, in the order of reading.

    Parameters
    ----------
    inputs : array of shape (T + 1, D + 1 + H, B)
        What the products read at each step: x, 1 and the hidden state before it. Of the last item,
        only the hidden state, that after the last step, means anything.
    gates : array of shape (T, G * H, B)
        Gates, as the cell left them. If they are not kept, all steps share
        the memory of one.
    states : tuple of arrays of shape (T + 1, H, B)
        States before the first step and after each; ``states[0]`` are the hidden ones.
    tape : tuple of arrays of shape (T, H, B)
        What else the cell keeps; as `gates`.
    """

    inputs: FloatArray
    gates: FloatArray
    states: tuple[FloatArray, ...]
    tape: tuple[FloatArray, ...]


LayerTrace: TypeAlias = tuple[Trace, ...]
"""The trace of each direction of a layer."""


@dataclass(frozen=True)
class Unrolled:
    """
    What a network leaves in the workspace when it has run over a segment.

    Parameters
    ----------
    traces : tuple of LayerTrace
        What happened in each layer.
    pooled : tuple of arrays of shape (T + 1, H, B)
        For each direction of the top layer, what the readout has gathered up to each step.
    """

    traces: tuple[LayerTrace, ...]
    pooled: tuple[FloatArray, ...]

    def state_at(self, lengths: IntArray, before: NetworkState) -> NetworkState:
        """
        Return the state after each sequence's last step in the segment.

        Parameters
        ----------
        lengths : array of int of shape (B,)
            Steps of each in the segment; 0 for none.
        before : NetworkState
            State before the first step.

        Returns
        -------
        NetworkState
            New arrays.
        """
        return NetworkState(
            layers=tuple(
                tuple(tuple(at_end(s, lengths) for s in trace.states) for trace in directions)
                for directions in self.traces
            ),
            pooled=tuple(at_end(p, lengths) for p in self.pooled),
            n_steps=before.n_steps + lengths,
            masks=before.masks,
        )


class Gathered(NamedTuple):
    """
    What the readout has gathered at some steps of each sequence.

    Parameters
    ----------
    pooled : sequence of arrays of shape (S, H, B)
        For each direction, what its pool has gathered.
    counts : array of int of shape (S, B)
        From how many states.
    mask : array of shape (F, B) or None
        Dropout.
    turn : array of int of shape (B,) or None
        Steps of each sequence, if what the second direction has gathered is to be turned into the
        order of x.
    """

    pooled: Sequence[FloatArray]
    counts: IntArray
    mask: FloatArray | None
    turn: IntArray | None = None

    @classmethod
    def at_end(cls, state: NetworkState) -> Gathered:
        """
        Return what is gathered at the end of each sequence.

        Parameters
        ----------
        state : NetworkState
            State after the last step.

        Returns
        -------
        Gathered
            With S = 1.
        """
        return cls([p[None] for p in state.pooled], state.n_steps[None], state.mask(-1))

    @classmethod
    def at_steps(
        cls, pooled: Sequence[FloatArray], state: NetworkState, turn: IntArray | None
    ) -> Gathered:
        """
        Return what is gathered after each step.

        Parameters
        ----------
        pooled : sequence of arrays of shape (T + 1, H, B)
            What `Readout.pool` returned.
        state : NetworkState
            State before the first step.
        turn : array of int of shape (B,) or None
            As in the class.

        Returns
        -------
        Gathered
            With S = T.
        """
        counts = state.n_steps + np.arange(1, len(pooled[0]))[:, None]  # (T, B)
        return cls([p[1:] for p in pooled], counts, state.mask(-1), turn)


@dataclass(frozen=True)
class ForwardPass:
    """
    Scores of a batch, and what the backward pass needs.

    Parameters
    ----------
    scores : array of shape (S, K, B)
        The network's output: S is 1 for the scores at each sequence's end, T for those at every
        step.
    every_step : bool
        Which of these.
    x : array of shape (T, D, B)
        Inputs.
    lengths : array of int of shape (B,)
        Steps of each sequence.
    segments : list of slice
        The segments of time, one after the other.
    states : tuple of NetworkState
        The state before each segment, and the one after the last.
    last : Unrolled
        What the last segment left.
    """

    scores: FloatArray
    every_step: bool
    x: FloatArray
    lengths: IntArray
    segments: list[slice]
    states: tuple[NetworkState, ...]
    last: Unrolled
