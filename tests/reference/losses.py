"""Costs of the scores (K,) of one sequence at one step, and their gradients."""

import numpy as np


def cross_entropy(scores, target):
    (right,) = target
    probabilities = np.exp(scores) / np.exp(scores).sum()
    return -np.log(probabilities[right]), probabilities - np.eye(len(scores))[right]


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


COSTS = {cost.__name__: cost for cost in (squared_error, absolute_error, huber, poisson)}
