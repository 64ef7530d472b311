"""
How time and memory of a fit grow with the number of sequences, their steps and the units.

``python benchmarks/scaling.py`` doubles one of the three at a time, three times, and prints the
time and the peak memory of a fit, and the slope of both on a logarithmic scale: 1 is linear. Where
sequences or steps double, 1 at most is what is wanted. Of the units, work grows like the square
once the products prevail.

A fit takes a fixed number of epochs with a GRU, sequences of 4 features, batches of 64, float32.
Times are medians of five rounds, all sizes in turns, on one thread. Memory is the most that
tracemalloc sees above what there was before; X was there before. It does not grow with the number
of sequences but for what is kept of each: a batch at a time is unrolled.
"""

import statistics
import time
import tracemalloc
import warnings

import numpy as np
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier

MIDDLE = {"sequences": 512, "steps": 64, "units": 64}
FACTORS = (0.5, 1, 2, 4)
N_ROUNDS, N_EPOCHS = 5, 2


def fit(X, y, n_units):
    """Fit for a few epochs."""
    model = RNNSequenceClassifier(
        n_units, batch_size=64, max_iter=N_EPOCHS, n_iter_no_change=N_EPOCHS, random_state=0
    )
    model.fit(X, y)


def make_task(sequences, steps, units):
    """Return what to fit to, and with how many units."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(sequences, steps, 4)).astype(np.float32)
    return X, np.arange(sequences) % 2, units


def time_of(task):
    """Return the seconds of a fit."""
    start = time.perf_counter()
    fit(*task)
    return time.perf_counter() - start


def peak_of(task):
    """Return the most bytes that a fit takes above what is there before."""
    tracemalloc.start()
    fit(*task)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def slope(values):
    """Return the slope of the logarithm, by least squares, per doubling."""
    return np.polyfit(np.log2(FACTORS), np.log2(values), 1)[0]


def main():
    for name, middle in MIDDLE.items():
        sizes = [int(factor * middle) for factor in FACTORS]
        tasks = [make_task(**MIDDLE | {name: size}) for size in sizes]
        rounds = [[time_of(task) for task in tasks] for _ in range(1 + N_ROUNDS)]
        seconds = [statistics.median(times) for times in zip(*rounds[1:], strict=True)]
        peaks = [peak_of(task) / 1e6 for task in tasks]
        print(f"\n{name:12}" + "".join(f"{size:9}" for size in sizes) + f"{'slope':>9}")
        print(f"{'seconds':12}" + "".join(f"{s:9.3f}" for s in seconds) + f"{slope(seconds):9.2f}")
        print(f"{'peak, MB':12}" + "".join(f"{p:9.2f}" for p in peaks) + f"{slope(peaks):9.2f}")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main()
