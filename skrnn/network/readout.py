"""From hidden states to scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.initializers import Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.pooling import POOLS, Pool
from skrnn.network.trace import ForwardPass, NetworkState
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Readout:
    """
    A linear map of the pooled states of each direction, side by side.

    ::

        (1)  p_t      = pool of h_1 to h_t, each direction in its own order
        (2)  f_t      = m p_t, with the dropout mask m
        (3)  scores_t = V f_t + a

    The scores of a sequence are those at its end, where each direction has read all of it. Those at
    an earlier step t are what would be said after t steps of each direction.

    Parameters
    ----------
    pooling : {"last", "mean", "max"}
        What is made of the states.
    n_units : int
        H.
    n_directions : int
        1 or 2.
    n_outputs : int
        K.
    """

    pooling: str
    n_units: int
    n_directions: int
    n_outputs: int

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """One for each direction."""
        return tuple(POOLS[self.pooling](f"readout_{i}") for i in range(self.n_directions))

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Shapes of the parameters by name."""
        return {
            "readout.weights": (self.n_outputs, self.n_directions * self.n_units),
            "readout.bias": (self.n_outputs,),
        }

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """
        Draw the initial weights; the bias stays zero.

        They begin at twice the usual range, for a stronger signal back into the recurrence: fits
        take fewer epochs, and generalise as well or better.

        Parameters
        ----------
        parameters : Parameters
            Where to put them.
        generator : numpy.random.Generator
            Source of randomness.
        """
        weights = parameters["readout.weights"]
        n_rows, n_columns = weights.shape
        weights[...] = Glorot(gain=2.0).draw(n_rows, n_columns, generator)

    def initial_pooled(
        self, n_sequences: int, dtype: np.dtype[np.floating]
    ) -> tuple[FloatArray, ...]:
        """
        Return what is pooled before the first step.

        Parameters
        ----------
        n_sequences : int
            B.
        dtype : dtype
            Precision.

        Returns
        -------
        tuple of arrays of shape (H, B)
            One for each direction.
        """
        shape = self.n_units, n_sequences
        return tuple(np.full(shape, pool.neutral, dtype) for pool in self.pools)

    def pool(
        self, hidden: Sequence[FloatArray], state: NetworkState, workspace: Workspace
    ) -> tuple[FloatArray, ...]:
        """
        Summarise the states of each direction up to each step.

        Parameters
        ----------
        hidden : sequence of arrays of shape (T + 1, H, B)
            The hidden states of each direction of the top layer.
        state : NetworkState
            What was before.
        workspace : Workspace
            Memory.

        Returns
        -------
        tuple of arrays of shape (T + 1, H, B)
            The summaries.
        """
        return tuple(
            pool.forward(h, before, state.n_steps, workspace)  # (1)
            for pool, h, before in zip(self.pools, hidden, state.pooled, strict=True)
        )

    def features(
        self,
        pooled: Sequence[FloatArray],
        lengths: IntArray,
        state: NetworkState,
        workspace: Workspace,
        *,
        every_step: bool,
    ) -> FloatArray:
        """
        Return what the linear map is applied to.

        Parameters
        ----------
        pooled : sequence of arrays of shape (T + 1, H, B)
            What `pool` returned.
        lengths : array of int of shape (B,)
            Steps of each sequence.
        state : NetworkState
            Has the dropout mask.
        workspace : Workspace
            Memory.
        every_step : bool
            Whether to return the features at each step, or at each sequence's end only.

        Returns
        -------
        array of shape (T, F, B), or (1, F, B)
            The features.
        """
        parts = [p[1:] if every_step else at_end(p, lengths)[None] for p in pooled]
        n_steps, n_units, n_sequences = parts[0].shape
        shape = n_steps, self.n_directions * n_units, n_sequences
        features = workspace.empty("readout.features", shape)
        np.concatenate(parts, axis=1, out=features)
        if state.masks:
            features *= state.masks[-1]  # (2)
        return features

    def forward(self, parameters: Parameters, features: FloatArray) -> FloatArray:
        """
        Score features.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        features : array of shape (S, F, B) or (F, B)
            The features.

        Returns
        -------
        array of shape (S, K, B) or (K, B)
            Scores.
        """
        V, a = parameters["readout.weights"], parameters["readout.bias"]
        scores: FloatArray = np.matmul(V, features)  # (3)
        scores += a[:, None]
        return scores

    def backward(
        self,
        parameters: Parameters,
        forward_pass: ForwardPass,
        d_scores: FloatArray,
        d_hidden: Sequence[FloatArray],
        gradients: Parameters,
        workspace: Workspace,
    ) -> None:
        """
        Add the gradients of the weights, and write those of the states.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        forward_pass : ForwardPass
            What the forward pass left.
        d_scores : array of shape (S, K, B)
            Gradient of the scores.
        d_hidden : sequence of arrays of shape (T + 1, H, B)
            For each direction of the top layer, zeros; on return, the gradient of its states.
        gradients : Parameters
            Gradients of the parameters, added to.
        workspace : Workspace
            Memory.
        """
        d_V, d_a = gradients["readout.weights"], gradients["readout.bias"]
        d_V += np.tensordot(d_scores, forward_pass.features, ((0, 2), (0, 2)))  # (3): (K, F)
        d_a += d_scores.sum(axis=(0, 2))
        d_features = np.matmul(parameters["readout.weights"].T, d_scores)  # (S, F, B)
        state, lengths = forward_pass.state, forward_pass.lengths
        if state.masks:
            d_features *= state.masks[-1]  # (2)
        parts = np.split(d_features, self.n_directions, axis=1)
        for pool, pooled, d, part in zip(
            self.pools, forward_pass.pooled, d_hidden, parts, strict=True
        ):
            if len(part) == 1:
                d[lengths, :, np.arange(len(lengths))] = part[0].T
            else:
                d[1:] = part
            pool.backward(pooled, state.n_steps, d, workspace)  # (1)


def at_end(steps: FloatArray, lengths: IntArray) -> FloatArray:
    """
    Return what stands at the end of each sequence.

    Parameters
    ----------
    steps : array of shape (T + 1, H, B)
        Something before the first step and after each.
    lengths : array of int of shape (B,)
        Steps of each sequence; 0 for what is before the first.

    Returns
    -------
    array of shape (H, B)
        A copy.
    """
    return np.ascontiguousarray(steps[lengths, :, np.arange(len(lengths))].T)
