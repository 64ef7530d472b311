"""Categories as the textbook has them: a one-hot vector times a matrix, one step at a time."""

import numpy as np


def embed(network, parameters, x):
    """Return what the first layer reads (T, D') of one sequence x (T, D)."""
    return np.array([_step(network, parameters, x_t)[0] for x_t in x])


def embed_back(network, parameters, x, d_read):
    """Return the gradients by parameter name, and d_x (T, D), which codes have none of."""
    gradients, d_x = {}, np.zeros_like(x)
    for t, x_t in enumerate(x):
        _, hots = _step(network, parameters, x_t)
        numeric = [j for j in range(len(x_t)) if j not in hots]
        d_x[t, numeric] = d_read[t, : len(numeric)]
        place = len(numeric)
        for j, hot in hots.items():
            name = f"embedding_{j}.weights"
            size = parameters[name].shape[1]
            d_E = np.outer(hot, d_read[t, place : place + size])
            gradients[name] = gradients.get(name, 0) + d_E
            place += size
    return gradients, d_x


def _step(network, parameters, x_t):
    """Return what is read of one step: numbers first; and each category's one-hot vector."""
    hots, learnt = {}, []
    for j, n_categories, _ in network.embeddings:
        hots[j] = np.zeros(n_categories + 1)
        hots[j][int(x_t[j])] = 1
        learnt.append(hots[j] @ parameters[f"embedding_{j}.weights"])
    numbers = [value for j, value in enumerate(x_t) if j not in hots]
    return np.concatenate([numbers, *learnt]), hots
