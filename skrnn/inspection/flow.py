"""How far a gradient reaches back: its norm by the distance from the readout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skrnn.inspection.task import task_of
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.training.inference import batches_for_prediction
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # what explodes is what one wants to see
def gradient_flow(estimator: Any, X: Any, y: Any) -> dict[str, Any]:
    """
    Measure how much of the gradient reaches back to each step.

    It is the norm of dLoss/dh_t, where h_t is the hidden state after step t of a sequence, and the
    loss is that of its end, by the number of steps between t and the last one. If it falls by a
    constant factor per step, the gradient vanishes, and what happened long before the end is hard
    to learn from; if it grows, it explodes. It is the slope that tells, not the level: an LSTM
    keeps its memory beside h, and the way there through its gates makes the level fall once. With
    ``readout="mean"`` or "max" the loss reaches every step directly, and the lower layers of a
    bidirectional stack hear from both ends: a flat line then says nothing of what is remembered.

    Neither dropout nor truncation, clipping and target replication have a part. Of targets for
    steps only the last one has, read off where each direction has seen the whole sequence.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted or not; it is left as it is. If not, the parameters are those that `fit` would begin
        with.
    X : array-like or list of arrays
        Sequences; a few will do. Of long ones, some at a time are in memory with the activations
        of all their steps.
    y : array-like or list of arrays
        Their targets, as the estimator's `fit` takes them; without weights, so none may be missing.

    Returns
    -------
    dict of str to array of shape (n_distances,)
        "distance", from 0 to one less than the steps of the longest sequence; and for each layer
        ("layer_0", "layer_0_reverse" for the direction that reads backwards, whose last step is the
        first of the sequence) the mean of the norms over the sequences that are long enough. Where
        gradients explode, a few sequences may be most of it.

    References
    ----------
    S. Hochreiter, "Untersuchungen zu dynamischen neuronalen Netzen", diploma thesis, TU Munich,
    1991; Y. Bengio, P. Simard, P. Frasconi, "Learning long-term dependencies with gradient descent
    is difficult", IEEE Transactions on Neural Networks 5, 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import gradient_flow
    >>> X, y = np.random.default_rng(0).normal(size=(6, 50, 2)), [0, 1] * 3
    >>> flow = gradient_flow(RNNSequenceClassifier(8, cell="elman", random_state=0), X, y)
    >>> flow["distance"][[0, -1]]
    array([ 0, 49])
    >>> bool(flow["layer_0"][-1] < flow["layer_0"][0])
    True
    """
    recipe, parameters, data = task_of(estimator, X, y)
    network, lengths = replace(recipe.network, per_step=False), data.sequences.lengths
    last = data.targets.steps[data.targets.starts + data.targets.lengths - 1]  # (n, K)
    names = [direction.name for layer in network.layers for direction in layer.directions]
    sums = {name: np.zeros(lengths.max()) for name in names}
    counts = np.zeros(lengths.max())
    gradients = Parameters.zeros(parameters.layout, parameters.flat.dtype)
    workspace = Workspace(parameters.flat.dtype)
    order = [d.name for layer in reversed(network.layers) for d in layer.directions]
    for members in batches_for_prediction(lengths, whole=True):
        n_steps = lengths[members]
        x = data.sequences.pad(members, np.zeros_like(members), n_steps)
        state = network.initial_state(len(members), x.dtype)
        forward_pass = network.forward(parameters, x, n_steps, state, workspace)
        each = np.ones((1, len(members)), x.dtype)
        scores = network.read(parameters, forward_pass.last, workspace)
        _, d_scores = recipe.loss(scores, last[members].T[None], each)
        norms: list[FloatArray] = []  # by layer from the top, direction, and step from the last

        def note(d_hidden: FloatArray, norms: list[FloatArray] = norms) -> None:
            norms.append(np.linalg.norm(d_hidden, axis=0))

        def cost(*_: object, d_scores: FloatArray = d_scores) -> FloatArray:
            return d_scores

        network.backward(parameters, forward_pass, cost, gradients, workspace, note)
        by_step = np.array(norms).reshape(len(order), len(x), len(members))[:, ::-1]
        distance = n_steps - 1 - np.arange(len(x))[:, None]  # (T, B)
        valid = distance >= 0
        for name, values in zip(order, by_step, strict=True):
            np.add.at(sums[name], distance[valid], values[valid])
        np.add.at(counts, distance[valid], 1)
    return {"distance": np.arange(len(counts))} | {name: sums[name] / counts for name in names}
