"""
How long the road is from a batch to its gradient.

``python benchmarks/road.py`` prints the calls of skrnn's own functions that one update makes, at
one step, and their files, without what is done once an epoch; and its frames from `fit` to the
time loop.
"""

import sys
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

import skrnn

HOME = str(Path(skrnn.__file__).parent)
BATCH, UPDATES = 32, 32  # sequences in an update, updates in an epoch


def fit(n_epochs):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(UPDATES * BATCH, 1, 3)), np.arange(UPDATES * BATCH) % 2
    model = skrnn.RNNSequenceClassifier(
        8, cell="elman", batch_size=BATCH, max_iter=n_epochs, early_stopping=False
    )
    model.fit(X, y)


def calls_of(n_epochs):
    """Return how often which function is called in a fit, and the frames to the first time loop."""
    calls, frames = Counter(), []

    def profile(frame, event, _):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(HOME):
            return
        calls[code.co_filename, code.co_qualname] += 1
        if code.co_qualname == "Recurrence.forward" and not frames:
            while frame is not None:
                if frame.f_code.co_filename.startswith(HOME):
                    frames.append(frame.f_code.co_qualname)
                frame = frame.f_back

    sys.setprofile(profile)
    try:
        fit(n_epochs)
    finally:
        sys.setprofile(None)
    return calls, frames[::-1]


def main():
    few, many = 1, 5
    (before, _), (after, frames) = calls_of(few), calls_of(many)
    n_updates = (many - few) * UPDATES
    each = {name: (n - before[name]) / n_updates for name, n in after.items()}
    each = {name: n for name, n in each.items() if n > 0.5}  # the rest is done once an epoch
    for (file, name), n in each.items():
        print(f"{n:6.2f}  {Path(file).relative_to(HOME)}: {name}")
    print(f"{sum(each.values()):.0f} calls an update, in {len({file for file, _ in each})} files")
    print(f"{len(frames)} frames to the time loop: {', '.join(frames)}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
