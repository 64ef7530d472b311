"""The gated recurrent unit, reset after the product, one sequence and one step at a time."""

import numpy as np
from scipy.special import expit


def step(cell, p, x, state):
    (h,) = state
    a_z, a_r, a_n = np.split(p["input_weights"] @ x + p["bias"], 3)
    u_z, u_r, u_n = np.split(p["recurrent_weights"] @ h + p["recurrent_bias"], 3)
    z, r = expit(a_z + u_z), expit(a_r + u_r)
    n = np.tanh(a_n + r * u_n)
    return ((1 - z) * n + z * h,), (x, h, z, r, n, u_n)


def step_back(cell, p, cache, d_state):
    x, h, z, r, n, u_n = cache
    (d_h_new,) = d_state
    d_a_n = d_h_new * (1 - z) * (1 - n**2)
    d_a_z = d_h_new * (h - n) * z * (1 - z)
    d_a_r = d_a_n * u_n * r * (1 - r)
    d_a = np.concatenate([d_a_z, d_a_r, d_a_n])
    d_u = np.concatenate([d_a_z, d_a_r, d_a_n * r])
    d_p = {
        "input_weights": np.outer(d_a, x),
        "bias": d_a,
        "recurrent_weights": np.outer(d_u, h),
        "recurrent_bias": d_u,
    }
    return d_p, p["input_weights"].T @ d_a, (p["recurrent_weights"].T @ d_u + d_h_new * z,)
