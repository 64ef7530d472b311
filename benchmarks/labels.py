"""
What ten labels at once cost and gain, beside a network for each.

``python benchmarks/labels.py [SEEDS]`` draws sequences of 30 steps with 4 features, and ten labels
that follow, with noise, from what happens in them: sums, extremes, what came first and last, and
mixtures of these. It prints, for each seed, the log loss (the mean over labels, on 2,000 sequences
kept back) and the seconds of `RNNSequenceClassifier` on an indicator with ten columns and of
scikit-learn's `MultiOutputClassifier` around one for each column, fitted in turns to 1,000, all
with default parameters; then the medians of the ratios.
"""

import statistics
import sys
import time

import numpy as np
from sklearn.metrics import log_loss
from sklearn.multioutput import MultiOutputClassifier

from skrnn import RNNSequenceClassifier

N_TRAIN, N_TEST, N_STEPS, N_FEATURES, N_LABELS = 1000, 2000, 30, 4, 10


def make_data(seed):
    """Return sequences, and an indicator of labels."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_TRAIN + N_TEST, N_STEPS, N_FEATURES))
    events = [X.mean(axis=1), X.max(axis=1), X[:, -1], X[:, -8:-4].mean(axis=1)]
    of_sequence = np.concatenate([(e - e.mean(axis=0)) / e.std(axis=0) for e in events], axis=1)
    mixing = rng.normal(size=(of_sequence.shape[1], N_LABELS))
    log_odds = 3 * of_sequence @ mixing / np.sqrt(len(mixing))
    return X, (rng.uniform(size=log_odds.shape) < 1 / (1 + np.exp(-log_odds))).astype(int)


def of_labels(model, X):
    """Return the probability of each label, (n, 10)."""
    told = model.predict_proba(X)
    return np.column_stack([p[:, 1] for p in told]) if isinstance(told, list) else told


def measure(model, X, Y):
    """Return the log loss on what was kept back, and the seconds of the fit."""
    begin = time.perf_counter()
    model.fit(X[:N_TRAIN], Y[:N_TRAIN])
    seconds = time.perf_counter() - begin
    told, right = of_labels(model, X[N_TRAIN:]), Y[N_TRAIN:]
    return np.mean([log_loss(right[:, k], told[:, k]) for k in range(N_LABELS)]), seconds


def main():
    ratios = []
    print("seed   at once           one for each")
    for seed in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5):
        X, Y = make_data(seed)
        network = RNNSequenceClassifier(random_state=seed)
        loss, seconds = measure(network, X, Y)
        each, of_each = measure(MultiOutputClassifier(network), X, Y)
        print(f"{seed:4}   {loss:.4f} {seconds:6.1f} s   {each:.4f} {of_each:6.1f} s", flush=True)
        ratios.append((loss / each, seconds / of_each))
    losses, times = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"at once / one for each: log loss {losses:.3f}, time {times:.2f}")


if __name__ == "__main__":
    main()
