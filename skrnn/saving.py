"""
What skops.io has to be told to trust.

Nothing that these types define runs when a model is loaded, but for the comparison of format
numbers in `skrnn.estimators.formats`, which moves what an older format holds to its place.
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import make_scorer

from skrnn.estimators.categories import Categories
from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.estimators.regressor import RNNSequenceRegressor
from skrnn.estimators.tagger import RNNSequenceTagger
from skrnn.estimators.targets.label_sets import LabelSets
from skrnn.estimators.targets.labels import Labels
from skrnn.estimators.targets.numbers import Numbers
from skrnn.estimators.targets.step_labels import StepLabels
from skrnn.estimators.targets.units import Units
from skrnn.estimators.x_format import XFormat
from skrnn.metrics import step_accuracy_score, step_f1_score
from skrnn.network.cells import CELLS
from skrnn.network.initializers import INITIALIZERS, Chrono
from skrnn.network.layer import Layer
from skrnn.network.losses import REGRESSION_LOSSES
from skrnn.network.network import Network
from skrnn.network.parameters import Layout, Parameters
from skrnn.network.pooling import POOLS
from skrnn.network.readout import Readout
from skrnn.network.recurrence import Recurrence
from skrnn.network.stack import Stack
from skrnn.preprocessing.channels_first import ChannelsFirst
from skrnn.preprocessing.fill_steps import FillSteps
from skrnn.preprocessing.per_step import PerStep
from skrnn.preprocessing.stack_steps import StackSteps
from skrnn.training.monitor import Monitor
from skrnn.training.optimizers import OPTIMIZERS, Stepper
from skrnn.training.plan import Plan
from skrnn.training.progress import Progress
from skrnn.training.schedules import SCHEDULES

__all__ = ["TRUSTED_TYPES"]

_NETWORKS = (RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger)
_ESTIMATORS = (*_NETWORKS, ChannelsFirst, FillSteps, PerStep, StackSteps)
_TARGETS = (Labels, LabelSets, StepLabels, Numbers, Units)
_LEARNT = (XFormat, Categories, *_TARGETS, Network, Layout, Parameters)
_MOVED = (  # where formats 1 and 2 have one, and format 3 had the others at first
    "skrnn.estimators.units.Units",
    "skrnn.estimators.data.XFormat",
    "skrnn.training.optimizer.Stepper",
    *(f"skrnn.network.losses.{n}" for n in ("AbsoluteError", "Huber", "Poisson", "SquaredError")),
    *(f"skrnn.training.optimizers.{kind.__name__}" for kind in OPTIMIZERS.values()),
)
_OF_FORMAT_1 = (Stack, Layer, Recurrence, Readout, *POOLS.values())
_TRAINED = (Progress, Monitor, Stepper, Plan)
_FAMILIES = (CELLS, INITIALIZERS, REGRESSION_LOSSES, OPTIMIZERS, SCHEDULES)
_SPECS = (Chrono, *(kind for family in _FAMILIES for kind in family.values()))

_SCORERS = (step_accuracy_score, step_f1_score, type(make_scorer(step_f1_score)))

_KINDS = (np.dtype, *_SCORERS, *_ESTIMATORS, *_LEARNT, *_TRAINED, *_SPECS, *_OF_FORMAT_1)

TRUSTED_TYPES: list[str] = sorted(
    [*_MOVED, *(f"{kind.__module__}.{kind.__qualname__}" for kind in _KINDS)]
)
"""For ``skops.io.load(file, trusted=TRUSTED_TYPES)``; a cell of your own has to be added."""
