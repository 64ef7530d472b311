"""
How far back must it go?
========================

Accuracy, time and memory, by how many steps the gradient goes back.

Backpropagation through time goes back through every step that a sequence has, and keeps the
activations of all of them until then. `truncation_length` stops it after so many steps: the network
still reads the whole sequence, but what happened before the last steps counts as given. That saves
time and memory, and it costs whatever can only be learnt from further back.

Here it is known how far back that is, so that one can look on both sides of the border.
"""

import time
import tracemalloc
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skrnn import GRU, Chrono, RNNSequenceClassifier
from skrnn.datasets import make_temporal_order

# %%
# The temporal order problem: of 40 steps, counted from 0, the first symbol stands in one of 4 to 7,
# the second in one of 16 to 19. All others are distractors. So a window that ends with the sequence
# meets the second symbol in all sequences if it has 24 steps, in some if it has 21, and in none if
# it has 20. It meets the first one in some from 33 on, and in all with 36. Guessing among the four
# classes is right in a quarter of the cases.

N_TIMESTEPS = 40
X, y = make_temporal_order(n_samples=1000, n_timesteps=N_TIMESTEPS, random_state=0)
X = X.astype(np.float32)
X_train, y_train, X_test, y_test = X[:400], y[:400], X[400:], y[400:]
warnings.simplefilter("ignore", ConvergenceWarning)  # every fit takes all its epochs


def make_model(seed=0, max_iter=12, **settings):
    return RNNSequenceClassifier(
        32,
        cell=GRU(update_bias=Chrono(N_TIMESTEPS)),
        learning_rate=1e-2,
        batch_size=50,
        max_iter=max_iter,
        n_iter_no_change=max_iter,
        random_state=seed,
        **settings,
    )


# %%
# Each setting is fitted from three seeds. All take their turns for each seed, and times are
# compared within it, so that a computer that is busy for a while does not favour one of them.
# Memory is the most that Python's tracemalloc sees in a fit of one epoch: tracing takes time, and
# so it gets a fit of its own.


def memory_of_a_fit(settings):
    tracemalloc.start()
    make_model(max_iter=1, **settings).fit(X_train, y_train)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def compare(variants):
    """Return accuracies, times as ratios to the first variant, and memory in MB."""
    accuracy, seconds = np.empty((2, len(variants), 3))
    for seed in range(3):
        for i, settings in enumerate(variants):
            model = make_model(seed, **settings)
            start = time.perf_counter()
            model.fit(X_train, y_train)
            seconds[i, seed] = time.perf_counter() - start
            accuracy[i, seed] = model.score(X_test, y_test)
    memory = np.array([memory_of_a_fit(settings) for settings in variants])
    return accuracy, np.median(seconds / seconds[0], axis=1), memory


def print_table(title, names, results):
    print(f"{title:34} accuracy: median (least)   time   memory, MB")
    for name, scores, ratio, peak in zip(names, *results, strict=True):
        print(f"{name:34}{np.median(scores):17.3f} ({scores.min():.3f}){ratio:7.2f}{peak:13.2f}")


windows = [40, 36, 32, 28, 24, 21, 20, 10, 5]
results = compare([{"truncation_length": length} for length in windows])
print_table("truncation_length, label at the end", [str(length) for length in windows], results)

# %%
# One step decides. While no window meets the second symbol, nothing is learnt: the gradient sees
# distractors only. As soon as some windows meet it, the network learns what a symbol looks like and
# to keep it. That the first symbol is still out of reach does no harm here, because the weights are
# the same at all steps: what reads and keeps the second symbol does so with the first. Had the
# first symbol signs of its own, its place would have to be within reach as well.
#
# A shorter window takes less time, but not in proportion, since the network reads all steps in any
# case; and less memory, though below half of the sequence little less, since here the steps before
# the window are read in one go and take memory for that while. (Where they are many, they are read
# in blocks.) So truncation pays where sequences are long and what matters is near their end.

accuracy, relative_time, memory = results
figure, axes = plt.subplots(1, 3, figsize=(10, 5), layout="constrained")
for panel, values, label in (
    (axes[0], np.median(accuracy, axis=1), "test accuracy"),
    (axes[1], relative_time, "time of a fit (all steps: 1)"),
    (axes[2], memory, "peak memory of a fit, MB"),
):
    panel.axvspan(21, 24, color="grey", alpha=0.3, label="second symbol")
    panel.axvspan(33, 36, color="grey", alpha=0.15, label="first symbol")
    panel.plot(windows, values, marker="o")
    panel.set(xlabel="truncation_length", ylabel=label, ylim=(0, None))
axes[0].plot(np.repeat(windows, 3), accuracy.ravel(), ".", color="black", label="one seed")
axes[0].axhline(0.25, color="grey", linestyle=":", label="guessing")
figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
figure.suptitle(f"Temporal order, {N_TIMESTEPS} steps: where the gradient may go back to")

# %%
# Other ways to pay less. `checkpoint` keeps a state now and then and computes the rest again in the
# backward pass: less memory for more time, and the same model, bit for bit. With
# `target_replication`, the label is asked for at every step, and windows cover the whole sequence,
# with an update for each. Then some windows hold a symbol and the question right after it, so that
# 10 steps suffice for this task; they take less memory, but the many updates take time. On
# sequences as short as these, checkpoints need about as little memory and less time; but the memory
# of windows does not grow with the sequence. With a `truncation_stride` below the length, windows
# overlap, and the gradient of every step goes back at least as far as the overlap: for more updates
# still, and here for no gain.

replicated = {"target_replication": 0.5}
others = {
    "all steps": {},
    "checkpoint": {"checkpoint": True},
    "label at every step": replicated,
    "  truncation_length=10": replicated | {"truncation_length": 10},
    "  and truncation_stride=5": replicated | {"truncation_length": 10, "truncation_stride": 5},
}
print()
print_table("other ways", others, compare(list(others.values())))

full = make_model(max_iter=2).fit(X_train, y_train)
checkpointed = make_model(max_iter=2, checkpoint=True).fit(X_train, y_train)
same = np.array_equal(full.parameters_.flat, checkpointed.parameters_.flat)
print(f"same model with and without checkpoints: {same}")

plt.show()
