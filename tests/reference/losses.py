"""Costs of the scores (K,) of one sequence at one step, and their gradients."""

import numpy as np


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


ALL = (cross_entropy, binary_cross_entropy, squared_error, absolute_error, huber, poisson)
COSTS = {cost.__name__: cost for cost in ALL}
