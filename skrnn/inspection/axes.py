"""Where a display draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.types import FloatArray


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


def image_of_steps(
    ax: Any, values: FloatArray, image_kw: dict[str, Any] | None
) -> tuple[Any, Any, Any]:
    """
    Draw values (rows, T) over time, red above 0 and blue below, below axes for what goes with them.

    The upper third of the axes goes to these, which share x, the right edge to a colour bar; return
    the image, the axes above, and the bar. All stay where the axes were.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    n_rows, n_steps = values.shape
    largest = float(np.abs(values).max()) or 1.0
    settings = {"aspect": "auto", "cmap": "RdBu_r", "vmin": -largest, "vmax": largest}
    settings["extent"] = (0.5, n_steps + 0.5, n_rows - 0.5, -0.5)
    image = ax.imshow(values, **settings | (image_kw or {}))
    # Only layouts know that a bar has numbers: without one, there must be room for these.
    widths = (30, 1) if ax.figure.get_layout_engine() else (30, 1, 5)
    spec = ax.get_subplotspec()
    if spec is not None:  # then any layout of the figure knows of all
        ratios = {"height_ratios": (1, 2), "width_ratios": widths}
        cells = spec.subgridspec(2, len(widths), **ratios, hspace=0.05, wspace=0.05)
        ax.set_subplotspec(cells[1, 0])
        top = ax.figure.add_subplot(cells[0, 0], sharex=ax)
        bar = ax.figure.add_subplot(cells[1, 1])
    else:
        x, y, width, height = ax.get_position().bounds
        ax.set_position((x, y, 0.8 * width, 0.65 * height))
        place = (x, y + 0.68 * height, 0.8 * width, 0.32 * height)
        top = ax.figure.add_axes(place, sharex=ax)
        bar = ax.figure.add_axes((x + 0.82 * width, y, 0.03 * width, 0.65 * height))
    top.tick_params(labelbottom=False)
    ax.set(xlabel="Time step")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator("auto", integer=True))
    return image, top, ax.figure.colorbar(image, cax=bar)


def legend_above(ax: Any) -> None:
    """Name the lines of axes above these, where no line is, in as many columns as they are wide."""
    longest = max(len(label) for label in ax.get_legend_handles_labels()[1])
    inches = ax.bbox.width / ax.figure.dpi
    ax.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=max(1, int(inches / (0.5 + 0.08 * longest))),
        handlelength=1,
        columnspacing=1,
    )
