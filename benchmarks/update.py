"""
What an update costs, beside an earlier commit.

``python benchmarks/update.py --against PATH`` times one update of 32 sequences in this checkout and
in the one at PATH (``git worktree add PATH COMMIT``), for every cell at the sizes in `SIZES`, and
`partial_fit` on 32 sequences. Of each it prints both medians in microseconds, and the median of
their ratios: below 1, this checkout is faster. Each checkout runs in a process of its own, on one
thread, and the two are asked in turns.

An update's time is what a fit of many epochs takes longer than one of a single epoch, divided by
the updates in between: what a fit does once is left out, what an epoch does is in it.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

CELLS = ("elman", "gru", "lstm")
SIZES = (  # sequences in a batch, steps, features, units
    (32, 5, 3, 8),
    (32, 8, 8, 32),
    (32, 20, 4, 16),
    (32, 29, 12, 64),
    (32, 64, 1, 64),
    (64, 100, 6, 128),
    (128, 50, 32, 256),
)
SECONDS = 0.25  # about how long a measurement takes


def serve():
    """Answer each line of a case with the seconds it takes in this process."""
    import numpy as np  # noqa: PLC0415 - by the process that does the work alone
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    from skrnn import RNNSequenceClassifier  # noqa: PLC0415

    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)

    def model(cell, n_units, batch_size, n_epochs):
        return RNNSequenceClassifier(
            n_units,
            cell=cell,
            batch_size=batch_size,
            max_iter=n_epochs,
            learning_rate=1e-3,
            schedule="constant",
            n_iter_no_change=10_000,
            early_stopping=False,
            random_state=0,
        )

    def data(n_sequences, n_steps, n_features):
        return rng.normal(size=(n_sequences, n_steps, n_features)), rng.integers(
            2, size=n_sequences
        )

    def timed(function):
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    def of_update(cell, batch_size, n_steps, n_features, n_units, n_updates):
        in_epoch = min(32, max(1, n_updates // 4))
        X, y = data(in_epoch * batch_size, n_steps, n_features)
        n_epochs = max(1, n_updates // in_epoch)
        one, many = (model(cell, n_units, batch_size, n) for n in (1, 1 + n_epochs))
        return (timed(lambda: many.fit(X, y)) - timed(lambda: one.fit(X, y))) / n_epochs / in_epoch

    def of_partial_fit(cell, batch_size, n_steps, n_features, n_units, n_calls):
        X, y = data(batch_size, n_steps, n_features)
        learner = model(cell, n_units, batch_size, 1).partial_fit(X, y, classes=[0, 1])
        return timed(lambda: [learner.partial_fit(X, y) for _ in range(n_calls)]) / n_calls

    measures = {"update": of_update, "partial_fit": of_partial_fit}
    with threadpool_limits(1):
        for line in sys.stdin:
            what, cell, *numbers = line.split()
            print(measures[what](cell, *map(int, numbers)), flush=True)


class Checkout:
    """A process that works with the skrnn at a path."""

    def __init__(self, path):
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            env=os.environ | {"PYTHONPATH": str(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds(self, *case):
        print(*case, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())


def compare(what, cell, size, here, there, n_rounds):
    """Print a row."""
    first = there.seconds(what, cell, *size, 8)  # which also warms up
    n = max(4, int(SECONDS / first))
    here.seconds(what, cell, *size, n)
    pairs = [[c.seconds(what, cell, *size, n) for c in (here, there)] for _ in range(n_rounds)]
    ours, theirs = (1e6 * statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    shape = ", ".join(map(str, size))
    print(f"{what:12}{cell:6}{shape:>20}{ours:10.0f}{theirs:10.0f}{ratio:7.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, metavar="PATH")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", type=int, default=len(SIZES), help="only the first so many")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    here = Checkout(Path(__file__).resolve().parent.parent)
    there = Checkout((options.against or Path(__file__).parent.parent).resolve())
    print(f"{'':12}{'cell':6}{'B, T, D, H':>20}{'us here':>10}{'us there':>10}{'ratio':>7}")
    for cell in CELLS:
        for size in SIZES[: options.sizes]:
            compare("update", cell, size, here, there, options.rounds)
    for cell in CELLS:
        compare("partial_fit", cell, SIZES[0], here, there, options.rounds)


if __name__ == "__main__":
    main()
