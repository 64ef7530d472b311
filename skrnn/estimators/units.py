"""Where models of formats 1 and 2 look for `Units`."""

from skrnn.estimators.targets.units import Units

__all__ = ["Units"]
