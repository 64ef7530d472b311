"""Saved objects that say in which format they are."""

from __future__ import annotations

from typing import Any

from skrnn.estimators import format_1, format_2, format_3
from skrnn.version import FORMAT, __version__


class Versioned:
    """
    Writes the number of the format into what is saved, and refuses to load a higher one.

    For pickle, joblib and skops.io alike. All that is run on loading is to compare
    the numbers and, of an older format, to move what was learnt to where it lies now.
    """

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        return {**state, "_skrnn_format": FORMAT}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        saved_in = state.pop("_skrnn_format", FORMAT)
        if saved_in > FORMAT:
            version = state.get("skrnn_version_")
            raise ValueError(
                f"This {type(self).__name__} was saved in format {saved_in}, by "
                f"{f'skrnn {version}' if version else 'a later skrnn'}; skrnn {__version__}, which "
                f"is installed, reads formats up to {FORMAT}. Install the version that saved it, "
                f"or a later one."
            )
        for earlier in (format_1, format_2, format_3)[saved_in - 1 :]:
            earlier.upgrade(state)
        super().__setstate__(state)  # type: ignore[misc]
