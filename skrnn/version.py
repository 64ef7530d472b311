"""Which skrnn this is."""

__version__ = "0.1.0"

FORMAT = 4
"""Of saved models. To be raised when this release could not use what a later one saves."""
