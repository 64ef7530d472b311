"""Backpropagation through time as the textbook has it: one sequence, step by step."""

import numpy as np


def layer_parameters(parameters, name):
    return {key.split(".")[1]: parameters[key] for key in parameters.layout if name in key}


def loss_and_gradients(
    oracle, network, parameters, x, initial, target, truncation_length=None, clip=None
):
    """
    Cross-entropy of one sequence x (T, D) and all its gradients.

    `initial` has, for each layer, a tuple of states (H,). With a truncation length k, the state k
    steps before the end is a constant. `clip` bounds the norm of dLoss/dh at each step.

    Returns the loss, the gradients by parameter name, d_x (T, D) and d_initial like `initial`.
    """
    cell, names = network.cell, [layer.name for layer in network.layers]
    p = [layer_parameters(parameters, name) for name in names]
    readout = layer_parameters(parameters, "readout")
    gradients = {key: np.zeros_like(parameters[key]) for key in parameters.layout}

    states, caches = [tuple(np.array(s) for s in layer) for layer in initial], []
    for x_t in x:
        below, step_caches = x_t, []
        for i in range(len(names)):
            states[i], cache = oracle.step(cell, p[i], below, states[i])
            below = states[i][0]
            step_caches.append(cache)
        caches.append(step_caches)
    last = states[-1][0]
    scores = readout["weights"] @ last + readout["bias"]

    probabilities = np.exp(scores) / np.exp(scores).sum()
    loss = -np.log(probabilities[target])
    d_scores = probabilities - np.eye(len(scores))[target]
    gradients["readout.weights"] += np.outer(d_scores, last)
    gradients["readout.bias"] += d_scores

    d_states = [[np.zeros_like(s) for s in layer] for layer in states]
    d_states[-1][0] = readout["weights"].T @ d_scores
    d_x = np.zeros_like(x)
    steps_back = len(x) if truncation_length is None else min(truncation_length, len(x))
    for t in reversed(range(len(x) - steps_back, len(x))):
        for i in reversed(range(len(names))):
            if clip is not None:
                norm = np.linalg.norm(d_states[i][0])
                d_states[i][0] = d_states[i][0] * min(1.0, clip / norm if norm > 0 else 1.0)
            d_p, d_below, d_previous = oracle.step_back(cell, p[i], caches[t][i], d_states[i])
            for key, value in d_p.items():
                gradients[f"{names[i]}.{key}"] += value
            d_states[i] = list(d_previous)
            if i > 0:
                d_states[i - 1][0] = d_states[i - 1][0] + d_below
            else:
                d_x[t] = d_below
    return loss, gradients, d_x, d_states
