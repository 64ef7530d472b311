"""The Elman cell, one sequence and one step at a time."""

import numpy as np

ACTIVATIONS = {
    "tanh": (np.tanh, lambda a: 1 / np.cosh(a) ** 2),
    "relu": (lambda a: a * (a > 0), lambda a: 1.0 * (a > 0)),
}


def step(cell, p, x, state):
    (h,) = state
    f, _ = ACTIVATIONS[cell.activation]
    a = p["input_weights"] @ x + p["recurrent_weights"] @ h + p["bias"]
    return (f(a),), (x, h, a)


def step_back(cell, p, cache, d_state):
    x, h, a = cache
    (d_h_new,) = d_state
    _, f_prime = ACTIVATIONS[cell.activation]
    d_a = d_h_new * f_prime(a)
    d_p = {
        "input_weights": np.outer(d_a, x),
        "recurrent_weights": np.outer(d_a, h),
        "bias": d_a,
    }
    return d_p, p["input_weights"].T @ d_a, (p["recurrent_weights"].T @ d_a,)
