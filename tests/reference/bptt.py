"""Backpropagation through time as the textbook has it: one sequence, layer by layer."""

import numpy as np

from tests.reference.embedding import embed, embed_back
from tests.reference.losses import cross_entropy


def loss_and_gradients(
    oracle,
    network,
    parameters,
    x,
    initial,
    target,
    *,
    replication=0.0,
    truncation_length=None,
    clip=None,
    masks=None,
    shares=None,
    past=None,
    cost=cross_entropy,
):
    """
    The loss of one sequence x (T, D) and all its gradients.

    `target` is what is right at every step; if the network's scores belong to steps, it has a row
    for each. `cost` of scores and a target is a value and its gradient.

    `initial` has, for each layer and each of its directions, a tuple of states (H,). `replication`
    is the part of the loss that is the average over the steps. With a truncation length k (one
    direction only), the states k steps before the end are constants, and so is all that was pooled
    before; the loss counts the k steps. `clip` bounds the norm of dLoss/dh at each step. `masks`
    has, for each layer, the factors on its outputs. `shares` (T,) weighs the cost of each step,
    instead of what follows from `replication`. `past` (P, H) are constant states of the top layer
    that come before those of x (one direction only).

    Returns the loss, the gradients by parameter name, d_x (T, D) and d_initial like `initial`.
    """
    cell, n_steps = network.cell, len(x)
    first = 0 if truncation_length is None else max(n_steps - truncation_length, 0)
    gradients = {key: np.zeros_like(parameters[key]) for key in parameters.layout}
    n_directions = 2 if network.bidirectional else 1
    names = [
        [f"layer_{i}" + "_reverse" * j for j in range(n_directions)]
        for i in range(len(network.layer_sizes))
    ]
    if masks is None:
        masks = [np.ones(size * n_directions) for size in network.layer_sizes]

    # Forward. What belongs to a direction is kept in the order in which it reads.
    inputs, caches, hidden = [], [], []
    below = embed(network, parameters, x)
    for names_of_layer, initial_of_layer, mask in zip(names, initial, masks, strict=True):
        inputs.append(below)
        caches.append([])
        hidden = []
        for j, (name, state) in enumerate(zip(names_of_layer, initial_of_layer, strict=True)):
            states, cache_of_step = run(oracle, cell, part(parameters, name), turn(below, j), state)
            hidden.append(states)
            caches[-1].append(cache_of_step)
        below = mask * np.concatenate([turn(h, j) for j, h in enumerate(hidden)], axis=1)

    V, a = parameters["readout.weights"], parameters["readout.bias"]
    loss, d_hidden = 0.0, [np.zeros_like(h) for h in hidden]
    n_past = 0 if past is None else len(past)
    seen = [h if n_past == 0 else np.concatenate([past, h]) for h in hidden]
    for t in range(first, n_steps):
        # How much each direction has read: of x, to step t; but each in its own order, t steps.
        ends = [t + 1, n_steps - t if network.per_step else t + 1][:n_directions]
        share = replication / (n_steps - first) + (1 - replication) * (t == n_steps - 1)
        if shares is not None:
            share = shares[t]
        so_far = [h[: n_past + end] for h, end in zip(seen, ends, strict=True)]
        features = masks[-1] * np.concatenate([pool(network.pooling, h) for h in so_far])
        scores = V @ features + a
        value, d_scores = cost(scores, target[t] if network.per_step else target)
        loss += share * value
        d_scores = share * d_scores
        gradients["readout.weights"] += np.outer(d_scores, features)
        gradients["readout.bias"] += d_scores
        d_features = np.split(masks[-1] * (V.T @ d_scores), n_directions)
        for h, d_h, d_feature in zip(so_far, d_hidden, d_features, strict=True):
            d_h[: len(h) - n_past] += pool_back(network.pooling, h, d_feature)[n_past:]

    # Backward.
    d_initial = [None] * len(names)
    for i in reversed(range(len(names))):
        d_below, d_initial[i] = np.zeros_like(inputs[i]), []
        for j, name in enumerate(names[i]):
            p = part(parameters, name)
            d_state = [np.zeros_like(s) for s in initial[i][j]]
            d_read = np.zeros_like(inputs[i])
            for t in reversed(range(first, n_steps)):
                d_state[0] = d_state[0] + d_hidden[j][t]
                if clip is not None:
                    norm = np.linalg.norm(d_state[0])
                    d_state[0] = d_state[0] * min(1.0, clip / norm if norm > 0 else 1.0)
                d_p, d_read[t], d_previous = oracle.step_back(cell, p, caches[i][j][t], d_state)
                for key, value in d_p.items():
                    gradients[f"{name}.{key}"] += value
                d_state = list(d_previous)
            d_initial[i].append(tuple(d_state))
            d_below += turn(d_read, j)
        if i > 0:
            d_parts = np.split(masks[i - 1] * d_below, n_directions, axis=1)
            d_hidden = [turn(d, j) for j, d in enumerate(d_parts)]
    d_embeddings, d_x = embed_back(network, parameters, x, d_below)
    return loss, gradients | d_embeddings, d_x, d_initial


def run(oracle, cell, p, x, state):
    """Return the hidden states (T, H) after each step, and each step's cache."""
    hidden, caches = [], []
    for x_t in x:
        state, cache = oracle.step(cell, p, x_t, state)
        hidden.append(state[0])
        caches.append(cache)
    return np.array(hidden), caches


def turn(steps, direction):
    """Return steps (T, R) in the order in which a direction reads; or back again."""
    return steps[::-1] if direction == 1 else steps


def part(parameters, name):
    """Return the parameters of one direction of one layer by their short names."""
    prefix, names = f"{name}.", parameters.layout
    return {key.removeprefix(prefix): parameters[key] for key in names if key.startswith(prefix)}


def pool(kind, hidden):
    """Summarise hidden states (T, H)."""
    return {"last": hidden[-1], "mean": hidden.mean(axis=0), "max": hidden.max(axis=0)}[kind]


def pool_back(kind, hidden, d):
    """Return the gradient (T, H) of the states that were summarised."""
    d_hidden = np.zeros_like(hidden)
    if kind == "last":
        d_hidden[-1] = d
    elif kind == "mean":
        d_hidden[:] = d / len(hidden)
    else:
        d_hidden[hidden.argmax(axis=0), np.arange(len(d))] = d
    return d_hidden
