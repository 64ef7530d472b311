"""
What default parameters reach, and in which time.

``python benchmarks/defaults.py`` fits with default parameters to each data set of `data.py`, or to
those named, and prints the training sequences, their steps, the median and the least test score of
five seeds (accuracy, of steps for the tagger; R^2 for regressors), the CPU seconds of a fit, and
the updates it made. More is printed beside that with

--against today  the defaults of 0.1.0 before "auto": one rate, batch and number of epochs for all;
--pipeline       `sequence_pipeline` with default parameters, which scales and joins steps;
--rivals         for classifiers, with sequences of one length, CPU seconds until the test accuracy
                 first is at a level: 0.98 for digits by rows, else 0.98 times the median of skrnn's
                 defaults. Of the plain PyTorch loop and skorch (`rivals.py`), that is the training
                 until the end of the first of 100 epochs that is good enough, for which they look
                 at the test set; of skrnn, a whole fit with default parameters.

``--seeds 3`` takes as many, ``--float32`` has all compute in that precision, and not in float64.

What is compared is fitted in turns, seed by seed, in one process, on one thread. Seconds are
medians; "ratio" is the median over the seeds of the time with the other settings, divided by that
with the defaults: above 1, the defaults are faster. Marks are

+  after a name: the defaults were chosen by this data set, among others; the rest was left out;
!  after the least score: with some seed, a network guesses (its score is less than two standard
   errors above the share of the largest class), while another network, of any column, learns;
-  in place of seconds: the level is not reached with half of the seeds.
"""

import argparse
import math
import statistics
import time
import warnings
from typing import NamedTuple

import numpy as np
from data import DATA_SETS
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier
from skrnn.pipeline import ESTIMATORS, sequence_pipeline

BEFORE = {
    "learning_rate": 1e-3,
    "schedule": "constant",
    "batch_size": 200,
    "max_iter": 200,
    "tol": 1e-4,
    "n_iter_no_change": 10,
    "early_stopping": "auto",
}
DEFAULTS, AGAINST, PIPELINE = "defaults", "before", "pipeline"
FRACTION = 0.98  # of what skrnn's defaults reach, for rivals to reach


class Fit(NamedTuple):
    """What came of one fit."""

    score: float
    seconds: float
    updates: int


def make_model(setting, estimator, seed):
    if setting == PIPELINE:
        model = sequence_pipeline(estimator)
        return model.set_params(**{f"{model.steps[-1][0]}__random_state": seed})
    return ESTIMATORS[estimator](**BEFORE if setting == AGAINST else {}, random_state=seed)


def count_updates(model):
    """Return the updates of a fit, which may have held out some of the sequences."""
    network = model.steps[-1][1] if hasattr(model, "steps") else model
    n_sequences = network.t_ // network.n_iter_
    return network.n_iter_ * math.ceil(n_sequences / network.batch_size_)


def fit(setting, estimator, data, seed):
    model = make_model(setting, estimator, seed)
    start = time.process_time()
    model.fit(data.X_train, data.y_train)
    seconds = time.process_time() - start
    return Fit(model.score(data.X_test, data.y_test), seconds, count_updates(model))


def in_single(data):
    """Return data whose X is float32."""
    X_train, X_test = (
        X.astype(np.float32) if isinstance(X, np.ndarray) else [x.astype(np.float32) for x in X]
        for X in (data.X_train, data.X_test)
    )
    return data._replace(X_train=X_train, X_test=X_test)


def guessing(labels):
    """Return the accuracy below which a network may as well name the largest class."""
    _, counts = np.unique(np.concatenate([np.atleast_1d(y) for y in labels]), return_counts=True)
    share, n = counts.max() / counts.sum(), counts.sum()
    return share + 2 * math.sqrt(share * (1 - share) / n)


