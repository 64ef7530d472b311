"""Running a network over sequences where no gradient is wanted."""

from __future__ import annotations

from collections.abc import Iterator

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


class NonFiniteError(ValueError):
    """A network has left the range of finite numbers."""


def run(
    network: Network,
    parameters: Parameters,
    sequences: Sequences,
    members: IntArray,
    begin: IntArray,
    end: IntArray,
    state: NetworkState,
    workspace: Workspace,
    scores: Sequences | None = None,
) -> NetworkState:
    """
    Run over a part of each sequence and return the state after it.

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
    begin, end : array of int of shape (B,)
        The first step in each, and the step before which to stop.
    state : NetworkState
        The state before `begin`.
    workspace : Workspace
        Memory.
    scores : Sequences, optional
        Where to put the scores at every step.

    Returns
    -------
    NetworkState
        The state before `end`, none of it in the workspace.
    """
    n_steps = BLOCK_STEPS
    if network.bidirectional:  # one direction begins at the end: no part goes without the rest
        n_steps = max(n_steps, int(end.max()))
    for first, last in blocks(begin, end, n_steps):
        going = np.flatnonzero(first < last)  # a long sequence does not drag the others along
        block = sequences.pad(members[going], first[going], last[going])
        all_going = len(going) == len(members)
        part = state if all_going else state.take(going)
        if scores is None:
            part = network.advance(parameters, *block, part, workspace)
        else:
            forward_pass = network.forward(
                parameters, *block, part, workspace, every_step=True, keep=False
            )
            scores.place(forward_pass.scores, members[going], first[going], last[going])
            part = forward_pass.states[-1]
        state = part if all_going else state.put(going, part)
    return state


def batches_for_prediction(lengths: IntArray, *, whole: bool) -> Iterator[IntArray]:
    """
    Divide sequences into batches of similar length, the longest first.

    Parameters
    ----------
    lengths : array of int of shape (n,)
        Steps of each sequence.
    whole : bool
        Whether sequences are run over in one piece: then fewer of the long ones at a time.

    Yields
    ------
    array of int
        Indices of the members of a batch.
    """
    remaining = np.argsort(-lengths, kind="stable")
    while len(remaining) > 0:
        size = PREDICT_BATCH
        if whole:
            longest = int(lengths[remaining[0]])
            size = min(size, max(1, PREDICT_BATCH * BLOCK_STEPS // longest))
        members, remaining = remaining[:size], remaining[size:]
        yield members


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
    array of shape (n, K) or (sum of lengths, K)
        Scores in the order of the sequences, of each or of all its steps.

    Raises
    ------
    NonFiniteError
        If a score is not a finite number.
    """
    dtype = parameters.flat.dtype
    workspace = Workspace(dtype)
    lengths = sequences.lengths if network.per_step else np.ones_like(sequences.lengths)
    scores = Sequences(np.empty((lengths.sum(), network.n_outputs), dtype), lengths)
    at_steps = scores if network.per_step else None
    for members in batches_for_prediction(sequences.lengths, whole=network.bidirectional):
        end = sequences.lengths[members]
        state = network.initial_state(len(members), dtype)
        begin = np.zeros_like(end)
        state = run(network, parameters, sequences, members, begin, end, state, workspace, at_steps)
        if not network.per_step:
            scores.steps[members] = network.score(parameters, state).T
    wrong = np.flatnonzero(~np.isfinite(scores.steps).all(axis=1))
    if wrong.size:
        index = np.searchsorted(scores.starts, wrong[0], side="right") - 1
        raise NonFiniteError(
            f"The scores of sequence {index} are not finite: over its "
            f"{sequences.lengths[index]} steps, states have outgrown {dtype}. Scale the inputs, "
            f"or fit a cell whose states are bounded."
        )
    return scores.steps
