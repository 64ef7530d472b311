"""
Three cells, one task
=====================

Elman, GRU and LSTM, asked for what happened long before.

Two symbols stand somewhere in the first half of a sequence, among distractors; at its end, the
network must say which they were and in which order they came. That is the temporal order problem of
Hochreiter and Schmidhuber (1997). What decides it happened long before the answer is due: a network
must remember, and its gradient must reach that far back.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.exceptions import ConvergenceWarning

from skrnn import GRU, LSTM, Chrono, Elman, RNNSequenceClassifier
from skrnn.datasets import make_temporal_order

# %%
# Of 80 steps, the first symbol is in one of 8 to 15, the second in one of 32 to 39. Four classes:
# guessing is right in a quarter of the cases, and costs log(4) = 1.39.

N_TIMESTEPS = 80
X, y = make_temporal_order(n_samples=1500, n_timesteps=N_TIMESTEPS, random_state=0)
X_train, y_train, X_test, y_test = X[:1000], y[:1000], X[1000:], y[1000:]

# %%
# The cells with gates can be told how long they may have to remember: `Chrono` draws the biases of
# the gates that keep a memory accordingly. Without it they may succeed at this length as well, but
# not for every seed; ``benchmarks/long_memory.py`` compares them at others. All other settings are
# the same. With as large an `n_iter_no_change` as `max_iter`, every cell takes all epochs, even
# where nothing seems to move. There is no need to be warned that it could take more.

span = Chrono(longest_span=N_TIMESTEPS)
cells = {"Elman": Elman(), "GRU": GRU(update_bias=span), "LSTM": LSTM(forget_bias=span)}
warnings.simplefilter("ignore", ConvergenceWarning)
figure, axes = plt.subplots()
print("cell    accuracy   last loss")
for label, cell in cells.items():
    model = RNNSequenceClassifier(
        32,
        cell=cell,
        learning_rate=5e-3,
        batch_size=50,
        max_iter=20,
        n_iter_no_change=20,
        random_state=0,
    )
    model.fit(X_train, y_train)
    print(f"{label:8}{model.score(X_test, y_test):8.3f}{model.loss_:12.4f}")
    axes.semilogy(model.loss_curve_, label=label)

axes.set(xlabel="epoch", ylabel="training loss", title=f"Temporal order, {N_TIMESTEPS} steps")
axes.legend()
plt.show()
