"""
Long sequences, joined
======================

Hundreds of steps become dozens, which are learnt sooner: how many should be joined?

A network that reads hundreds of steps is slow, and what it read long ago hardly reaches its
gradient. `StackSteps` joins several steps into one, which has the features of all of them: nothing
is lost, and there is less to wait for and to remember.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.pipeline import make_pipeline

from skrnn import RNNSequenceClassifier
from skrnn.datasets import make_motifs
from skrnn.preprocessing import StackSteps

# %%
# Noise of 300 steps, and somewhere in it one wave of 30 steps, twice as high as the noise's
# deviation. It goes up first or down first, and that is the question; guessing is right in half of
# the cases. Noise has unit variance as it is, so nothing is scaled.

X, y = make_motifs(1400, n_timesteps=300, random_state=0)
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]


# %%
# From 4 steps to 64, with all else at its defaults. Joined by 2, or left alone, sequences take more
# than ten times as long. Where nothing is given, `StackSteps` takes as many as leave about 32: here
# 9.

numbers = [4, 8, "auto", 16, 32, 64]
joined, accuracies, seconds = [], [], []
print("n_steps  steps left  accuracy  seconds of the fit  epochs  training loss")
for n_steps in numbers:
    model = make_pipeline(StackSteps(n_steps), RNNSequenceClassifier(16, random_state=0))
    start = time.perf_counter()
    model.fit(X_train, y_train)
    seconds.append(time.perf_counter() - start)
    accuracies.append(model.score(X_test, y_test))
    joined.append(model[0].n_steps_)
    n_left, network = model[0].transform(X_test).shape[1], model[-1]
    print(
        f"{n_steps!s:>7}{n_left:12d}{accuracies[-1]:10.3f}{seconds[-1]:20.1f}"
        f"{network.n_iter_:8d}{network.loss_:15.3f}",
        flush=True,
    )

# %%
# Joined by 4, 8 or 9, sequences are learnt in a second or two.
#
# It can be too many. A wave of 30 steps that is joined by 16 is spread over two or three new steps,
# each of which sees a piece of it at another place in every sequence: 16 weights for each place,
# where all places shared one. With 32 and 64, the network learns the 400 sequences by heart, as the
# training loss tells, and what it says of others comes down to guessing. So what matters should be
# several new steps long; beyond that, the fewer steps are left, the quicker. A search over
# ``stacksteps__n_steps`` finds out.

figure, panels = plt.subplot_mosaic("aa;bc", figsize=(8, 6), layout="constrained")
top, left, right = panels.values()
for label, offset in ((1, 0), (0, -8)):
    top.plot(X[y == label][0, :, 0] + offset, linewidth=0.8, label=f"class {label}")
top.set(xlabel="step", yticks=[], title="one sequence of each class")
top.legend(loc="upper right", fontsize="small")
left.semilogx(joined, accuracies, marker="o", base=2)
left.axhline(0.5, color="grey", linestyle=":", label="guessing")
left.set(xlabel="n_steps", ylabel="test accuracy", ylim=(0.4, 1.02))
left.legend(loc="lower left", fontsize="small")
right.loglog(joined, seconds, marker="o")
right.set(xlabel="n_steps", ylabel="seconds of the fit")
right.set_yticks([0.3, 1, 3, 10, 30], ["0.3", "1", "3", "10", "30"])
for panel in (left, right):
    panel.set_xticks(joined, [str(n) for n in joined])
    panel.minorticks_off()
best = joined[int(np.argmax(accuracies))]
figure.suptitle(f"Noise with a wave of 30 steps in 300: best joined by {best}")
plt.show()
