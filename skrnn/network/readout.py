"""From hidden states to scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from skrnn.network.bidirectional import per_direction, reverse
from skrnn.network.initializers import Glorot
from skrnn.network.parameters import Parameters
from skrnn.network.pooling import POOLS, Pool
from skrnn.network.products import add_products, add_steps
from skrnn.network.trace import Gathered
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray


@dataclass(frozen=True)
class Readout:
    """
    A linear map of the pooled states of each direction, side by side.

    ::

        (1)  p_t      = pool of h_1 to h_t, each direction in its own order
        (2)  f_t      = m p_t, with the dropout mask m
        (3)  scores_t = V f_t + a

    The scores of a sequence are those at its end, where each direction has read all of it. Those at
    an earlier step t are what would be said after t steps of each direction; or, where steps have
    targets of their own, what is said at step t of x, where both directions meet.

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
        Return what is gathered before the first step.

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
        self, hidden: Sequence[FloatArray], before: Sequence[FloatArray], workspace: Workspace
    ) -> tuple[FloatArray, ...]:
        """
        Gather the states of each direction up to each step.

        Parameters
        ----------
        hidden : sequence of arrays of shape (T + 1, H, B)
            The hidden states of each direction of the top layer.
        before : sequence of arrays of shape (H, B)
            What was gathered before.
        workspace : Workspace
            Memory.

        Returns
        -------
        tuple of arrays of shape (T + 1, H, B)
            What is gathered, for `forward` to make summaries of.
        """
        return tuple(
            pool.forward(h, b, workspace)  # (1)
            for pool, h, b in zip(self.pools, hidden, before, strict=True)
        )

    def forward(self, parameters: Parameters, gathered: Gathered) -> FloatArray:
        """
        Score what is gathered.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        gathered : Gathered
            From the states up to some steps.

        Returns
        -------
        array of shape (S, K, B)
            Scores.
        """
        V, a = parameters["readout.weights"], parameters["readout.bias"]
        scores: FloatArray = np.matmul(V, self._features(gathered))  # (3)
        scores += a[:, None]
        return scores

    def backward(
        self,
        parameters: Parameters,
        gathered: Gathered,
        d_scores: FloatArray,
        gradients: Parameters,
    ) -> tuple[FloatArray, ...]:
        """
        Add the gradients of the weights, and return those of what is gathered.

        Parameters
        ----------
        parameters : Parameters
            The network's.
        gathered : Gathered
            What was scored.
        d_scores : array of shape (S, K, B)
            Gradient of the scores.
        gradients : Parameters
            Gradients of the parameters, added to.

        Returns
        -------
        tuple of arrays of shape (S, H, B)
            One for each direction.
        """
        add_products(gradients["readout.weights"], d_scores, self._features(gathered))  # (3)
        add_steps(gradients["readout.bias"], d_scores)
        d_features = np.matmul(parameters["readout.weights"].T, d_scores)  # (S, F, B)
        if gathered.mask is not None:
            d_features *= gathered.mask  # (2)
        d_parts = tuple(per_direction(d_features, self.n_directions))
        self._turn(d_parts, gathered)
        for pool, part in zip(self.pools, d_parts, strict=True):
            pool.scale(part, gathered.counts)  # (1)
        return d_parts

    def zero_pools(
        self, pooled: Sequence[FloatArray], workspace: Workspace
    ) -> tuple[FloatArray, ...]:
        """
        Return where the gradients of what is gathered are to be put.

        Parameters
        ----------
        pooled : sequence of arrays of shape (T + 1, H, B)
            For each direction, what `pool` returned.
        workspace : Workspace
            Memory.

        Returns
        -------
        tuple of arrays of shape (T + 1, H, B)
            Zeros for each direction.
        """
        return tuple(
            workspace.zeros(f"{pool.name}.d_pooled", p.shape)
            for pool, p in zip(self.pools, pooled, strict=True)
        )

    def backward_pools(
        self,
        pooled: Sequence[FloatArray],
        d_pooled: Sequence[FloatArray],
        d_after: Sequence[FloatArray],
        workspace: Workspace,
    ) -> tuple[tuple[FloatArray, ...], tuple[FloatArray, ...]]:
        """
        Turn the gradients of what is gathered into those of the states, in place.

        Parameters
        ----------
        pooled : sequence of arrays of shape (T + 1, H, B)
            For each direction, what `pool` returned.
        d_pooled : sequence of arrays of shape (T + 1, H, B)
            Gradients of `pooled` as far as they pass through no later step; 0 at 0.
        d_after : sequence of arrays of shape (H, B)
            Gradients of ``pooled[-1]`` as far as they pass through later segments.
        workspace : Workspace
            Memory.

        Returns
        -------
        d_hidden : tuple of arrays of shape (T, H, B)
            Gradients of the states after each step.
        d_before : tuple of arrays of shape (H, B)
            Gradients of ``pooled[0]``.
        """
        for pool, p, d, after in zip(self.pools, pooled, d_pooled, d_after, strict=True):
            d[-1] += after
            pool.backward(p, d, workspace)  # (1)
        return tuple(d[1:] for d in d_pooled), tuple(d[0].copy() for d in d_pooled)

    def _features(self, gathered: Gathered) -> FloatArray:
        """Return what the linear map is applied to, of shape (S, F, B)."""
        features = np.concatenate(gathered.pooled, axis=1)
        parts = per_direction(features, self.n_directions)
        for pool, part in zip(self.pools, parts, strict=True):
            pool.scale(part, gathered.counts)  # (1)
        self._turn(parts, gathered)
        if gathered.mask is not None:
            features *= gathered.mask  # (2)
        return features

    def _turn(self, parts: Sequence[FloatArray], gathered: Gathered) -> None:
        """Turn the second direction's part from its own order into that of x, or back."""
        if gathered.turn is not None:
            for part in parts[1:]:
                part[...] = reverse(part, gathered.turn)
