"""
The adding problem
==================

A number to be kept exactly, while dozens of others pass.

A sequence of random numbers comes with marks on two of them, one in the first half and one in the
second. The network is asked for the sum of the two, after the last step. It has to keep the first
number as exactly as it can, and to let all others pass. This is the adding problem (Hochreiter and
Schmidhuber 1997), a test of what a recurrent network can learn to remember.

To know nothing and to answer 1 every time has a mean squared error of 1/6, or 0.167. Every network
arrives there soon. The question is which ones leave that plateau, and when.
"""

import time

import matplotlib.pyplot as plt
import numpy as np

from skrnn import GRU, LSTM, Chrono, Elman, RNNSequenceRegressor
from skrnn.datasets import make_adding_problem
from skrnn.inspection import HiddenStateDisplay

# %%
# Sequences of 50 steps: 1,000 to learn from and 1,000 to be tested on. A step has two features, the
# number and its mark.

N_TIMESTEPS = 50
N_EPOCHS = 25
X, y = make_adding_problem(n_samples=2000, n_timesteps=N_TIMESTEPS, random_state=0)
X = X.astype(np.float32)
X_train, y_train, X_test, y_test = X[:1000], y[:1000], X[1000:], y[1000:]

# %%
# An Elman cell replaces its whole state at every step. GRU and LSTM have gates that can keep it,
# and `Chrono` draws the biases of these gates for memories of up to as many steps as there are. The
# learning rate is constant, so that one epoch is like the other.

span = Chrono(longest_span=N_TIMESTEPS)
settings = {"learning_rate": 1e-2, "schedule": "constant", "batch_size": 50, "random_state": 0}
networks = {
    name: RNNSequenceRegressor(32, cell=cell, **settings)
    for name, cell in {
        "Elman": Elman(),
        "GRU": GRU(),
        "GRU, Chrono": GRU(update_bias=span),
        "LSTM, Chrono": LSTM(forget_bias=span),
    }.items()
}

# %%
# `partial_fit` trains for one epoch, so that the error on the test sequences can be taken after
# each. No choice is made by these errors.

errors = {name: [] for name in networks}
seconds = dict.fromkeys(networks, 0.0)
for name, network in networks.items():
    for _ in range(N_EPOCHS):
        start = time.perf_counter()
        network.partial_fit(X_train, y_train)
        seconds[name] += time.perf_counter() - start
        errors[name].append(np.mean((network.predict(X_test) - y_test) ** 2))

baseline = np.mean((1 - y_test) ** 2)
shown = [1, 5, 10, 15, 20, 25]
print("test MSE after epoch" + "".join(f"{epoch:8d}" for epoch in shown) + "   seconds")
print(f"{'always 1':20}" + f"{baseline:8.4f}" * len(shown))
for name, curve in errors.items():
    row = "".join(f"{curve[epoch - 1]:8.4f}" for epoch in shown)
    print(f"{name:20}{row}{seconds[name]:10.1f}")

figure, ax = plt.subplots(layout="constrained")
for name, curve in errors.items():
    ax.semilogy(range(1, N_EPOCHS + 1), curve, label=name)
ax.axhline(baseline, color="grey", linestyle=":", label="always 1")
ax.set(xlabel="Epoch", ylabel="Test MSE", title=f"Adding problem, {N_TIMESTEPS} steps")
ax.legend()

# %%
# The Elman network stays on the plateau, and at times it is a little above, where it fits noise in
# the training sequences. The others leave it after a few epochs, those with `Chrono` first. What
# comes after is precision: a number, unlike a class, is never quite right.
#
# What the network does with one sequence shows how it adds. Its prediction is read off after every
# step here, as if the sequence ended there, though training asked for it after the last step alone.

x, total = X_test[0], y_test[0]
display = HiddenStateDisplay.from_estimator(networks["GRU, Chrono"], x)
says = display.outputs[:, 0]
first, second = np.flatnonzero(x[:, 1])
print(f"\none sequence: {x[first, 0]:.3f} at step {first + 1}, {x[second, 0]:.3f} at {second + 1}")
for when, step in (
    ("before the first mark", first - 1),
    ("with it", first),
    ("before the second mark", second - 1),
    ("with it", second),
    ("at the end", N_TIMESTEPS - 1),
):
    print(f"prediction {when:24}{says[step]:6.3f}")
print(f"sum{total:38.3f}")

for panel in (display.ax_, display.output_ax_):
    for step in (first, second):
        panel.axvline(step + 1, color="black", linestyle=":")
display.output_ax_.axhline(total, color="grey", linestyle=":")
display.output_ax_.set_title("GRU, Chrono: one sequence, marks dotted")
plt.show()

# %%
# Before the first mark, the network says about 1, which is the best that it can. At the mark, some
# units jump, and the prediction goes to about what is known then: the first number and one half.
# At the second mark they jump again. In between, the units drift but little, whatever the numbers
# that pass. The sum itself is there some steps after the mark: nobody asked for it earlier.
