"""
What inputs out of proportion cost, beside PyTorch and an earlier commit.

``python benchmarks/cliffs.py [CASES] --against PATH`` prints, for a GRU of 64 units in float64 on
one thread, the CPU seconds of an epoch and the most memory resident above what a small fit needs:

one long      5,000 steps beside 199 sequences of 5, in one batch
alone         the 5,000 steps alone, to compare with
geometric     200 sequences of 1 to 5,000 steps, in geometric progression
wide          4 sequences of 200 steps with 20,000 features
wide alone    one of them
classes       a tagger of 20,000 classes, 100 sequences of 60 steps, batches of 10
name them     what its `predict` takes

PyTorch packs ragged sequences, and does what an epoch does: forward, backward and Adam. PATH is a
checkout of the earlier commit. Each figure comes from a process of its own, the checkouts and
PyTorch in turns; the median of the rounds is printed.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

LONG = [5000] + 199 * [5]
GEOMETRIC = np.geomspace(1, 5000, 200).astype(int).tolist()
CASES = {  # lengths, features, classes, batch size; classes of steps where there are many
    "one long": (LONG, 4, 2, 200),
    "alone": ([5000], 4, 2, 200),
    "geometric": (GEOMETRIC, 4, 2, 200),
    "wide": (4 * [200], 20_000, 2, 200),
    "wide alone": ([200], 20_000, 2, 200),
    "classes": (100 * [60], 2, 20_000, 10),
    "name them": (100 * [60], 2, 20_000, 10),
}
N_UNITS = 64


def make(case):
    lengths, n_features, n_classes, batch_size = CASES[case]
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, n_features)) for n in lengths]
    if n_classes > 2:
        return X, [rng.integers(n_classes, size=n) for n in lengths], n_classes, batch_size
    return X, rng.integers(2, size=len(X)), n_classes, batch_size


def measured(function, before):
    """Print the CPU seconds of a call, and the memory it takes beyond that of another."""
    before()
    least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    function()
    seconds = time.process_time() - start
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(seconds, (most - least) / 1024)


def of_skrnn(case):
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - by the process that does the work

    from skrnn import RNNSequenceClassifier, RNNSequenceTagger  # noqa: PLC0415

    warnings.simplefilter("ignore")
    X, y, n_classes, batch_size = make(case)
    kind = RNNSequenceTagger if n_classes > 2 else RNNSequenceClassifier
    settings = {"batch_size": batch_size, "learning_rate": 1e-3, "schedule": "constant"}
    model = kind(N_UNITS, n_iter_no_change=1000, max_iter=1, early_stopping=False, **settings)
    small = kind(4, n_iter_no_change=1000, max_iter=1, early_stopping=False, **settings)

    def epoch():
        model.partial_fit(X, y, classes=np.arange(n_classes))

    def before():
        few = 2 * [np.arange(2)] if n_classes > 2 else [0, 1]
        small.partial_fit(2 * [X[0][:2]], few, classes=[0, 1])

    with threadpool_limits(1):
        if case == "name them":
            model.partial_fit(X[:1], y[:1], classes=np.arange(n_classes))
            measured(lambda: model.predict(X), before)
        else:
            measured(epoch, before)


def of_torch(case):
    import torch  # noqa: PLC0415 - by the process that does the work
    from torch.nn.utils.rnn import pack_sequence  # noqa: PLC0415

    torch.set_num_threads(1)
    X, y, n_classes, batch_size = make(case)
    X = [torch.tensor(x) for x in X]
    per_step = n_classes > 2
    y = [torch.tensor(labels) for labels in y] if per_step else torch.tensor(y)
    gru = torch.nn.GRU(X[0].shape[1], N_UNITS, dtype=torch.float64)
    head = torch.nn.Linear(N_UNITS, n_classes, dtype=torch.float64)
    optimizer = torch.optim.Adam([*gru.parameters(), *head.parameters()], lr=1e-3)

    def scores_of(members):
        packed = pack_sequence([X[i] for i in members], enforce_sorted=False)
        outputs, last = gru(packed)
        return head(outputs.data if per_step else last[0])

    def epoch():
        for begin in range(0, len(X), batch_size):
            members = range(begin, min(begin + batch_size, len(X)))
            right = y[begin : begin + batch_size]
            if per_step:
                right = pack_sequence(right, enforce_sorted=False).data
            loss = torch.nn.functional.cross_entropy(scores_of(members), right)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    def predict():
        with torch.no_grad():
            for begin in range(0, len(X), batch_size):
                scores_of(range(begin, min(begin + batch_size, len(X)))).argmax(dim=1)

    def before():
        small = torch.nn.GRU(2, 4, dtype=torch.float64)
        small(torch.zeros(2, 2, 2, dtype=torch.float64))[0].sum().backward()

    measured(predict if case == "name them" else epoch, before)


def ask(what, case, path):
    command = [sys.executable, __file__, "--serve", what, case]
    environment = os.environ | {"PYTHONPATH": str(path)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    return tuple(map(float, done.stdout.split()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", help="all unless some are named")
    parser.add_argument("--against", type=Path, metavar="PATH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        what, case = options.serve
        {"skrnn": of_skrnn, "torch": of_torch}[what](case)
        return
    here = Path(__file__).resolve().parent.parent
    columns = {"here": ("skrnn", here), "PyTorch": ("torch", here)}
    if options.against:
        columns["there"] = ("skrnn", options.against.resolve())
    print(f"{'':12}" + "".join(f"{name:>12}{'':>8}" for name in columns))
    for case in options.cases or CASES:
        rounds = [
            [ask(what, case, path) for what, path in columns.values()]
            for _ in range(options.rounds)
        ]
        print(f"{case:12}", end="")
        for of_column in zip(*rounds, strict=True):
            seconds, megabytes = (
                statistics.median(values) for values in zip(*of_column, strict=True)
            )
            print(f"{seconds:9.2f} s{megabytes:6.0f} MB", end="", flush=True)
        print()


if __name__ == "__main__":
    main()
