"""
How far back each cell remembers, and the digits read pixel by pixel.

``python benchmarks/long_memory.py`` prints, as the median and the least of five seeds,

- the test accuracy on the temporal order problem, by cell, initialisation and length: 1,000
  sequences to learn from and 1,000 to be tested on, 32 units, float32. Guessing is right in 0.25;
- the test accuracy on scikit-learn's digits read pixel by pixel, 64 steps of one value: pixels
  standardised, a stratified quarter held out, 64 units, float32. Guessing is right in 0.10.

The settings, which are not the defaults, stand below. Fits run side by side, one on each core and
each on one thread.
"""

import statistics
import warnings
from itertools import product

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import GRU, LSTM, Chrono, Elman, RNNSequenceClassifier
from skrnn.datasets import make_temporal_order

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


def fit_and_score(cell, settings, seed, data, n_timesteps):
    """Return the test accuracy of one fit."""
    X_train, X_test, y_train, y_test = data
    model = RNNSequenceClassifier(cell=cells(n_timesteps)[cell], random_state=seed, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all take all epochs
        return model.fit(X_train, y_train).score(X_test, y_test)


def medians(function, *choices):
    """Return the median over seeds, and the least, for each combination of choices."""
    runs = list(product(*choices, SEEDS))
    scores = Parallel(n_jobs=-1)(delayed(function)(*run) for run in runs)
    by_choice = {}
    for (*choice, _), score in zip(runs, scores, strict=True):
        by_choice.setdefault(tuple(choice), []).append(score)
    return {key: (statistics.median(all_), min(all_)) for key, all_ in by_choice.items()}


def main():
    print("Temporal order: median accuracy of five seeds (least), by number of steps")
    print(f"{'cell':25}" + "".join(f"{n:>15}" for n in LENGTHS))
    results = medians(temporal_order, CELLS, LENGTHS)
    for cell in CELLS:
        row = (results[cell, n] for n in LENGTHS)
        print(f"{cell:25}" + "".join(f"{f'{m:.3f} ({least:.3f})':>15}" for m, least in row))

    print("\nDigits pixel by pixel: median accuracy of five seeds (least)")
    results = medians(digits, CELLS)
    for cell in CELLS:
        median, least = results[(cell,)]
        print(f"{cell:25}{f'{median:.3f} ({least:.3f})':>15}")


if __name__ == "__main__":
    main()
