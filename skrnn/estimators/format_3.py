"""Models saved in format 3, which had generators where their states are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def upgrade(state: Mapping[str, Any]) -> None:
    """Bring what an estimator was saved as up to date, in place."""
    moving = vars(state["_progress"]) if "_progress" in state else {}
    for now, then in (("order", "generator"), ("masks", "mask_generator")):
        if then in moving:  # and not the Progress of two estimators, met for the second time
            moving[now] = moving.pop(then).bit_generator.state
