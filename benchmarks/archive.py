"""
Accuracy and time on three data sets of the time series archive, with default parameters.

``pip install '.[bench]' && python benchmarks/archive.py`` reads the data from the installed package
of sktime; nothing is fetched. Official splits; every channel is scaled to mean 0, deviation 1 over
all steps of the training set. Parameters are the defaults but for `cell`. The others see the same
scaled steps in a row, padded with zeros, or cut, to the length of the longest training sequence;
the first two with ``max_iter=1000``. Median and range of five seeds, each fit on one thread.

``python benchmarks/archive.py defaults`` changes one default at a time instead. The default cell
and the ranges of its initial weights were chosen by these two tables.
"""

import statistics
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from skrnn import GRU, RNNSequenceClassifier

SEEDS = range(5)
MAX_ITER = 1000
NAMES = ("JapaneseVowels", "BasicMotions", "ItalyPowerDemand")
CELLS = [{"cell": cell} for cell in ("elman", "gru", "lstm")]
ONE_CHANGE = [
    {},
    {"hidden_layer_sizes": 32},
    {"hidden_layer_sizes": 128},
    {"hidden_layer_sizes": (64, 64)},
    {"cell": GRU(update_bias=1.0)},
    {"bidirectional": True},
    {"readout": "mean"},
    {"readout": "max"},
    {"target_replication": 0.5},
    {"dropout": 0.2},
    {"learning_rate": 3e-3},
    {"alpha": 1.0},
    {"batch_size": 200},
    {"clip_threshold": None},
]
OTHERS = {
    "LogisticRegression": LogisticRegression(max_iter=MAX_ITER),
    "MLPClassifier": MLPClassifier(max_iter=MAX_ITER),
    "HistGradientBoosting": HistGradientBoostingClassifier(),
}


def read(name, part):
    """Return a list of (n_timesteps, n_channels) arrays and their labels."""
    root = Path(find_spec("sktime").submodule_search_locations[0]) / "datasets" / "data"
    lines = (root / name / f"{name}_{part}.ts").read_text().splitlines()
    X, y = [], []
    for line in lines:
        if line and line[0] not in "#@":
            *channels, label = line.split(":")
            X.append(np.array([[float(value) for value in c.split(",")] for c in channels]).T)
            y.append(label)
    return X, np.array(y)


def load(name):
    """Return the training and the test set, scaled by channel."""
    (X_train, y_train), (X_test, y_test) = read(name, "TRAIN"), read(name, "TEST")
    steps = np.concatenate(X_train)
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    X_train, X_test = ([(x - mean) / deviation for x in X] for X in (X_train, X_test))
    return X_train, y_train, X_test, y_test


def flatten(X, n_steps):
    """Return one row per sequence, padded with zeros or cut to a number of steps."""
    rows = np.zeros((len(X), n_steps, X[0].shape[1]))
    for row, x in zip(rows, X, strict=True):
        row[: len(x)] = x[:n_steps]
    return rows.reshape(len(X), -1)


def measure(name, label, model, train, test):
    """Fit with each seed and print a row."""
    (X_train, y_train), (X_test, y_test) = train, test
    scores, seconds = [], []
    for seed in SEEDS:
        model.set_params(random_state=seed)
        start = time.perf_counter()
        model.fit(X_train, y_train)
        seconds.append(time.perf_counter() - start)
        scores.append(model.score(X_test, y_test))
    median, least, most = statistics.median(scores), min(scores), max(scores)
    print(
        f"{name:17} {label:32} {median:8.3f}  ({least:.3f}, {most:.3f}) "
        f"{statistics.median(seconds):8.2f}",
        flush=True,
    )


def main(changes, others):
    print(f"{'data':17} {'model':32} accuracy  (least, most)    seconds of a fit")
    for name in NAMES:
        X_train, y_train, X_test, y_test = load(name)
        for change in changes:
            label = ", ".join(f"{key}={value}" for key, value in change.items()) or "all defaults"
            model = RNNSequenceClassifier(**change)
            measure(name, label, model, (X_train, y_train), (X_test, y_test))
        n_steps = max(map(len, X_train))
        flat_train, flat_test = flatten(X_train, n_steps), flatten(X_test, n_steps)
        for label, model in others.items():
            measure(name, label, model, (flat_train, y_train), (flat_test, y_test))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        if sys.argv[1:] == ["defaults"]:
            main(ONE_CHANGE, {})
        else:
            main(CELLS, OTHERS)
