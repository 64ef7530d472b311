"""Running a network over sequences where no gradient is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

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

MOST_SCORES = 2**20
"""Scores of steps held at a time in prediction, where there are many classes."""


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
    note: Callable[[FloatArray, IntArray, IntArray, IntArray], object] | None = None,
) -> State:
    """
    Run over the steps from `begin` to `end` of some sequences, all (B,), from the state before.

    Return the state after them, none of it in the workspace. If there is a `note`, it is given the
    scores (T, K, B) of every step of a block, which sequences it has, and from where to where.
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
        unrolled = network.unroll(parameters, x, lengths, part, workspace, keep=False)
        if note is not None:
            note(network.read(parameters, unrolled, workspace, every_step=True), *block)
        part = unrolled.after()
        state = part if all_going else put(state, going, part)
    return state


def batches_for_prediction(
    lengths: IntArray, *, whole: bool, n_outputs: int = 0
) -> Iterator[IntArray]:
    """
    Yield members of batches of sequences of similar length, the longest first.

    If sequences are run over in one `whole` piece, a batch has fewer of the long ones; and fewer
    if each step has many outputs.
    """
    remaining = np.argsort(-lengths, kind="stable")
    while len(remaining) > 0:
        n_steps = int(lengths[remaining[0]]) if whole else BLOCK_STEPS
        size = min(PREDICT_BATCH, PREDICT_BATCH * BLOCK_STEPS // n_steps)
        size = max(1, min(size, MOST_SCORES // (n_steps * max(1, n_outputs))))
        members, remaining = remaining[:size], remaining[size:]
        yield members


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # padding may overflow; nothing reads it
def predict_rows(
    network: Network,
    parameters: Parameters,
    sequences: Sequences,
    read: Callable[[FloatArray], npt.NDArray[Any]] = lambda scores: scores,
    tell: Callable[[FloatArray, IntArray], object] | None = None,
) -> npt.NDArray[Any]:
    """
    Return what a function makes of scores (m, K), a row for each, in the order of the sequences.

    There is a row for each sequence or, if steps have scores, for each step. No more scores than a
    batch's are held; if there is somebody to `tell`, they are told them, and which rows these are.
    Raises NonFiniteError, with a sequence whose scores are not finite.
    """
    dtype, per_step = parameters.flat.dtype, network.per_step
    workspace, lengths = Workspace(dtype), sequences.lengths
    n_rows = int(lengths.sum()) if per_step else len(lengths)
    rows: npt.NDArray[Any] | None = None

    def put(scores: FloatArray, places: IntArray) -> None:
        """Read scores (m, K) and write what they say."""
        nonlocal rows
        wrong = np.flatnonzero(~np.isfinite(scores).all(axis=1))
        if wrong.size:
            index = places[wrong].min()
            if per_step:
                index = np.searchsorted(sequences.starts, index, side="right") - 1
            raise NonFiniteError(
                f"The scores of sequence {index} are not finite: over its {lengths[index]} steps, "
                f"states have outgrown {dtype}. Scale the inputs, or fit a cell whose states are "
                f"bounded."
            )
        if tell is not None:
            tell(scores, places)
        said = read(scores)
        if rows is None:
            rows = np.empty((n_rows, *said.shape[1:]), said.dtype)
        rows[places] = said

    def note(scores: FloatArray, members: IntArray, first: IntArray, last: IntArray) -> None:
        """Put scores (T, K, B) of some steps in their places."""
        places, valid = sequences.places(members, first, last)
        put(scores.transpose(0, 2, 1)[valid], places[valid])

    n_outputs = network.n_outputs if per_step else 0
    for members in batches_for_prediction(
        lengths, whole=network.bidirectional, n_outputs=n_outputs
    ):
        state, begin = network.initial_state(len(members), dtype), np.zeros_like(members)
        state = run(
            network,
            parameters,
            sequences,
            members,
            begin,
            lengths[members],
            state,
            workspace,
            note if per_step else None,
        )
        if not per_step:
            put(np.ascontiguousarray(network.score(parameters, state, workspace).T), members)
    if rows is None:
        raise ValueError("There is no sequence to predict.")
    return rows
