"""
How long skrnn takes beside PyTorch, skorch and its own matrix products, on a processor.

``python benchmarks/speed.py`` prints all of these, and ``... speed.py fit`` one of them:

fit      Whole fits, data of one length: `RNNSequenceClassifier.fit` against a plain PyTorch loop
         with the same cell, sizes, loss, fused Adam and clipping, over batches cut from one tensor
         before the first epoch. Beside them "floor": the matrix products of the same fit alone,
         through `np.matmul` on one thread, as a share of skrnn's time (with the last engine).
predict  `predict_proba` of the same models for all sequences, against forward passes and softmax
         under `no_grad`, 256 sequences at a time.
ragged   Fits to sequences of 5 to 100 steps, against packed sequences, sorted by length before the
         first epoch and packed at every update.
skorch   Fits at the three sizes whose four numbers have the smallest product, against skorch's
         NeuralNetClassifier.
jobs     Fits with ``n_jobs=2``, against PyTorch; beside them, against skrnn's own fits on one
         thread.

There is a column for each engine that ``--engine numpy,numba`` names; without it, for NumPy alone.

Everything is float32. What is compared is run in turns in one process, and the median over the
rounds of "time of the other / time of skrnn" is printed: above 1, skrnn is faster. skrnn does all
that a fit does: checks its input, shuffles, groups by length, adds a penalty, records norms. The
PyTorch loops only clip. "1 thread" limits both. "Default threads" leaves PyTorch as many as
it likes, while skrnn takes one unless `n_jobs` says otherwise.

Which kernels OpenBLAS takes, first of all, decides what the floor is; the first lines tell. On some
processors with AVX-512 it does not use that by itself, but does with
``OPENBLAS_CORETYPE=SkylakeX`` in the environment.
"""

import argparse
import os
import platform
import statistics
import time
import warnings
from math import prod
from typing import NamedTuple

import numpy as np
import scipy
import sklearn
import skorch
import torch
from skorch.callbacks import GradientNormClipping
from threadpoolctl import threadpool_info, threadpool_limits
from torch.nn.utils.rnn import pack_padded_sequence

import skrnn
from skrnn import RNNSequenceClassifier
from skrnn.network.cells import CELLS as SKRNN_CELLS


class Size(NamedTuple):
    """Sequences in a batch, steps, features of a step, units."""

    batch: int
    steps: int
    features: int
    units: int


CELLS = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}
EPOCHS = {  # of a fit, for each to take some tenths of a second
    Size(32, 8, 8, 32): 30,
    Size(32, 29, 12, 64): 10,
    Size(32, 64, 1, 64): 5,
    Size(64, 100, 6, 128): 2,
    Size(200, 64, 8, 100): 2,
    Size(128, 100, 32, 256): 1,
}
SMALLEST = sorted(EPOCHS, key=prod)[:3]
RAGGED = {Size(32, 100, 12, 64): 5, Size(64, 100, 6, 128): 3}
N_BATCHES, N_CLASSES, N_ROUNDS = 8, 5, 7
LEARNING_RATE, CLIP = 1e-3, 1.0


class Network(torch.nn.Module):
    """A recurrence and a linear map of its last state."""

    def __init__(self, cell, n_features, n_units, n_classes=N_CLASSES, *, batch_first=False):
        super().__init__()
        self.recurrence = CELLS[cell](n_features, n_units, batch_first=batch_first)
        self.readout = torch.nn.Linear(n_units, n_classes)

    def forward(self, x):
        _, last = self.recurrence(x)
        return self.readout((last[0] if isinstance(last, tuple) else last)[0])


