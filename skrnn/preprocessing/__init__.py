"""What stands before an estimator: transformers of time steps."""

from skrnn.preprocessing.per_step import PerStep

__all__ = ["PerStep"]
