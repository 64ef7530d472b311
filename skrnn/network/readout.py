"""From hidden states to scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from skrnn.network.initializers import Glorot
from skrnn.network.layer import per_direction, reverse
from skrnn.network.parameters import Parameters
from skrnn.network.pooling import POOLS, Pool
from skrnn.network.products import add_products
from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray, IntArray

BLOCK_SCORES = 2**16
"""Scores held at a time on the way back, unless one step has more; no result depends on it."""

Cost: TypeAlias = Callable[[FloatArray, slice], FloatArray]
"""What returns the gradient of scores (S, K, B), given them and which of the steps they are of."""


class Reading(NamedTuple):
    """
    What scores at S steps of each sequence are made of.

    `counts` (S, B) are the steps gathered until there, `mask` (F, B) is that of dropout. If `turn`
    gives the steps of each sequence (B,), what the second direction has gathered has been turned
    into the order of x. `features` (S, 1 + F, B) begin with a 1.
    """

    counts: IntArray
    mask: FloatArray | None
    turn: IntArray | None
    features: FloatArray


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
    targets of their own, what is said at step t of x, where both directions meet. `n_units` is H in
    each direction, so that F is `n_directions` times as many; `n_outputs` is K.
    """

    pooling: str
    n_units: int
    n_directions: int
    n_outputs: int

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """One for each direction."""
        names = ("readout.pooled", "readout_reverse.pooled")[: self.n_directions]
        return tuple(POOLS[self.pooling](name) for name in names)

    @property
    def matrices(self) -> dict[str, dict[str, tuple[int, ...]]]:
        """Shapes of the parameters, side by side in [a V]."""
        V = {"readout.weights": (self.n_outputs, self.n_directions * self.n_units)}
        return {"readout": {"readout.bias": (self.n_outputs,), **V}}

    def initialize(self, parameters: Parameters, generator: np.random.Generator) -> None:
        """
        Draw the initial weights; the bias stays zero.

        They begin at twice the usual range, for a stronger signal back into the recurrence: fits
        take fewer epochs, and generalise as well or better.
        """
        weights = parameters["readout.weights"]
        n_rows, n_columns = weights.shape
        weights[...] = Glorot(gain=2.0).draw(n_rows, n_columns, generator)

    def forward(
        self,
        pooled: Sequence[FloatArray],
        counts: IntArray,
        mask: FloatArray | None,
        turn: IntArray | None,
        workspace: Workspace,
    ) -> Reading:
        """
        Make features of what each direction has gathered, (S, H, B) each.

        They lie in the workspace until the next call.
        """
        n_reads, _, n_sequences = pooled[0].shape
        shape = n_reads, 1 + self.n_directions * self.n_units, n_sequences
        features, of_states, parts = workspace.bind(
            "readout", shape, lambda: self._memory(shape, workspace)
        )
        for pool, part, gathered in zip(self.pools, parts, pooled, strict=True):
            part[...] = gathered
            pool.scale(part, counts)  # (1)
        if turn is not None:
            self._turn(parts, turn)
        if mask is not None:
            of_states *= mask  # (2)
        return Reading(counts, mask, turn, features)

    def scores(self, parameters: Parameters, features: FloatArray) -> FloatArray:
        """Return scores (S, K, B) of features (S, 1 + F, B)."""
        scores: FloatArray = np.matmul(parameters.matrices["readout"], features)  # (3)
        return scores

    def backward(
        self,
        parameters: Parameters,
        reading: Reading,
        first: int,
        cost: Cost,
        gradients: Parameters,
    ) -> list[FloatArray]:
        """
        Add to the gradients; return those of what was gathered, which overwrite the features.

        Scores are read off, and asked what they cost, a block of steps at a time, the last ones
        first. The reading's steps are counted from `first`.
        """
        features, d_features = reading.features, reading.features[:, 1:]
        V, n_sequences = parameters["readout.weights"], features.shape[2]
        n_steps = max(1, BLOCK_SCORES // (self.n_outputs * n_sequences))
        for stop in range(len(features), 0, -n_steps):
            block = slice(max(stop - n_steps, 0), stop)
            scores = self.scores(parameters, features[block])
            d_scores = cost(scores, slice(first + block.start, first + block.stop))
            add_products(gradients.matrices["readout"], d_scores, features[block])  # (3)
            np.matmul(V.T, d_scores, out=d_features[block])
        if reading.mask is not None:
            d_features *= reading.mask  # (2)
        d_parts = per_direction(d_features, self.n_directions)
        if reading.turn is not None:
            self._turn(d_parts, reading.turn)
        for pool, part in zip(self.pools, d_parts, strict=True):
            pool.scale(part, reading.counts)  # (1)
        return d_parts

    def _memory(
        self, shape: tuple[int, int, int], workspace: Workspace
    ) -> tuple[FloatArray, FloatArray, list[FloatArray]]:
        """Return memory for 1 and the features, the features alone, and each direction's part."""
        features = workspace.empty("readout.features", shape)
        features[:, 0] = 1
        return features, features[:, 1:], per_direction(features[:, 1:], self.n_directions)

    def _turn(self, parts: Sequence[FloatArray], lengths: IntArray) -> None:
        """Turn the second direction's part, if there is one, into the order of x, or back."""
        for part in parts[1:]:
            part[...] = reverse(part, lengths)