def fit_torch(cell, size, n_epochs, X, y, lengths=None):
    """Train a network in a plain loop."""
    if lengths is not None:
        order = np.argsort(-lengths)
        X, y, lengths = X[order], y[order], torch.from_numpy(lengths[order]).split(size.batch)
    x = torch.from_numpy(X).transpose(0, 1)
    batches = [part.contiguous() for part in x.split(size.batch, 1)]
    targets = torch.from_numpy(y).split(size.batch)
    network = Network(cell, size.features, size.units)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()
    for _ in range(n_epochs):
        for i, batch in enumerate(batches):
            read = batch if lengths is None else pack_padded_sequence(batch, lengths[i])
            optimizer.zero_grad()
            loss_of(network(read), targets[i]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
    return network


def predict_torch(network, X):
    """Return probabilities."""
    with torch.no_grad():
        parts = torch.from_numpy(X).transpose(0, 1).split(256, 1)
        return torch.cat([torch.softmax(network(part), 1) for part in parts]).numpy()


def fit_skorch(cell, size, n_epochs, X, y):
    """Train the same network the way skorch's users do."""
    net = skorch.NeuralNetClassifier(
        Network,
        module__cell=cell,
        module__n_features=size.features,
        module__n_units=size.units,
        module__batch_first=True,
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=LEARNING_RATE,
        batch_size=size.batch,
        max_epochs=n_epochs,
        callbacks=[GradientNormClipping(CLIP)],
        train_split=None,
        verbose=0,
    )
    return net.fit(X, y)


def fit_skrnn(engine, cell, size, n_epochs, X, y, n_jobs=None):
    """Train skrnn's network for as many epochs."""
    return RNNSequenceClassifier(
        size.units,
        cell=cell,
        batch_size=size.batch,
        learning_rate=LEARNING_RATE,
        clip_threshold=CLIP,
        max_iter=n_epochs,
        n_iter_no_change=n_epochs,
        tol=0,
        random_state=0,
        n_jobs=n_jobs,
        engine=engine,
    ).fit(X, y)


@threadpool_limits.wrap(1)
def multiply(cell, size, n_updates):
    """Compute the matrix products of so many updates, and nothing else."""
    (B, T, D, H), cell = size, SKRNN_CELLS[cell]
    rows, rng = len(cell.gates) * H, np.random.default_rng(0)

    def array(*shape):
        return rng.normal(size=shape).astype(np.float32)

    read, d_gates, gates, U, d_h = (
        array(T, D + 1 + H, B), array(rows, B), array(rows, B), array(rows, H), array(H, B)
    )  # fmt: skip
    parts = [slice(0, D + 1 + H)]  # of x, 1 and h: all at once, or x and h apart
    if cell.separate_recurrent:
        parts = [slice(0, D + 1), slice(D, D + 1 + H)]
    products = [
        (array(rows, part.stop - part.start), array(rows, part.stop - part.start), read[:, part])
        for part in parts
    ]
    for _ in range(n_updates):
        for t in range(T):
            for A, _, columns in products:
                np.matmul(A, columns[t], out=gates)
        for t in reversed(range(T)):
            np.matmul(U.T, d_gates, out=d_h)
            for _, d_A, columns in products:
                np.matmul(d_gates, columns[t].T, out=d_A)


def make_data(size):
    """Return noise; what is learnt does not matter here."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N_BATCHES * size.batch, size.steps, size.features)).astype(np.float32)
    return X, rng.integers(N_CLASSES, size=len(X))


def in_turns(*calls):
    """Return the times of each call, a function and its arguments, made in turns."""
    for function, *arguments in calls:
        function(*arguments)  # what only the first call does is not to be measured
    rounds = []
    for _ in range(N_ROUNDS):
        times = []
        for function, *arguments in calls:
            start = time.perf_counter()
            function(*arguments)
            times.append(time.perf_counter() - start)
        rounds.append(times)
    return np.array(rounds).T


def ratio(theirs, ours):
    """Return the median ratio over the rounds."""
    return statistics.median(theirs / ours)


def compare_fit(engines, cell, size):
    """Return PyTorch's time as ratios to those of skrnn's engines, and the floor's to the last."""
    X, y = make_data(size)
    task = cell, size, EPOCHS[size], X, y
    n_updates = N_BATCHES * EPOCHS[size]
    rival, floor, *ours = in_turns(
        (fit_torch, *task),
        (multiply, cell, size, n_updates),
        *((fit_skrnn, engine, *task) for engine in engines),
    )
    return *(ratio(rival, each) for each in ours), ratio(floor, ours[-1])


def compare_predict(engines, cell, size):
    """Return PyTorch's time as ratios to those of skrnn's engines."""
    X, y = make_data(size)
    network = fit_torch(cell, size, 1, X, y)
    models = [fit_skrnn(engine, cell, size, 1, X, y) for engine in engines]
    rival, *ours = in_turns(
        (predict_torch, network, X), *((model.predict_proba, X) for model in models)
    )
    return [ratio(rival, each) for each in ours]


def compare_ragged(engines, cell, size):
    """Return PyTorch's time as ratios to those of skrnn's engines."""
    X, y = make_data(size)
    lengths = np.random.default_rng(0).integers(5, size.steps, size=len(X), endpoint=True)
    ragged = [x[:n] for x, n in zip(X, lengths, strict=True)]
    task = cell, size, RAGGED[size]
    packed = fit_torch, *task, X, y, lengths
    rival, *ours = in_turns(packed, *((fit_skrnn, engine, *task, ragged, y) for engine in engines))
    return [ratio(rival, each) for each in ours]


def compare_skorch(engines, cell, size):
    """Return skorch's time as ratios to those of skrnn's engines."""
    task = cell, size, EPOCHS[size], *make_data(size)
    rival, *ours = in_turns(
        (fit_skorch, *task), *((fit_skrnn, engine, *task) for engine in engines)
    )
    return [ratio(rival, each) for each in ours]


def compare_jobs(engines, cell, size):
    """Return PyTorch's time as ratios to skrnn's on two threads; one thread's to the last."""
    task = cell, size, EPOCHS[size], *make_data(size)
    rival, alone, *ours = in_turns(
        (fit_torch, *task),
        (fit_skrnn, engines[-1], *task),
        *((fit_skrnn, engine, *task, 2) for engine in engines),
    )
    return *(ratio(rival, each) for each in ours), ratio(alone, ours[-1])


ONE_OR_ALL = sorted({1, torch.get_num_threads()})
TABLES = {  # what is compared, at which sizes, beside it, and on how many threads
    "fit": (compare_fit, EPOCHS, "floor", ONE_OR_ALL),
    "predict": (compare_predict, EPOCHS, None, ONE_OR_ALL),
    "ragged": (compare_ragged, RAGGED, None, ONE_OR_ALL),
    "skorch": (compare_skorch, SMALLEST, None, ONE_OR_ALL),
    "jobs": (compare_jobs, EPOCHS, "alone", ONE_OR_ALL[-1:]),
}


def print_table(title, threads, engines):
    """Print a row for each size, with ratios for each cell, and the geometric means of engines."""
    compare, sizes, beside, _ = TABLES[title]
    print(f"\n{title}, {'1 thread' if threads == 1 else f'default threads ({threads})'}")
    names = [*engines, beside] if beside else engines
    print(" " * 33 + "".join(f"{cell:>{7 * len(names)}}" for cell in CELLS))
    of_cells = "".join(f"{name:>7}" for name in names) * len(CELLS)
    print(f"{'batch x steps x features x units':33}{of_cells}")
    ratios = []
    for size in sizes:
        row = f"{'{:5} x{:4} x{:3} x{:4}'.format(*size):33}"
        for cell in CELLS:
            found = compare(engines, cell, size)
            row += "".join(f"{each:7.2f}" for each in found)
            ratios.append(found[: len(engines)])
        print(row, flush=True)
    means = np.exp(np.mean(np.log(ratios), axis=0))
    print(f"{'geometric mean':33}{''.join(f'{mean:7.2f}' for mean in means)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="*", metavar="table", choices=[*TABLES, []])
    parser.add_argument("--engine", default="numpy", type=lambda names: names.split(","))
    arguments = parser.parse_args()
    engines = np.atleast_1d(arguments.engine).tolist()
    kernels = {info["architecture"] for info in threadpool_info() if "architecture" in info}
    modules = (skrnn, np, scipy, sklearn, torch, skorch)
    versions = (f"{module.__name__} {module.__version__}" for module in modules)
    print(f"{', '.join(versions)}, Python {platform.python_version()}")
    print(f"{os.cpu_count()} cores, {platform.machine()}; BLAS kernels: {', '.join(kernels)}")
    for title in arguments.tables or TABLES:
        for threads in TABLES[title][-1]:
            torch.set_num_threads(threads)
            with threadpool_limits(threads):
                print_table(title, threads, engines)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
