"""What the makers of sequences ask of their parameters."""

from __future__ import annotations

from typing import Any

from skrnn.rules import InvalidParameterError, Rule, whole


def check(name: str, value: Any, rule: Rule) -> None:
    """Raise an error unless a parameter obeys its rule."""
    if not rule.admits(value):
        raise InvalidParameterError(f"{name} must be {rule.words}. Got {value!r}.")


def check_sizes(n_samples: Any, n_timesteps: Any, *, least_timesteps: int) -> None:
    """Raise an error unless both sizes are whole numbers, and large enough to make sense."""
    check("n_samples", n_samples, whole(1))
    check("n_timesteps", n_timesteps, whole(least_timesteps))
