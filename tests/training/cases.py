"""What tests of training need: a small data set, and how it may be trained on."""

import numpy as np

from skrnn import SGD, Constant, Elman
from skrnn.network.losses import CrossEntropy
from skrnn.network.network import Network
from skrnn.sequences.sequences import Sequences
from skrnn.training.clipping import Clipping
from skrnn.training.dataset import Dataset
from skrnn.training.progress import Progress, Recipe


def make_data(lengths, seed=0, n_features=2):
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(sum(lengths), n_features))
    targets = rng.integers(2, size=len(lengths))
    weights = rng.uniform(1, 2, len(lengths))
    return dataset(Sequences(steps, np.array(lengths)), targets, weights)


def make_step_data(lengths, seed=0, n_features=2):
    """Return data with a target and a weight for each step, some of them zero."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(sum(lengths), n_features))
    weights = rng.choice([0.0, 0.5, 2.0], size=sum(lengths))
    weights[np.cumsum(lengths) - 1] = 1.0
    targets = np.where(weights > 0, rng.integers(2, size=sum(lengths)), 0)
    return dataset(Sequences(steps, np.array(lengths)), targets, weights)


def dataset(sequences, targets, weights):
    """Return data with one target for each sequence, or for each step, in flat arrays."""
    per_step = len(targets) != len(sequences)
    lengths = sequences.lengths if per_step else np.ones(len(sequences), dtype=int)
    targets, weights = (
        Sequences(np.asarray(values)[:, None], lengths) for values in (targets, weights)
    )
    return Dataset(sequences, targets, weights)


def make_recipe(**changes):
    settings = {
        "network": Network(Elman(), 2, (5,), 2),
        "loss": CrossEntropy(),
        "optimizer": SGD(momentum=0.0),
        "learning_rate": 0.1,
        "schedule": Constant(),
        "horizon": 1000,
        "truncation_length": None,
        "truncation_stride": None,
        "checkpoint": False,
        "target_replication": 0.0,
        "dropout": 0.0,
        "clipping": Clipping("norm", None),
        "alpha": 0.0,
        "batch_size": 100,
        "shuffle": True,
        "tol": 0.0,
        "patience": 1000,
        "n_jobs": 1,
    }
    return Recipe(**settings | changes)


def begin(recipe, seed=0, dtype=np.float64):
    return Progress.begin(recipe, seed, np.dtype(dtype))
