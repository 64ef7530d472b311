"""
How large is a saved model, and how long does it take to load?

``python benchmarks/saved.py`` fits GRU classifiers of 8 features by Adam, one epoch each, and
prints for each way to save them the kB of the file and the milliseconds to load it: the least of 20
rounds in which all ways take their turns, in a process that has imported what it needs.
"parameters" is what the network multiplies with, in float64 (in ONNX float32). What else there is
in a file is Adam's memory, twice as large, the curves, and the names of fields and types.
"""

import pickle
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED

import joblib
import numpy as np
import onnxruntime
import skops.io
from threadpoolctl import threadpool_limits

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx
from skrnn.saving import TRUSTED_TYPES

N_ROUNDS, N_FEATURES, UNITS = 20, 8, (32, 128, 512)
X = np.random.default_rng(0).normal(size=(64, 50, N_FEATURES))


def deflated(model, file):
    skops.io.dump(model, file, compression=ZIP_DEFLATED, compresslevel=6)


def load_session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(file, options)


load_skops = partial(skops.io.load, trusted=TRUSTED_TYPES)
WAYS = {
    "pickle": (
        lambda model, file: Path(file).write_bytes(pickle.dumps(model)),
        lambda file: pickle.loads(Path(file).read_bytes()),  # noqa: S301 - written above
    ),
    "joblib": (joblib.dump, joblib.load),
    'joblib, mmap_mode="r"': (joblib.dump, partial(joblib.load, mmap_mode="r")),
    "joblib, compress=3": (partial(joblib.dump, compress=3), joblib.load),
    "skops": (skops.io.dump, load_skops),
    "skops, ZIP_DEFLATED": (deflated, load_skops),
    "ONNX": (
        lambda model, file: Path(file).write_bytes(to_onnx(model).SerializeToString()),
        load_session,
    ),
}


def measure(n_units, folder):
    """Return the kB of the parameters, and of each way the kB and the least time in ms."""
    model = RNNSequenceClassifier(n_units, max_iter=1, early_stopping=False, random_state=0)
    model.fit(X, np.arange(len(X)) % 2)
    times = {way: [] for way in WAYS}
    for i, (save, _) in enumerate(WAYS.values()):
        save(model, f"{folder}/{i}")
    for _ in range(N_ROUNDS):
        for i, (way, (_, load)) in enumerate(WAYS.items()):
            begin = time.perf_counter()
            load(f"{folder}/{i}")
            times[way].append(1e3 * (time.perf_counter() - begin))
    rows = {
        way: (Path(folder, str(i)).stat().st_size / 1e3, min(times[way]))
        for i, way in enumerate(WAYS)
    }
    return model.parameters_.flat.nbytes / 1e3, rows


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for n_units in UNITS:
        with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
            kilobytes, rows = measure(n_units, folder)
        print(f"{n_units} units, {kilobytes:,.0f} kB of parameters")
        print(f"  {'':24}{'kB':>8}{'load ms':>9}")
        for way, (size, load) in rows.items():
            print(f"  {way:24}{size:8,.0f}{load:9.1f}")
