"""What a fitted network's states are as it reads sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.inspection.task import target_of
from skrnn.network.workspace import Workspace
from skrnn.training.inference import batches_for_prediction
from skrnn.training.threads import one_blas_thread


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # padding may overflow; nothing reads it
def hidden_states(estimator: Any, X: Any) -> dict[str, Any]:
    """
    Return the states of each layer after every step.

    They are what the layer above reads, or the readout: features of steps for a model of another
    kind, or to see what units respond to.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted.
    X : array-like or list of arrays
        Sequences, in any form that `predict` takes.

    Returns
    -------
    dict of str to array
        For each layer, "layer_0" being the lowest, its states in the form of X: an array of shape
        (n_samples, n_timesteps, n_units) for 2-D and 3-D X, an array of shape (n_timesteps_i,
        n_units) for each sequence where they may differ in length. A layer that reads both ways has
        the units of both directions side by side, each after it has read that step.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import hidden_states
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> hidden_states(model, X[:3])["layer_0"].shape
    (3, 5, 4)
    """
    target_of(estimator)  # raises an error if it is not fitted
    sequences, in_form = estimator.x_format_.read(estimator, X)
    network, parameters = estimator.__skrnn_network__, estimator.parameters_
    dtype, lengths = parameters.flat.dtype, sequences.lengths
    workspace = Workspace(dtype)
    states = {
        layer.name: np.empty((len(sequences.steps), layer.n_outputs), dtype)
        for layer in network.layers
    }
    for members in batches_for_prediction(lengths, whole=True):
        n_steps = lengths[members]
        places, valid = sequences.places(members, np.zeros_like(members), n_steps)
        x = sequences.pad(members)
        state = network.initial_state(len(members), dtype)
        unrolled = network.unroll(parameters, x, n_steps, state, workspace, keep=False)
        for layer, traces in zip(network.layers, unrolled.traces, strict=True):
            outputs = layer.outputs(traces, unrolled.ragged, None, workspace)  # (T, units, B)
            states[layer.name][places[valid]] = outputs.transpose(0, 2, 1)[valid]
    return {name: in_form(rows) for name, rows in states.items()}
