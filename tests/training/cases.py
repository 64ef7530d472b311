"""What tests of training need: a small data set, and how it may be trained on."""

import numpy as np

from skrnn import SGD, Constant, Elman
from skrnn.network.network import Network
from skrnn.sequences.sequences import Sequences
from skrnn.training.clipping import Clipping
from skrnn.training.dataset import Dataset
from skrnn.training.progress import Progress, Recipe


def make_data(lengths, seed=0, n_features=2):
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(sum(lengths), n_features))
    targets = rng.integers(2, size=len(lengths))
    return Dataset(Sequences(steps, np.array(lengths)), targets, rng.uniform(1, 2, len(lengths)))


def make_recipe(**changes):
    settings = {
        "network": Network(Elman(), 2, (5,), 2),
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
    }
    return Recipe(**settings | changes)


def begin(recipe, seed=0, dtype=np.float64):
    return Progress.begin(recipe, seed, np.dtype(dtype))
