"""Costs of the scores (K,) of one sequence at one step, and their gradients."""

from functools import partial

import numpy as np
from scipy.stats import norm


def cross_entropy(scores, target):
    (right,) = target
    probabilities = np.exp(scores) / np.exp(scores).sum()
    return -np.log(probabilities[right]), probabilities - np.eye(len(scores))[right]


def binary_cross_entropy(scores, target):
    """Of labels with a target of 1 or 0, or of something in between, each by itself."""
    value, p = 0.0, 1 / (1 + np.exp(-scores))
    for k, right in enumerate(target):
        value -= right * np.log(p[k]) + (1 - right) * np.log(1 - p[k])
    return value / len(scores), (p - target) / len(scores)


def squared_error(scores, target):
    r = scores - target
    return (r**2 / 2).mean(), r / len(r)


def absolute_error(scores, target):
    r = scores - target
    return np.abs(r).mean(), np.where(r > 0, 1, -1) / len(r)


def huber(scores, target, threshold=1.35):
    value, d = 0.0, np.zeros_like(scores)
    for k, r in enumerate(scores - target):
        if abs(r) <= threshold:
            value += r**2 / 2
            d[k] = r
        else:
            value += threshold * (abs(r) - threshold / 2)
            d[k] = threshold if r > 0 else -threshold
    return value / len(scores), d / len(scores)


def poisson(scores, target):
    """Half the deviance of a Poisson distribution with the mean exp(score)."""
    value = 0.0
    for score, y in zip(scores, target, strict=True):
        value += np.exp(score) - y
        if y > 0:
            value += y * (np.log(y) - score)
    return value / len(scores), (np.exp(scores) - target) / len(scores)


def quantiles(scores, target, levels):
    """The pinball loss of each level, whose scores, one for each output, stand together."""
    n, n_outputs, normal = len(levels), len(target), norm.ppf(levels)
    m = min(range(n), key=lambda i: (round(abs(levels[i] - 0.5), 9), i))
    value, d = 0.0, np.zeros_like(scores)
    for k, y in enumerate(target):
        z, d_z, q, slope_of_step = scores[k::n_outputs], d[k::n_outputs], np.zeros(n), np.zeros(n)
        q[m] = z[m] + normal[m]
        for away, levels_there in ((1, range(m + 1, n)), (-1, range(m - 1, -1, -1))):
            for i in levels_there:
                rise = (np.exp(away * (normal[i] - normal[i - away])) - 1) * np.exp(z[i])
                q[i] = q[i - away] + away * np.log(1 + rise)
                slope_of_step[i] = away * rise / (1 + rise)
        for i, level in enumerate(levels):
            value += level * (y - q[i]) if y > q[i] else (1 - level) * (q[i] - y)
            slope = -level if y > q[i] else 1 - level
            d_z[m] += slope
            steps = range(m + 1, i + 1) if i > m else range(i, m)
            for j in steps:  # from the middle to here
                d_z[j] += slope * slope_of_step[j]
    return value / len(scores), d / len(scores)


ALL = (cross_entropy, binary_cross_entropy, squared_error, absolute_error, huber, poisson)
COSTS = {cost.__name__: cost for cost in ALL}
COSTS["quantile"] = partial(quantiles, levels=(0.5,))
COSTS["quantiles"] = partial(quantiles, levels=(0.1, 0.3, 0.7, 0.9))
