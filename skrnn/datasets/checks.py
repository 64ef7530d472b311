"""What the makers of sequences ask of their parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from skrnn.rules import SEED, InvalidParameterError, check, whole

MOST_NUMBERS = 2**40
"""Of a feature; of more, NumPy would say only that some array is too large."""


def check_sizes(n_samples: Any, n_timesteps: Any, *, least_timesteps: int) -> None:
    """Raise an error unless both sizes are whole numbers, and large enough to make sense."""
    check("n_samples", n_samples, whole(1))
    check("n_timesteps", n_timesteps, whole(least_timesteps))
    if int(n_samples) * int(n_timesteps) > MOST_NUMBERS:
        raise InvalidParameterError(
            f"n_samples={n_samples} times n_timesteps={n_timesteps} must be at most 2**40."
        )


def generator_of(random_state: Any) -> np.random.RandomState:
    """Return the source of randomness that a parameter stands for."""
    check("random_state", random_state, *SEED)
    generator: np.random.RandomState = check_random_state(random_state)
    return generator
