"""Recurrent networks trained by backpropagation through time, as scikit-learn estimators."""

from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.estimators.regressor import RNNSequenceRegressor
from skrnn.estimators.stream import Stream
from skrnn.estimators.tagger import RNNSequenceTagger
from skrnn.network.cells import GRU, LSTM, Elman
from skrnn.network.initializers import Chrono, Glorot, Identity, Orthogonal, Uniform
from skrnn.network.losses import AbsoluteError, Huber, Poisson, SquaredError
from skrnn.pipeline import sequence_pipeline
from skrnn.rules import InvalidParameterError
from skrnn.training.inference import NonFiniteError
from skrnn.training.optimizers import LBFGS, SGD, Adam, AdamW, RMSprop
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
    "Chrono",
    "Constant",
    "Cosine",
    "Cycles",
    "Elman",
    "Glorot",
    "Huber",
    "Identity",
    "InvalidParameterError",
    "InverseScaling",
    "NonFiniteError",
    "OneCycle",
    "Orthogonal",
    "Poisson",
    "RMSprop",
    "RNNSequenceClassifier",
    "RNNSequenceRegressor",
    "RNNSequenceTagger",
    "SquaredError",
    "Stream",
    "Uniform",
    "__version__",
    "sequence_pipeline",
]
