"""The long short-term memory, one sequence and one step at a time."""

import numpy as np
from scipy.special import expit


def step(cell, p, x, state):
    h, c = state
    a_i, a_o, a_f, a_g = np.split(
        p["input_weights"] @ x + p["recurrent_weights"] @ h + p["bias"], 4
    )
    i, o, f, g = expit(a_i), expit(a_o), expit(a_f), np.tanh(a_g)
    c_new = f * c + i * g
    return (o * np.tanh(c_new), c_new), (x, h, c, i, o, f, g, c_new)


def step_back(cell, p, cache, d_state):
    x, h, c, i, o, f, g, c_new = cache
    d_h_new, d_c_new = d_state
    d_c_new = d_c_new + d_h_new * o / np.cosh(c_new) ** 2
    d_a = np.concatenate(
        [
            d_c_new * g * i * (1 - i),
            d_h_new * np.tanh(c_new) * o * (1 - o),
            d_c_new * c * f * (1 - f),
            d_c_new * i * (1 - g**2),
        ]
    )
    d_p = {
        "input_weights": np.outer(d_a, x),
        "recurrent_weights": np.outer(d_a, h),
        "bias": d_a,
    }
    return d_p, p["input_weights"].T @ d_a, (p["recurrent_weights"].T @ d_a, d_c_new * f)
