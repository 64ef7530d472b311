"""
The data sets of `defaults.py`, none of which needs a download.

Those of the time series archive come with sktime, with their official splits; mnist1d's are made
by the package of that name, sunspots come with statsmodels, digits and diabetes with scikit-learn.
The rest is made by `skrnn.datasets`, and one here. Every channel is scaled to mean 0, deviation 1
over all steps of the training set, unless it is of about unit size as it is.
"""

import contextlib
import io
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from archive import load as load_archive
from mnist1d.data import get_dataset_args, make_dataset
from regression import diabetes, yearly_sunspots
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn.datasets import (
    make_adding_problem,
    make_cylinder_bell_funnel,
    make_motifs,
    make_spectra,
    make_synthetic_control,
    make_temporal_order,
    make_two_patterns,
)


class Data(NamedTuple):
    """What to learn from, and what to be tested on."""

    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any


class DataSet(NamedTuple):
    """How to get the data, what learns them, and whether the defaults were chosen on them."""

    load: Callable[[], Data]
    estimator: str = "classifier"
    chosen_on: bool = False
    level: float | None = None  # accuracy to be reached; None for nearly what skrnn reaches


def scaled(X_train, y_train, X_test, y_test):
    """Scale arrays of one length."""
    steps = X_train.reshape(-1, X_train.shape[-1])
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    return Data((X_train - mean) / deviation, y_train, (X_test - mean) / deviation, y_test)


def as_array(X):
    """Return one array if all sequences have one length, else the list."""
    return np.stack(X) if len({len(x) for x in X}) == 1 else X


def archived(name, *, numbers=False):
    """Read a set of the archive, whose targets may be numbers."""
    X_train, y_train, X_test, y_test = load_archive(name)
    if numbers:
        y_train, y_test = y_train.astype(float), y_test.astype(float)
    return Data(as_array(X_train), y_train, as_array(X_test), y_test)


def made(make, n_train, n_timesteps, *, n_test=1000, scale=True):
    """Make a set with a function of `skrnn.datasets`."""
    X, y = make(n_train + n_test, n_timesteps, random_state=0)
    parts = Data(X[:n_train], y[:n_train], X[n_train:], y[n_train:])
    return scaled(*parts) if scale else parts


def digits(*shape):
    """Read images of 8 x 8 pixels in steps."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X / 16, y, stratify=y, random_state=0)
    return Data(X_train.reshape(-1, *shape), y_train, X_test.reshape(-1, *shape), y_test)


def mnist1d():
    with contextlib.redirect_stdout(io.StringIO()):
        parts = make_dataset(get_dataset_args())
    X_train, X_test = parts["x"][:, :, None], parts["x_test"][:, :, None]
    return scaled(X_train, parts["y"], X_test, parts["y_test"])


def in_columns(load):
    """Read rows of numbers, as `regression.py` returns them, one by one."""
    X_train, X_test, y_train, y_test = load()
    return Data(X_train[:, :, None], y_train, X_test[:, :, None], y_test)


def running_sign():
    """Tag each step with the sign of the sum of all steps so far, which are seen through noise."""
    rng = np.random.default_rng(0)
    steps = [rng.normal(size=(n, 1)) for n in rng.integers(10, 40, size=700, endpoint=True)]
    X = [x + rng.normal(scale=0.3, size=x.shape) for x in steps]
    y = [np.where(x[:, 0].cumsum() > 0, "above", "below") for x in steps]
    return Data(X[:200], y[:200], X[200:], y[200:])


def _entries():
    yield "digits-rows", DataSet(partial(digits, 8, 8), chosen_on=True, level=0.98)
    yield "digits-pixels", DataSet(partial(digits, 64, 1), chosen_on=True)
    for name in ("JapaneseVowels", "BasicMotions", "ItalyPowerDemand", "GunPoint", "ArrowHead"):
        yield name, DataSet(partial(archived, name), chosen_on=True)
    for name in ("OSULeaf", "PLAID", "ACSF1"):
        yield name, DataSet(partial(archived, name))

    bells, motifs = make_cylinder_bell_funnel, make_motifs
    yield "cbf-30", DataSet(partial(made, bells, 30, 128), chosen_on=True)
    yield "cbf-300", DataSet(partial(made, bells, 300, 128))
    yield "two-patterns", DataSet(partial(made, make_two_patterns, 1000, 128), chosen_on=True)
    yield "control", DataSet(partial(made, make_synthetic_control, 300, 60), chosen_on=True)
    yield "mnist1d", DataSet(mnist1d, chosen_on=True)
    yield "motifs-300-50", DataSet(partial(made, motifs, 50, 300))
    yield "motifs-300-500", DataSet(partial(made, motifs, 500, 300))
    yield "motifs-1000-50", DataSet(partial(made, motifs, 50, 1000, n_test=500))
    yield "motifs-1000-500", DataSet(partial(made, motifs, 500, 1000, n_test=500))
    symbols = partial(made, make_temporal_order, 1000, 50, scale=False)
    yield "order", DataSet(symbols, chosen_on=True)

    adding = partial(made, make_adding_problem, 500, 30, scale=False)
    yield "adding", DataSet(adding, "regressor", chosen_on=True)
    yield "diabetes", DataSet(partial(in_columns, diabetes), "regressor", chosen_on=True)
    yield "sunspots", DataSet(partial(in_columns, yearly_sunspots), "regressor", chosen_on=True)
    spectra = partial(made, make_spectra, 100, 100, n_test=500)
    yield "spectra", DataSet(spectra, "regressor", chosen_on=True)
    yield "Tecator", DataSet(partial(archived, "Tecator", numbers=True), "regressor")

    yield "tagger", DataSet(running_sign, "tagger", chosen_on=True)


DATA_SETS = dict(_entries())
