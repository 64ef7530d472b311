"""What is asked of the transformer within `PerStep`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sklearn.utils import get_tags

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


def takes_gaps(transformer: Any, *, surely: bool = False) -> bool:
    """
    Tell whether a transformer takes NaN: by its tag, or by those of the parts that read X.

    If it does `surely`, so do the later steps of a pipeline, which may be handed NaN in turn.
    """
    takes = partial(takes_gaps, surely=surely)
    for name in ("steps", "transformer_list", "transformers"):  # whose own tags say no, always
        parts = [part[1] for part in getattr(transformer, name, ()) if hasattr(part[1], "fit")]
        if parts and name == "steps":
            return all(map(takes, parts if surely else parts[:1]))
        if parts:
            return any(map(takes, parts))
    tags = get_tags(transformer)
    return bool(tags.input_tags.allow_nan or tags.no_validation)
