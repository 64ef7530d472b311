"""
What standardised targets do for a regressor with default parameters.

``python benchmarks/regression.py`` prints the test R^2, the median of five seeds, with targets
standardised inside, as `RNNSequenceRegressor` does, and taken as they are:

- adding: the adding problem in 10 steps, 500 sequences to learn from and 1,000 to be tested on;
- sunspots: the number of a year from the twenty before it, to learn from until 1920, to be tested
  from 1921 on (the yearly series that comes with statsmodels);
- diabetes: scikit-learn's table, its ten columns read one by one, a quarter held out;
- counts: Poisson counts whose rate is the exponential of a sum over ten steps.

Inputs of the second and third are scaled to unit variance; the others are of about that size as
they are. Each fit runs on one thread.
"""

import statistics
import warnings
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from statsmodels.datasets import sunspots

from skrnn import RNNSequenceRegressor
from skrnn.datasets import make_adding_problem
from skrnn.estimators.targets.numbers import Numbers

SEEDS = range(5)


class AsTheyAre(Numbers):
    """Numbers in units of 1."""

    def learn(self, rows, weights, all_targets):
        units = super().learn(rows, weights, all_targets).units
        nothing, one = np.zeros_like(units.origin), np.ones_like(units.size)
        return replace(self, units=replace(units, origin=nothing, size=one))


class Unstandardised(RNNSequenceRegressor):
    """A regressor that learns targets as they are."""

    def _target_of(self, y):
        return AsTheyAre(**vars(super()._target_of(y)))


def adding():
    X, y = make_adding_problem(1500, 10, random_state=0)
    return X[:500], X[500:], y[:500], y[500:]


def yearly_sunspots():
    numbers = sunspots.load_pandas().data["SUNACTIVITY"].to_numpy()
    X = np.lib.stride_tricks.sliding_window_view(numbers[:-1], 20)
    y, n_train = numbers[20:], 1921 - 1700 - 20
    X = (X - numbers[:221].mean()) / numbers[:221].std()
    return X[:n_train], X[n_train:], y[:n_train], y[n_train:]


def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return train_test_split(X / X.std(axis=0), y, random_state=0)


def counts():
    generator = np.random.default_rng(0)
    X = generator.normal(size=(1500, 10, 2))
    y = generator.poisson(np.exp(X[:, :, 0].sum(axis=1) / 3 + 2))
    return X[:500], X[500:], y[:500], y[500:]


DATA = {
    "adding": (adding, {}),
    "sunspots": (yearly_sunspots, {}),
    "sunspots, absolute_error": (yearly_sunspots, {"loss": "absolute_error"}),
    "sunspots, huber": (yearly_sunspots, {"loss": "huber"}),
    "diabetes": (diabetes, {}),
    "counts, squared_error": (counts, {}),
    "counts, poisson": (counts, {"loss": "poisson"}),
}


def score(estimator, name, seed):
    """Return the test R^2 of one fit."""
    load, settings = DATA[name]
    X_train, X_test, y_train, y_test = load()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some use all epochs
        fitted = estimator(**settings, random_state=seed).fit(X_train, y_train)
    return fitted.score(X_test, y_test)


def main():
    print(f"{'test R^2':28}{'standardised':>14}{'as they are':>14}")
    for name in DATA:
        medians = [
            statistics.median(
                Parallel(n_jobs=-1)(delayed(score)(estimator, name, seed) for seed in SEEDS)
            )
            for estimator in (RNNSequenceRegressor, Unstandardised)
        ]
        print(f"{name:28}" + "".join(f"{median:14.3f}" for median in medians))


if __name__ == "__main__":
    main()
