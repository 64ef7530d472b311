"""
Draw docs/speed_light.svg and docs/speed_dark.svg from the figures in benchmarks/README.md.

``python benchmarks/chart.py`` takes the tables "fit" and "ragged" of one thread that stand first
below "## Speed": PyTorch's time divided by skrnn's, by cell. It measures nothing.
"""

import re
from pathlib import Path

import matplotlib.pyplot as plt

ROOT = Path(__file__).parents[1]
CELLS = {"Elman": "o", "GRU": "s", "LSTM": "^"}
COLOURS = {"light": ("#1f2328", "#8c959f"), "dark": ("#e6edf3", "#7d8590")}  # ink, grey
ROW = re.compile(r"^ +(\d+) x +(\d+) x +(\d+) x +(\d+) +(\S.*)$", re.MULTILINE)


def measured():
    """Return the three ratios of each size, by its name, in the order of the tables."""
    section = (ROOT / "benchmarks" / "README.md").read_text().split("\n## Speed\n")[1]
    block = section.split("```")[1]
    ratios = {}
    for table, step in (("fit", 2), ("ragged", 1)):  # a fit has a floor beside each ratio
        text = re.search(rf"^{table}, 1 thread\n(.*?)(?:\n\n|\Z)", block, re.MULTILINE | re.DOTALL)
        for batch, steps, features, units, numbers in ROW.findall(text[1]):
            long = f"5 to {steps}" if table == "ragged" else steps
            name = f"batches of {batch}, {long} steps of {features}, {units} units"
            ratios[name] = [float(number) for number in numbers.split()[::step]]
    return ratios


def draw(ratios, ink, grey):
    """Draw a line for each size, with a mark for each cell."""
    figure, axis = plt.subplots(figsize=(8, 2.9), layout="constrained")
    names = list(ratios)[::-1]
    for place, name in enumerate(names):
        axis.plot([min(ratios[name]), max(ratios[name])], [place, place], color=grey, zorder=1)
    for i, (cell, marker) in enumerate(CELLS.items()):
        axis.scatter(
            [ratios[name][i] for name in names], range(len(names)), 45, marker=marker, label=cell
        )
    axis.axvline(1, color=grey, linestyle="--", zorder=0)
    axis.set_xscale("log")
    ticks = [0.75, 1, 1.5, 2, 3, 4]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks], minor=False)
    axis.set_xticks([], minor=True)
    axis.set_yticks(range(len(names)), names)
    axis.set_xlabel("PyTorch's time for a fit / skrnn's (right of 1, skrnn is faster)", color=ink)
    axis.tick_params(colors=ink, length=0)
    axis.spines[:].set_visible(False)
    axis.legend(frameon=False, labelcolor=ink, loc="center right")
    return figure


if __name__ == "__main__":
    plt.rcParams["svg.hashsalt"] = "skrnn"
    for name, colours in COLOURS.items():
        path = ROOT / "docs" / f"speed_{name}.svg"
        draw(measured(), *colours).savefig(path, transparent=True, metadata={"Date": None})
        print(path.relative_to(ROOT))
