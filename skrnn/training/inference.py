"""Running a network over sequences where no gradient is wanted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.states import State, put, take
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
    state: State,
    workspace: Workspace,
    scores: Sequences | None = None,
) -> State:
    """
    Run over the steps from `begin` to `end` of some sequences, all (B,), from the state before.

    Return the state after them, none of it in the workspace. If `scores` are given, those of every
    step are put there.
    """
    n_steps = BLOCK_STEPS
    if network.bidirectional:  # one direction begins at the end: no part goes without the rest
        n_steps = max(n_steps, int(end.max()))
    for first, last in blocks(begin, end, n_steps):
        going = np.flatnonzero(first < last)  # a long sequence does not drag the others along
        block = members[going], first[going], last[going]
        x, lengths = sequences.pad(*block), block[2] - block[1]
        all_going = len(going) == len(members)
        part = state if all_going else take(state, going)
        if scores is None:
            part = network.advance(parameters, x, lengths, part, workspace)
        else:
            forward_pass = network.forward(
                parameters, x, lengths, part, workspace, every_step=True, keep=False
            )
            scores.place(forward_pass.scores, *block)
            part = forward_pass.last.after()
        state = part if all_going else put(state, going, part)
    return state


def batches_for_prediction(lengths: IntArray, *, whole: bool) -> Iterator[IntArray]:
    """
    Yield members of batches of sequences of similar length, the longest first.

    If sequences are run over in one `whole` piece, a batch has fewer of the long ones.
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
    Return scores in the order of the sequences: (n, K), or (sum of lengths, K) if steps have them.

    Raises NonFiniteError, with the first sequence whose scores are not finite.
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
            scores.steps[members] = network.score(parameters, state, workspace).T
    wrong = np.flatnonzero(~np.isfinite(scores.steps).all(axis=1))
    if wrong.size:
        index = np.searchsorted(scores.starts, wrong[0], side="right") - 1
        raise NonFiniteError(
            f"The scores of sequence {index} are not finite: over its "
            f"{sequences.lengths[index]} steps, states have outgrown {dtype}. Scale the inputs, "
            f"or fit a cell whose states are bounded."
        )
    return scores.steps
