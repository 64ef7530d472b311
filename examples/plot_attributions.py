"""
Why did it say that?
====================

What a network says of a sequence, divided among the steps and features that it has read.

It has learnt a task whose answer is known, so that the steps that matter should get most of it.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import GRU, LSTM, Chrono, RNNSequenceClassifier
from skrnn.datasets import make_temporal_order
from skrnn.inspection import AttributionDisplay, attributions, sequence_importance
from skrnn.preprocessing import PerStep

# %%
# The task is that of temporal order: among four kinds of distractors there are two symbols, A or B,
# and the class is which and in which order. In the pipeline, a value of 0 is the mean of the
# training data: that is what contributions are counted from.

N_TIMESTEPS = 20
X, y = make_temporal_order(1200, N_TIMESTEPS, random_state=0)
X_test, y_test = X[1000:], y[1000:]
network = RNNSequenceClassifier(
    16,
    cell=GRU(update_bias=Chrono(N_TIMESTEPS)),
    learning_rate=0.02,
    schedule="constant",
    alpha=0.01,
    max_iter=50,
    tol=0.01,
    random_state=0,
)
model = make_pipeline(PerStep(StandardScaler()), network).fit(X[:1000], y[:1000])
print(f"test accuracy: {model.score(X_test, y_test):.2f}")

# %%
# How much of all that is attributed, in absolute value, do the two symbols get? Chance would give
# them one tenth. An LSTM learns the task as well, and its integrated gradients give more to the
# rest: where methods differ, ask occlusion, which changes one step at a time.

matter = X_test[:, :, :2].any(axis=2)
lstm = clone(model).set_params(rnnsequenceclassifier__cell=LSTM(forget_bias=Chrono(N_TIMESTEPS)))
lstm.fit(X[:1000], y[:1000])
print("\nshare of the two steps that matter      median   lowest  seconds")
for name, pipeline in {"GRU": model, "LSTM": lstm}.items():
    for method in ("integrated_gradients", "occlusion", "gradient"):
        start = time.perf_counter()
        of_steps = attributions(pipeline, X_test, method=method)
        if method == "gradient":  # per unit: times the values, to compare
            of_steps = of_steps * pipeline[0].transform(X_test)
        of_steps = np.abs(of_steps.sum(axis=2))
        shares = (of_steps * matter).sum(axis=1) / of_steps.sum(axis=1)
        seconds = time.perf_counter() - start
        print(f"{name:6}{method:31}{np.median(shares):9.3f}{shares.min():9.3f}{seconds:9.2f}")
print(f"test accuracy of the LSTM: {lstm.score(X_test, y_test):.2f}")

# %%
# One of them. Its log odds are the sum of all that is drawn, and of what the network says of the
# mean of the training data at every step.

display = AttributionDisplay.from_estimator(model, X_test[:1], feature_names=list("ABcdef"))
display.sequence_ax_.set_ylabel("Value, scaled")

# %%
# And over all sequences: what does the score lose where a feature, or a step, is that of another
# sequence? Symbols that matter stand at steps 3 and 4, and at steps 9 and 10: no other is missed.

figure, axes = plt.subplots(1, 2, figsize=(8, 3.5), layout="constrained", sharey=True)
for ax, by in zip(axes, ("feature", "time"), strict=True):
    result = sequence_importance(
        model, X_test, y_test, by=by, scoring="accuracy", n_repeats=3, random_state=0
    )
    names = list("ABcdef") if by == "feature" else np.arange(1, N_TIMESTEPS + 1)
    ax.bar(names, result.importances_mean, yerr=result.importances_std)
    ax.set_xlabel({"feature": "Symbol", "time": "Time step"}[by])
    print(f"\nloss of accuracy by {by}:", np.round(result.importances_mean, 2))
axes[0].set_ylabel("Loss of accuracy")
axes[1].set_xticks(range(2, N_TIMESTEPS + 1, 2))
plt.show()
