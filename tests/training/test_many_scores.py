"""Where steps have many scores each, no more than some of them are held."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from skrnn import LBFGS, Elman
from skrnn.network import readout
from skrnn.network.losses import CrossEntropy, SquaredError
from skrnn.network.network import Network
from skrnn.sequences.sequences import Sequences
from skrnn.training.loop import train
from tests.training.cases import begin, dataset, make_recipe

LENGTHS, N_SCORES = np.array([200, 200, 150, 180]), 5_000
SETTINGS = {
    "plain": {},
    "windows": {"truncation_length": 100},
    "checkpoints": {"checkpoint": True},
    "threads": {"n_jobs": 2},
    "lbfgs": {"optimizer": LBFGS()},
    "float32": {},
}
DTYPES = {"float32": np.float32}


def task(kind, settings, dtype=np.float64):
    """Return a recipe for many classes of steps, of sequences, or many numbers, and the data."""
    rng, n_inputs = np.random.default_rng(0), 1
    sequences = Sequences(rng.normal(size=(LENGTHS.sum(), n_inputs)).astype(dtype), LENGTHS)
    per_step, loss = kind == "classes of steps", CrossEntropy()
    targets = rng.integers(N_SCORES, size=LENGTHS.sum() if per_step else len(LENGTHS))
    if not per_step:
        settings = settings | {"target_replication": 0.5}
    data = dataset(sequences, targets, np.ones(len(targets)))
    if kind == "numbers":
        loss = SquaredError()
        numbers = rng.normal(size=(len(LENGTHS), N_SCORES)).astype(dtype)
        data = replace(data, targets=Sequences(numbers, data.targets.lengths))
    network = Network(Elman(), n_inputs, (2,), N_SCORES, per_step=per_step)
    return make_recipe(network=network, loss=loss, **settings), data


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", ["classes of steps", "classes", "numbers"])
def test_memory(kind, settings):
    dtype = np.dtype(DTYPES.get(settings, np.float64))
    recipe, data = task(kind, SETTINGS[settings], dtype)
    progress = begin(recipe, dtype=dtype)
    data.identities  # noqa: B018 - what is kept of the data is no matter of an update
    tracemalloc.start()
    train(recipe, progress, data, n_epochs=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LENGTHS.max() * len(LENGTHS) * N_SCORES * dtype.itemsize / 3


@pytest.mark.parametrize("settings", [s for s in SETTINGS if s != "checkpoints"])
def test_checkpoints_change_no_bit(settings, monkeypatch):
    """With blocks that divide the segments unequally."""
    monkeypatch.setattr(readout, "BLOCK_SCORES", 7 * len(LENGTHS) * N_SCORES)
    dtype, fits = np.dtype(DTYPES.get(settings, np.float64)), []
    for checkpoint in (False, 10):
        changes = SETTINGS[settings] | {"checkpoint": checkpoint}
        recipe, data = task("classes of steps", changes, dtype)
        fits.append(begin(recipe, dtype=dtype))
        train(recipe, fits[-1], data, n_epochs=2)
    plain, cut = fits
    assert plain.monitor.loss_curve == cut.monitor.loss_curve
    np.testing.assert_array_equal(plain.parameters.flat, cut.parameters.flat)
