"""Running a network over sequences where no gradient is wanted."""

from __future__ import annotations

import numpy as np

from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.trace import NetworkState
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import blocks
from skrnn.sequences.sequences import Sequences
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray, IntArray

BLOCK_STEPS = 64
"""Steps run at a time: memory for these, whatever the sequences' length."""

PREDICT_BATCH = 256
"""Sequences run at a time in prediction: wide products that still fit the cache."""


def run(
    network: Network,
    parameters: Parameters,
    sequences: Sequences,
    members: IntArray,
    end: IntArray,
    workspace: Workspace,
) -> NetworkState:
    """
    Run over the beginning of sequences and return the states there.

    Parameters
    ----------
    network : Network
        The network.
    parameters : Parameters
        Its parameters.
    sequences : Sequences
        The sequences.
    members : array of int of shape (B,)
        Which of them.
    end : array of int of shape (B,)
        The step before which to stop in each.
    workspace : Workspace
        Memory.

    Returns
    -------
    NetworkState
        The states, in arrays of their own.
    """
    state = network.initial_state(len(members), parameters.flat.dtype)
    for first, last in blocks(end, BLOCK_STEPS):
        block = sequences.pad(members, first, last)
        state = network.advance(parameters, block.x, block.lengths, state, workspace)
    return state


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # padding may overflow; nothing reads it
def predict_scores(network: Network, parameters: Parameters, sequences: Sequences) -> FloatArray:
    """
    Score sequences, those of similar length together.

    Parameters
    ----------
    network : Network
        The network.
    parameters : Parameters
        Its parameters; only read.
    sequences : Sequences
        The sequences.

    Returns
    -------
    array of shape (n, K)
        Scores, in the order of the sequences.
    """
    workspace = Workspace(parameters.flat.dtype)
    scores = np.empty((len(sequences), network.n_outputs), parameters.flat.dtype)
    by_length = np.argsort(sequences.lengths, kind="stable")
    for first in range(0, len(sequences), PREDICT_BATCH):
        members = by_length[first : first + PREDICT_BATCH]
        end = sequences.lengths[members]
        state = run(network, parameters, sequences, members, end, workspace)
        scores[members] = network.score(parameters, state).T
    return scores
