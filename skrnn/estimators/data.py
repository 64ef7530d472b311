"""Where models saved before look for `XFormat`."""

from skrnn.estimators.x_format import XFormat

__all__ = ["XFormat"]
