"""
Exploding gradients, clipped
============================

One update throws away all that was learnt, and three kinds of clipping prevent it.

The gradient of a recurrent network passes through the same matrix once per time step. Where that
matrix stretches, the gradient grows geometrically with the distance, and a single update can throw
all that was learnt away. Clipping bounds it.

The network here adds up what it reads: its activation is relu and its recurrent matrix begins as
the identity, so that nothing squashes the state. Over 40 steps that is just stable at the start,
and a few careless updates make it unstable.
"""

import matplotlib.pyplot as plt
import numpy as np

from skrnn import SGD, Elman, RNNSequenceClassifier

# %%
# The task: is the sum of the first five values positive? A second input marks those five steps; the
# 35 steps that follow are noise to be ignored.


def make_sums(n_samples, n_timesteps, rng):
    X = rng.normal(size=(n_samples, n_timesteps, 2))
    X[:, :, 1] = np.arange(n_timesteps) < 5
    y = X[:, :5, 0].sum(axis=1) > 0
    return X, y


rng = np.random.default_rng(0)
X, y = make_sums(400, 40, rng)
X_test, y_test = make_sums(400, 40, rng)

# %%
# The same network four times, with plain gradient descent at a constant rate, so that nothing but
# clipping stands between the gradient and the weights. Thresholds mean something else for each
# kind: the norm of the whole gradient, the norm of one sequence's signal at one step, the size of
# one element.

clippings = {
    "no clipping": {"clip_threshold": None},
    "norm": {"clip_by": "norm", "clip_threshold": 1.0},
    "step_norm": {"clip_by": "step_norm", "clip_threshold": 0.1},
    "value": {"clip_by": "value", "clip_threshold": 0.01},
}

# %%
# `partial_fit` trains for one epoch. When the numbers overflow it raises an error that says in
# which epoch, and leaves the estimator as it was after the one before.

for name, clipping in clippings.items():
    model = RNNSequenceClassifier(
        32,
        cell=Elman(activation="relu", recurrent_init="identity"),
        optimizer=SGD(momentum=0.0, nesterov=False),
        learning_rate=0.02,
        schedule="constant",
        batch_size=50,
        random_state=0,
        **clipping,
    )
    try:
        for _ in range(40):
            model.partial_fit(X, y, classes=[False, True])
    except ValueError as error:
        print(f"{name:>12}: {error}")
    losses = model.loss_curve_
    print(
        f"{name:>12}: {len(losses)} epochs, largest loss {max(losses):.4g}, last loss "
        f"{losses[-1]:.4g}, test accuracy {model.score(X_test, y_test):.3f}"
    )
    plt.semilogy(range(1, len(losses) + 1), losses, marker=".", label=name)

plt.axhline(np.log(2), color="grey", linestyle=":", label="guessing")
plt.xlabel("epoch")
plt.ylabel("training loss (log scale)")
plt.title("The same network and data, clipped in different ways")
plt.legend()
plt.show()
