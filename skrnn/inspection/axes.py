"""Where a display draws."""

from __future__ import annotations

from typing import Any


def new_axes(ax: Any) -> tuple[Any, Any]:
    """Return axes to draw on, those given or new ones, and their figure."""
    if ax is None:
        try:
            import matplotlib.pyplot as plt  # noqa: PLC0415 - the rest of skrnn does without
        except ImportError as error:
            raise ImportError(
                "Displays need matplotlib, which is not installed: pip install matplotlib."
            ) from error
        _, ax = plt.subplots(layout="constrained")
    return ax, ax.figure


def take_top(ax: Any) -> Any:
    """Give the upper third of axes, which move down, to new ones that share x; return these."""
    spec = ax.get_subplotspec()
    if spec is not None:  # then any layout of the figure knows of both
        top, rest = spec.subgridspec(2, 1, height_ratios=(1, 2), hspace=0.05)
        ax.set_subplotspec(rest)
        return ax.figure.add_subplot(top, sharex=ax)
    x, y, width, height = ax.get_position().bounds
    ax.set_position((x, y, width, 0.65 * height))
    return ax.figure.add_axes((x, y + 0.68 * height, width, 0.32 * height), sharex=ax)
