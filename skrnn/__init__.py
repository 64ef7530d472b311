"""Recurrent networks trained by backpropagation through time, as scikit-learn estimators."""

from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.estimators.regressor import RNNSequenceRegressor
from skrnn.estimators.stream import Stream
from skrnn.estimators.tagger import RNNSequenceTagger
from skrnn.network.cells import GRU, LSTM, Cell, Elman
from skrnn.network.initializers import (
    Chrono,
    Glorot,
    Identity,
    Initializer,
    Orthogonal,
    Uniform,
)
from skrnn.network.losses import (
    AbsoluteError,
    Huber,
    Loss,
    Poisson,
    Quantile,
    RegressionLoss,
    SquaredError,
)
from skrnn.pipeline import sequence_pipeline
from skrnn.rules import InvalidParameterError
from skrnn.training.inference import NonFiniteError
from skrnn.training.optimizers import LBFGS, SGD, Adam, AdamW, Optimizer, RMSprop
from skrnn.training.schedule import Schedule
from skrnn.training.schedules import Adaptive, Constant, Cosine, Cycles, InverseScaling, OneCycle
from skrnn.version import __version__

__all__ = [
    "GRU",
    "LBFGS",
    "LSTM",
    "SGD",
    "AbsoluteError",
    "Adam",
    "AdamW",
    "Adaptive",
    "Cell",
    "Chrono",
    "Constant",
    "Cosine",
    "Cycles",
    "Elman",
    "Glorot",
    "Huber",
    "Identity",
    "Initializer",
    "InvalidParameterError",
    "InverseScaling",
    "Loss",
    "NonFiniteError",
    "OneCycle",
    "Optimizer",
    "Orthogonal",
    "Poisson",
    "Quantile",
    "RMSprop",
    "RNNSequenceClassifier",
    "RNNSequenceRegressor",
    "RNNSequenceTagger",
    "RegressionLoss",
    "Schedule",
    "SquaredError",
    "Stream",
    "Uniform",
    "__version__",
    "sequence_pipeline",
]
