"""What is learnt from."""

from __future__ import annotations

from dataclasses import dataclass

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