def row_of_settings(fits, chance):
    """Return what to print of the fits by setting, a list each."""
    some_learns = any(f.score >= chance for of_setting in fits.values() for f in of_setting)
    for setting, of_setting in fits.items():
        scores, seconds, updates = zip(*of_setting, strict=True)
        mark = "!" if some_learns and min(scores) < chance else " "
        yield (
            f"{statistics.median(scores):8.3f}{min(scores):8.3f}{mark}"
            f"{statistics.median(seconds):8.2f}{statistics.median(updates):8.0f}"
        )
        if setting != DEFAULTS:
            pairs = zip(seconds, (f.seconds for f in fits[DEFAULTS]), strict=True)
            yield f"{statistics.median(other / ours for other, ours in pairs):7.2f}"


def median_seconds(seconds):
    """Return the median in words; not reaching the level takes forever."""
    median = statistics.median_high(seconds)
    return f"{median:8.2f}" if math.isfinite(median) else f"{'-':>8}"


def row_of_rivals(data, level, fits):
    """Return the level, and the seconds until skrnn and its rivals reach it."""
    from rivals import RIVALS, seconds_until  # noqa: PLC0415 (torch, if it is wanted)

    if level is None:
        level = FRACTION * statistics.median(f.score for f in fits)
    yield f"{level:8.3f}"
    yield median_seconds([f.seconds if f.score >= level else math.inf for f in fits])
    for rival in RIVALS:
        seconds_until(2.0, rival, data, seed=0, max_epochs=1)  # what only the first call does
    times = [[seconds_until(level, r, data, seed) for r in RIVALS] for seed in range(len(fits))]
    yield from map(median_seconds, zip(*times, strict=True))


def print_head(settings, *, rivals):
    above, head = f"{'':38}", f"{'data':18}{'sequences':>10}{'steps':>10}"
    for setting in settings:
        above += f"{setting:>16}{'':17}"
        head += f"{'median':>8}{'least':>8} {'seconds':>8}{'updates':>8}"
        if setting != DEFAULTS:
            above, head = f"{above}{'':7}", f"{head}{'ratio':>7}"
    if rivals:
        above += f"{'seconds until':>24}"
        head += f"{'level':>8}{'skrnn':>8}{'torch':>8}{'skorch':>8}"
    print(f"{above.rstrip()}\n{head}")


def print_row(name, settings, options):
    data_set = DATA_SETS[name]
    data = in_single(data_set.load()) if options.float32 else data_set.load()
    lengths = sorted({len(x) for x in data.X_train})
    steps = f"{lengths[0]}" if len(lengths) == 1 else f"{lengths[0]}-{lengths[-1]}"
    label = f"{name}{' +' if data_set.chosen_on else ''}"
    print(f"{label:18}{len(data.X_train):10}{steps:>10}", end="", flush=True)

    fits = {setting: [] for setting in settings}
    for seed in range(options.seeds):
        for setting, of_setting in fits.items():
            of_setting.append(fit(setting, data_set.estimator, data, seed))
    chance = -math.inf if data_set.estimator == "regressor" else guessing(data.y_test)
    print(*row_of_settings(fits, chance), sep="", end="", flush=True)

    if options.rivals and data_set.estimator == "classifier" and len(lengths) == 1:
        print(*row_of_rivals(data, data_set.level, fits[DEFAULTS]), sep="", end="")
    print(flush=True)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(DATA_SETS))
    parser.add_argument("--against", choices=("today", "none"), default="none")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--pipeline", action="store_true")
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--float32", action="store_true")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in DATA_SETS]:
        parser.error(f"no such data: {', '.join(unknown)}; there are {', '.join(DATA_SETS)}")
    return options


def main():
    options = parse()
    settings = [DEFAULTS]
    settings += [AGAINST] if options.against == "today" else []
    settings += [PIPELINE] if options.pipeline else []
    if options.rivals:
        import torch  # noqa: PLC0415 (only if it is wanted)

        torch.set_num_threads(1)
    RNNSequenceClassifier(max_iter=1).fit(np.zeros((2, 2, 1)), [0, 1])  # the first call of all
    print_head(settings, rivals=options.rivals)
    for name in options.names or DATA_SETS:
        print_row(name, settings, options)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        main()
