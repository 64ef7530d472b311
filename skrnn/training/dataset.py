"""What is learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Dataset:
    """
    What is learnt from, or scored on: n sequences, and what is right with its weight.

    There is a target for each sequence, or for each of its steps: the number of a class, or K
    numbers. One whose weight is 0 is none, and holds zeros.
    """

    sequences: Sequences
    targets: Sequences
    weights: Sequences

    def take(self, members: IntArray) -> Dataset:
        """Return a copy of some of the sequences with their targets and weights."""
        parts = (self.sequences, self.targets, self.weights)
        return Dataset(*(part.take(members) for part in parts))

    @cached_property
    def identities(self) -> IntArray:
        """
        A number for each sequence: the same for equal ones, short ones first.

        Among those of a length, content decides the order.
        """
        digests = [
            (len(x), _digest(x, y)) for x, y in zip(self.sequences, self.targets, strict=True)
        ]
        numbers = {digest: number for number, digest in enumerate(sorted(set(digests)))}
        return np.array([numbers[digest] for digest in digests], dtype=np.intp)

    @property
    def different(self) -> IntArray:
        """The first sequence of each kind among those that have weight."""
        members = np.flatnonzero(self.weights.sums[:, 0] > 0)
        return members[np.unique(self.identities[members], return_index=True)[1]]

    @cached_property
    def _nothing_to_merge(self) -> bool:
        """Whether all sequences differ and have weight, so that they need only be ordered."""
        no_copies = self.identities.max(initial=-1) + 1 == len(self.identities)
        return bool(no_copies and (self.weights.sums > 0).all())

    @cached_property
    def _places(self) -> IntArray:
        """Where each sequence stands if they are sorted by what they are, copies by weight."""
        keys = [*zip(self.identities.tolist(), map(bytes, self.weights), strict=True)]
        return np.argsort(sorted(range(len(keys)), key=keys.__getitem__))

    def distinct(self, members: IntArray) -> tuple[IntArray, Sequences]:
        """
        Merge equal sequences, leave out those without weight, and order the rest by what they are.

        Training magnifies rounding: on few sequences that are hard to tell apart, sums in another
        order end in another model. So the same batch is always summed in the same order, whatever
        the order it came in and whether a sequence came twice or with twice the weight. Return
        members, one of each kind, and the sum of the weights of its kind: some of them above 0.
        """
        if self._nothing_to_merge:
            members = members[self.identities[members].argsort()]
            return members, self.weights.take(members)
        _, first, kinds = np.unique(
            self.identities[members], return_index=True, return_inverse=True
        )
        merged = self.weights.take(members[first])
        order = self._places[members].argsort()  # or the sum of copies depended on theirs
        weights = self.weights.take(members[order]).steps[:, 0]
        merged.steps[:, 0] = np.bincount(merged.rows(kinds[order]), weights, len(merged.steps))
        counts = np.flatnonzero(merged.sums > 0)
        return members[first[counts]], merged.take(counts)


def _digest(x: FloatArray, y: npt.NDArray[Any]) -> bytes:
    """Return bytes that stand for the content of a sequence and its targets."""
    digest = blake2b(digest_size=16)
    for array in (x, y):
        # To add 0 makes 0.0 of -0.0, which equals it but has other bytes.
        digest.update(np.add(array, 0, order="C").data)
    return digest.digest()
