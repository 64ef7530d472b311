"""What a law is: a function of a configuration that fails by an assertion."""

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

from sklearn.exceptions import ConvergenceWarning, DataDimensionalityWarning

from tests.campaign.configuration import Configuration

LAWS: dict[str, Any] = {}
"""All laws by name; what a law `holds` for, it says itself."""


def law(holds: Callable[[Configuration], bool] = lambda _: True) -> Callable[[Any], Any]:
    """Make a function a law of those configurations for which something `holds`."""

    def register(function: Any) -> Any:
        @wraps(function)
        def check(c: Configuration) -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", ConvergenceWarning)
                warnings.simplefilter("ignore", DataDimensionalityWarning)  # of single steps
                function(c)

        check.holds = holds  # type: ignore[attr-defined]
        LAWS[function.__name__] = check
        return check

    return register
