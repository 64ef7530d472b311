"""Truncated backpropagation through time with a target at every step, as the textbook has it."""

import numpy as np

from tests.reference.bptt import loss_and_gradients, part


def textbook_loop(oracle, network, parameters, x, target, shares, k, learning_rate, alpha=0.0):
    """
    Learn from one sequence x (n, D), n >= k, in place, and return the loss of each update.

    `shares` (n,) weighs the cost of each step; `target` is that of every step, or has a row for
    each, as the network's scores. The first window has k targets to learn from, each
    later one brings one more.
    """
    losses = []
    context = Context(network)
    for t in range(len(x) - k + 1):
        # Unfold the network to k instances that read x[t], ..., x[t + k - 1], and propagate
        # forward and backward; the weight changes of the instances are summed.
        error_weights = np.zeros(k)
        error_weights[-1] = shares[t + k - 1]
        if t == 0:
            error_weights[:] = shares[:k]
        loss, gradients, _, _ = loss_and_gradients(
            oracle,
            network,
            parameters,
            x[t : t + k],
            context.states,
            target[t : t + k] if network.per_step else target,
            shares=error_weights,
            past=context.past,
        )
        losses.append(loss + descend(parameters, gradients, learning_rate, alpha))
        context.advance(oracle, network, parameters, x[t])  # shift by one step
    return losses


def windows_loop(
    oracle,
    network,
    parameters,
    sequences,
    targets,
    shares,
    masks,
    k,
    s,
    learning_rate,
    alpha=0.0,
    clips=None,
):
    """
    Learn from a batch of sequences in place, an update for each window of k steps.

    Windows end s steps apart, the last one with its sequence. `shares` has the weights (n,) of the
    costs of each sequence's steps, `masks` each sequence's dropout, `clips` bounds the norm of
    dLoss/dh at each of its steps.
    """
    counts = [1 + max(0, -(-(len(x) - k) // s)) for x in sequences]
    contexts = [Context(network, mask) for mask in masks]
    losses = []
    clips = clips or [None] * len(sequences)
    for i in range(max(counts)):
        total = {key: np.zeros_like(parameters[key]) for key in parameters.layout}
        loss = 0.0
        for x, target, share, context, count, clip in zip(
            sequences, targets, shares, contexts, counts, clips, strict=True
        ):
            if i >= count:
                continue
            end = len(x) - (count - 1 - i) * s
            begin = max(end - k, 0)
            while context.n_steps < begin:
                context.advance(oracle, network, parameters, x[context.n_steps])
            fresh = share.copy()
            fresh[: end - s if i > 0 else 0] = 0
            loss_b, gradients, _, _ = loss_and_gradients(
                oracle,
                network,
                parameters,
                x[begin:end],
                context.states,
                target[begin:end] if network.per_step else target,
                shares=fresh[begin:end],
                past=context.past,
                masks=context.masks,
                clip=clip,
            )
            loss += loss_b
            for key, value in gradients.items():
                total[key] += value
        losses.append(loss + descend(parameters, total, learning_rate, alpha))
    return losses


class Context:
    """The state of every layer, and what the readout has seen of the top one."""

    def __init__(self, network, masks=None):
        n_states = len(network.cell.states)
        self.states = [[tuple(np.zeros(n) for _ in range(n_states))] for n in network.layer_sizes]
        self.past = np.zeros((0, network.layer_sizes[-1]))
        self.n_steps = 0
        self.masks = masks or [np.ones(n) for n in network.layer_sizes]

    def advance(self, oracle, network, parameters, x):
        """Read one step."""
        for i, (mask, [state]) in enumerate(zip(self.masks, self.states, strict=True)):
            new, _ = oracle.step(network.cell, part(parameters, f"layer_{i}"), x, state)
            self.states[i] = [new]
            x = mask * new[0]
        self.past = np.vstack([self.past, new[0]])
        self.n_steps += 1


def descend(parameters, gradients, learning_rate, alpha):
    """Take a step of plain gradient descent in place; return the L2 penalty before it."""
    weights = [key for key in parameters.layout if "weights" in key]
    penalty = alpha / 2 * sum((parameters[key] ** 2).sum() for key in weights)
    for key, value in gradients.items():
        decay = alpha * parameters[key] if key in weights else 0.0
        parameters[key][...] -= learning_rate * (value + decay)
    return penalty
