"""Recurrent networks trained by backpropagation through time, as scikit-learn estimators."""

from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.network.cells import GRU, LSTM, Elman
from skrnn.network.initializers import Chrono, Glorot, Identity, Orthogonal, Uniform
from skrnn.rules import InvalidParameterError
from skrnn.training.optimizers import SGD, Adam, AdamW, RMSprop

__version__ = "0.1.0"

__all__ = [
    "GRU",
    "LSTM",
    "SGD",
    "Adam",
    "AdamW",
    "Chrono",
    "Elman",
    "Glorot",
    "Identity",
    "InvalidParameterError",
    "Orthogonal",
    "RMSprop",
    "RNNSequenceClassifier",
    "Uniform",
]
