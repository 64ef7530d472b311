"""What is asked of the transformer within `PerStep`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skrnn.rules import Rule

TRANSFORMER = Rule(
    "an instance of a transformer, with fit and transform",
    lambda value: (
        not isinstance(value, type) and hasattr(value, "fit") and hasattr(value, "transform")
    ),
)


def inner_has(name: str) -> Callable[[Any], bool]:
    """Make the condition that the transformer, fitted or not, has a method of this name."""
    return lambda self: hasattr(getattr(self, "transformer_", self.transformer), name)
