"""
What long sequences cost in memory and time, and ways to pay less.

``python benchmarks/memory.py`` prints

- for a fit of one epoch to two sequences of 100,000 steps, the most memory resident above what was
  resident after the imports, in a fresh process for each way: to be below 200 MB;
- for 32 sequences in one batch, the memory and the time of checkpoints and of truncation beside
  those of a plain fit. With 1,000 steps, checkpoints are to save at least 90 % of the activations,
  for at most 1.4 times the time.

Everywhere, a step has one feature and the network one layer of 64 units, in float64.

Memory, "peak", is the most that tracemalloc sees during a fit of one epoch, above what there was
before. X is there before, and used without a copy. "Activations" is this peak without the padded
batch, which takes as much as X. What remains is activations and the gradients of states, but for at
most 1.7 MB that do not depend on the number of steps, such as parameters and the optimiser's
memory. "Saved" compares activations with those of the plain fit. MB are millions of bytes.

Time is that of a fit of some epochs, as a ratio to the plain fit of the same round: in each round
all take their turns, and the median over the rounds is printed. Memory is never traced in a fit
that is timed. What counts is the processor's time outside the operating system. To hand out fresh
memory takes the system long on some machines and not on others, and it is due once in a fit,
however many its epochs. To leave it out favours the plain fit, which needs the most memory.

A fit that truncates reads all steps, but goes back through the last 100 only. With the label at
every step, which is ``target_replication=0.5``, it goes back through all of them, 100 at a time,
with an update for each 100.

The memory of the process is read from /proc, which Linux has. The field ru_maxrss of
``resource.getrusage`` would not do: it can begin with that of the parent process.
"""

import resource
import statistics
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier

MB = 1e6
N_ROUNDS = 5
EPOCHS = {100: 30, 300: 10, 1000: 3, 3000: 2}  # of a timed fit, by the number of steps
LABEL_AT_END = {
    "plain": {},
    "checkpoint=True": {"checkpoint": True},
    "truncation_length=100": {"truncation_length": 100},
}
LABEL_AT_EVERY_STEP = {
    name: settings | {"target_replication": 0.5} for name, settings in LABEL_AT_END.items()
}
CHECKPOINT = {name: LABEL_AT_END[name] for name in ("plain", "checkpoint=True")}
LONG = {
    "truncation_length=100, label at the end": {"truncation_length": 100},
    "truncation_length=100, label at every step": {
        "truncation_length": 100,
        "target_replication": 0.5,
    },
    "checkpoint=True, label at the end": {"checkpoint": True},
}


def make_data(n_samples, n_steps):
    """Return noise and two classes; what is learnt does not matter here."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n_samples, n_steps, 1)), np.arange(n_samples) % 2


def fit(X, y, settings, n_epochs=1):
    """Fit 64 units, all sequences in one batch."""
    model = RNNSequenceClassifier(
        64, max_iter=n_epochs, n_iter_no_change=n_epochs, random_state=0, **settings
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all take all epochs
        model.fit(X, y)


def user_time():
    """Return the seconds that the processor has spent on this process outside the system."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def peak_memory(X, y, settings):
    """Return the most bytes that a fit takes above what is there before."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    fit(X, y, settings)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


def relative_times(X, y, variants, n_epochs):
    """Return the median time of each variant as a ratio to that of the plain one."""
    ratios = {name: [] for name in variants}
    for _ in range(N_ROUNDS):
        seconds = {}
        for name, settings in variants.items():
            start = user_time()
            fit(X, y, settings, n_epochs)
            seconds[name] = user_time() - start
        for name in variants:
            ratios[name].append(seconds[name] / seconds["plain"])
    return {name: statistics.median(all_) for name, all_ in ratios.items()}


def print_comparison(title, variants, epochs):
    """Print a row for each length and variant."""
    print(f"\n{title}")
    print(f"{'steps':>6}  {'':22}{'peak, MB':>10}{'activations, MB':>17}{'saved':>8}{'time':>7}")
    for n_steps, n_epochs in epochs.items():
        X, y = make_data(32, n_steps)
        times = relative_times(X, y, variants, n_epochs)
        peaks = {name: peak_memory(X, y, settings) for name, settings in variants.items()}
        for name, peak in peaks.items():
            activations = peak - X.nbytes
            saved = 1 - activations / (peaks["plain"] - X.nbytes)
            print(
                f"{n_steps:6}  {name:22}{peak / MB:10.2f}{activations / MB:17.2f}{saved:8.1%}"
                f"{times[name]:7.2f}"
            )


def resident_memory(field):
    """Return a field of the process's status in bytes: VmRSS is now, VmHWM the most so far."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        name, value = line.split(":")
        if name == field:
            return 1024 * int(value.split()[0])
    raise KeyError(field)


def resident_memory_of_long_fit(settings):
    """Return the most bytes resident above those after the imports; for a fresh process."""
    imported = resident_memory("VmRSS")
    X, y = make_data(2, 100_000)
    with threadpool_limits(1):
        fit(list(X), y, settings)
    return resident_memory("VmHWM") - imported


def print_long():
    """Print a row for each way to fit sequences of 100,000 steps."""
    print("Two sequences of 100,000 steps, GRU: most memory resident above the imports")
    for name, settings in LONG.items():
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            peak = fresh.submit(resident_memory_of_long_fit, settings).result()
        print(f"{name:44}{peak / MB:8.1f} MB")


def main():
    print_long()
    fit(*make_data(32, 10), {})  # what only the first fit does is not to be measured
    print_comparison("GRU, label at the end", LABEL_AT_END, EPOCHS)
    print_comparison("GRU, label at every step", LABEL_AT_EVERY_STEP, EPOCHS)
    for cell, name_of_cell in (("elman", "Elman"), ("lstm", "LSTM")):
        variants = {name: {"cell": cell} | settings for name, settings in CHECKPOINT.items()}
        print_comparison(f"{name_of_cell}, label at the end", variants, {1000: EPOCHS[1000]})


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
