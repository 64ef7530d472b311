"""Recurrent networks trained by backpropagation through time, as scikit-learn estimators."""

__version__ = "0.1.0"
