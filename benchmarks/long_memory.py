"""
How far back each cell remembers, and the digits read pixel by pixel.

``python -W ignore benchmarks/long_memory.py`` prints

- ``order``: the test accuracy on the temporal order problem, by cell, initialisation and length:
  1,000 sequences to learn from and 1,000 to be tested on, 32 units, float32. Guessing is right in
  0.25;
- ``digits``: the test accuracy on scikit-learn's digits read pixel by pixel, 64 steps of one value:
  pixels standardised, a stratified quarter held out, 64 units, float32. Guessing is right in 0.10;
- ``adding``: the mean squared error on the adding problem, by cell and length: 2,000 sequences to
  learn from and 1,000 to be tested on, 32 units, float32. Always to answer 1 has an error of 0.167.

A name or several after the file's runs these parts only. Accuracies are the median and the least of
five seeds, errors the median and the largest of three. The settings, which are not the defaults,
stand below. Fits run side by side, one on each core and each on one thread.
"""

import statistics
import sys
import time
import warnings
from itertools import product

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import GRU, LSTM, Chrono, Elman, RNNSequenceClassifier, RNNSequenceRegressor
from skrnn.datasets import make_adding_problem, make_temporal_order

SEEDS = range(5)
LENGTHS = (10, 25, 50, 100, 200)
TEMPORAL_ORDER = {
    "hidden_layer_sizes": 32,
    "learning_rate": 5e-3,
    "batch_size": 50,
    "max_iter": 60,
    "n_iter_no_change": 60,
}
DIGITS = {
    "hidden_layer_sizes": 64,
    "target_replication": 0.2,
    "dropout": 0.2,
    "learning_rate": 3e-3,
    "batch_size": 32,
    "max_iter": 100,
    "n_iter_no_change": 100,
}
# Not with relu and identity: at this learning rate, its states explode, at times beyond float32.
ADDING_CELLS = ("Elman, tanh, orthogonal", "GRU", "GRU, Chrono", "LSTM", "LSTM, Chrono")
ADDING_SEEDS = range(3)
ADDING_LENGTHS = (100, 200, 400)
ADDING = {
    "hidden_layer_sizes": 32,
    "learning_rate": 1e-2,
    "batch_size": 50,
    "max_iter": 20,
    "n_iter_no_change": 20,
}


def cells(n_timesteps):
    """Return the cells by name, those that can be told how long to remember for so many steps."""
    return {
        "Elman, tanh, orthogonal": Elman(),
        "Elman, relu, identity": Elman(activation="relu", recurrent_init="identity"),
        "GRU": GRU(),
        "GRU, Chrono": GRU(update_bias=Chrono(n_timesteps)),
        "LSTM": LSTM(),
        "LSTM, Chrono": LSTM(forget_bias=Chrono(n_timesteps)),
    }


CELLS = tuple(cells(n_timesteps=2))


def temporal_order(cell, n_timesteps, seed):
    """Return the test accuracy of one fit."""
    X, y = make_temporal_order(2000, n_timesteps, random_state=seed)
    X = X.astype(np.float32)
    return fit_and_score(
        cell, TEMPORAL_ORDER, seed, (X[:1000], X[1000:], y[:1000], y[1000:]), n_timesteps
    )


def digits(cell, seed):
    """Return the test accuracy of one fit."""
    X, y = load_digits(return_X_y=True)
    X = ((X - X.mean()) / X.std()).astype(np.float32)
    return fit_and_score(
        cell, DIGITS, seed, train_test_split(X, y, stratify=y, random_state=0), X.shape[1]
    )


def adding(cell, n_timesteps, seed):
    """Return the mean squared error of one fit on the test sequences."""
    X, y = make_adding_problem(3000, n_timesteps, random_state=seed)
    X = X.astype(np.float32)
    model = RNNSequenceRegressor(cell=cells(n_timesteps)[cell], random_state=seed, **ADDING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all take all epochs
        model.fit(X[:2000], y[:2000])
    return float(np.mean((model.predict(X[2000:]) - y[2000:]) ** 2))


def fit_and_score(cell, settings, seed, data, n_timesteps):
    """Return the test accuracy of one fit."""
    X_train, X_test, y_train, y_test = data
    model = RNNSequenceClassifier(cell=cells(n_timesteps)[cell], random_state=seed, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all take all epochs
        return model.fit(X_train, y_train).score(X_test, y_test)


def over_seeds(function, *choices, seeds=SEEDS):
    """Return the scores of all seeds for each combination of choices."""
    runs = list(product(*choices, seeds))
    scores = Parallel(n_jobs=-1)(delayed(function)(*run) for run in runs)
    by_choice = {}
    for (*choice, _), score in zip(runs, scores, strict=True):
        by_choice.setdefault(tuple(choice), []).append(score)
    return by_choice


def print_table(results, names, lengths, worst, digits):
    """Print the median of the seeds, and the worst, for each cell and number of steps."""
    width = 2 * digits + 9
    print(f"{'cell':25}" + "".join(f"{n:>{width}}" for n in lengths))
    for cell in names:
        row = (results[cell, n] for n in lengths)
        texts = (f"{statistics.median(s):.{digits}f} ({worst(s):.{digits}f})" for s in row)
        print(f"{cell:25}" + "".join(f"{text:>{width}}" for text in texts))


def print_order():
    print("Temporal order: median accuracy of five seeds (least), by number of steps")
    print_table(over_seeds(temporal_order, CELLS, LENGTHS), CELLS, LENGTHS, worst=min, digits=3)


def print_digits():
    print("Digits pixel by pixel: median accuracy of five seeds (least)")
    for (cell,), scores in over_seeds(digits, CELLS).items():
        print(f"{cell:25}{f'{statistics.median(scores):.3f} ({min(scores):.3f})':>15}")


def print_adding():
    print("Adding problem: median mean squared error of three seeds (largest), by number of steps")
    results = over_seeds(adding, ADDING_CELLS, ADDING_LENGTHS, seeds=ADDING_SEEDS)
    print_table(results, ADDING_CELLS, ADDING_LENGTHS, worst=max, digits=4)


PARTS = {"order": print_order, "digits": print_digits, "adding": print_adding}


def main():
    names = sys.argv[1:] or list(PARTS)
    if not PARTS.keys() >= set(names):
        sys.exit(f"Parts are {', '.join(PARTS)}; got {' '.join(names)}.")
    for name in names:
        start = time.perf_counter()
        PARTS[name]()
        print(f"{time.perf_counter() - start:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
