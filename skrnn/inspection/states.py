"""What a fitted network's states are as it reads a sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.inspection.task import target_of
from skrnn.network.workspace import Workspace
from skrnn.sequences.arrays import as_floats
from skrnn.sequences.check import check_finite, from_padded
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray


@one_blas_thread()
def states_of(estimator: Any, x: Any, layer: int) -> tuple[FloatArray, FloatArray]:
    """
    Let a fitted network read one sequence, flat or of shape (n_timesteps, n_features).

    Return a layer's states (n_units, n_timesteps) after each step, those of both directions at the
    same step of x; and what is read off there, (n_timesteps, n_outputs): class probabilities or
    predictions. Unless steps have targets of their own, that is what would be said had the sequence
    ended there; with two directions, after as many steps of each.
    """
    read = target_of(estimator).read
    network, parameters = estimator.__skrnn_network__, estimator.parameters_
    n_layers = len(network.layers)
    if not isinstance(layer, int) or not -n_layers <= layer < n_layers:
        raise ValueError(f"layer={layer} is not among the {n_layers} layers of the network.")
    form = estimator.x_format_
    steps = as_floats(form.in_numbers(x), "x")
    if steps.ndim == 1 and steps.size % network.n_inputs == 0:
        steps = steps.reshape(-1, network.n_inputs)
    if steps.ndim != 2 or steps.shape[1] != network.n_inputs:
        raise ValueError(
            f"x must be one sequence of {network.n_inputs} features a step; its shape is "
            f"{np.shape(x)}."
        )
    sequences = from_padded(steps[None], gaps=True).astype(parameters.flat.dtype)
    check_finite(sequences, form.categories.features)
    sequences = form.encode(sequences)
    one, workspace = np.zeros(1, dtype=np.intp), Workspace(parameters.flat.dtype)
    steps = sequences.pad(one, one, sequences.lengths)
    state = network.initial_state(1, parameters.flat.dtype)
    unrolled = network.unroll(parameters, steps, sequences.lengths, state, workspace, keep=False)
    outputs = network.layers[layer].outputs(unrolled.traces[layer], None, None, workspace)
    scores = network.read(parameters, unrolled, workspace, every_step=True)
    return outputs[:, :, 0].T.copy(), read(scores[:, :, 0]).reshape(len(outputs), -1)
