"""What is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Dataset:
    """
    What is learnt from, or scored on.

    Parameters
    ----------
    sequences : Sequences
        n sequences.
    targets : array of int of shape (n,)
        Class of each.
    weights : array of shape (n,)
        Weight of each.
    """

    sequences: Sequences
    targets: IntArray
    weights: FloatArray

    def take(self, members: IntArray) -> Dataset:
        """
        Return some of the sequences with their targets and weights.

        Parameters
        ----------
        members : array of int of shape (m,)
            Which.

        Returns
        -------
        Dataset
            A copy.
        """
        return Dataset(self.sequences.take(members), self.targets[members], self.weights[members])

    @cached_property
    def identities(self) -> IntArray:
        """Numbers that equal sequences with equal targets share, and that follow from these."""
        digests = [
            blake2b(
                (steps + 0.0).tobytes() + target.tobytes(), digest_size=16
            ).digest()  # -0.0 is 0.0
            for steps, target in zip(self.sequences, self.targets, strict=True)
        ]
        numbers = {digest: number for number, digest in enumerate(sorted(set(digests)))}
        return np.array([numbers[digest] for digest in digests], dtype=np.intp)

    def distinct(self, members: IntArray) -> tuple[IntArray, FloatArray]:
        """
        Merge equal sequences, leave out those without weight, and order the rest by what they are.

        Training magnifies rounding: on few sequences that are hard to tell apart, sums in another
        order end in another model. So the same batch is always summed in the same order, whatever
        the order it came in and whether a sequence came twice or with twice the weight.

        Parameters
        ----------
        members : array of int of shape (m,)
            Which sequences.

        Returns
        -------
        members : array of int of shape (B,)
            One of each kind.
        weights : array of shape (B,)
            The sum of the weights of its kind, above 0.
        """
        _, first, kinds = np.unique(
            self.identities[members], return_index=True, return_inverse=True
        )
        weights = np.bincount(kinds, self.weights[members]).astype(np.float64, copy=False)
        counts = weights > 0
        return members[first[counts]], weights[counts]
