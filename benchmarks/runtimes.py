"""
How far what runtimes say of an exported model is from what the estimator says.

``python benchmarks/runtimes.py [--node DIRECTORY]`` fits classifiers to scikit-learn's digits, an
image of eight rows being a sequence of eight steps: with each cell, in one direction and in both,
two layers. It prints the largest difference of any probability of the images kept back, in each
runtime that is installed: of a fit on 2-D X, whose whole images are rows; and of one on 3-D X with
some images cut short, for whole images and for ragged ones, padded with NaN. Each by a model whose
numbers of sequences and steps are fixed in the file, and by one where they are open; tract is told
them when it loads either. "refused" is an error of the runtime's. OpenVINO computes in float32 and,
in rows of their own, in what it takes by default. In the directory are the node_modules that hold
onnxruntime-node and onnxruntime-web; the latter runs as WebAssembly.

Then it quantises the same models by onnxruntime's ``quantize_dynamic`` to int8, and prints which
operators become others, the size of the file in proportion, the largest and the mean difference of
a probability, and the accuracy before and after.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx

CELLS = {"gru": "GRU", "lstm": "LSTM", "elman": "Elman"}
GIVEN = [(given, shape) for given in ("rows", "equal", "ragged") for shape in ("static", "dynamic")]
NODE = """
const [name, model, file, ...sizes] = process.argv.slice(1);
const fs = require("fs"), ort = require(name), part = name.split("-")[1];
if (part === "web") ort.env.wasm.numThreads = 1;
const bytes = fs.readFileSync(file);
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const X = new ort.Tensor("float32", values, sizes.map(Number));
const options = {executionProviders: [part === "web" ? "wasm" : "cpu"]};
ort.InferenceSession.create(fs.readFileSync(model), options)
  .then((session) => session.run({X}, ["probabilities"]))
  .then((said) => fs.writeFileSync(file, Buffer.from(said.probabilities.data.buffer)));
"""
PYTHON = """
import sys
import numpy as np
model, file, *shape = sys.argv[1:]
X = np.fromfile(file, np.float32).reshape([int(size) for size in shape])
"""
TRACT = """
import tract
loaded = tract.onnx().load(model)
loaded.set_input_fact(0, ",".join([*shape, "f32"]))
loaded.into_model().into_runnable().run([X])[1].to_numpy().tofile(file)
"""
MNN = """
import _tools  # what mnnconvert calls, which does more than convert
from MNN import expr, nn
converted = model + ".mnn"
_tools.mnnconvert(["", "-f", "ONNX", "--modelFile", model, "--MNNModel", converted])
X = expr.const(X, list(X.shape), expr.NCHW)
(said,) = nn.load_module_from_file(converted, ["X"], ["probabilities"]).forward([X])
np.array(expr.convert(said, expr.NCHW).read()).tofile(file)
"""


def make_data(given):
    """Return rows of pixels (n, 8, 8), or (n, 64), and digits; ragged ones end in NaN."""
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32) / 16
    if given != "rows":
        X = X.reshape(-1, 8, 8)
    if given == "ragged":
        lengths = np.random.default_rng(0).integers(4, 9, size=len(X))
        X[np.arange(8) >= lengths[:, None]] = np.nan
    return train_test_split(X, y, random_state=0, test_size=300)


def fit(given, cell, *, bidirectional):
    """Return a classifier of images."""
    X, _, y, _ = make_data(given)
    return RNNSequenceClassifier(
        (64, 32),
        cell=cell,
        bidirectional=bidirectional,
        n_step_features=8,  # of rows
        max_iter=30,
        random_state=0,
    ).fit(X, y)


def with_fixed_shapes(model, X):
    """Return a model for as many sequences and steps as X has, and no others."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    sizes = dict(zip(("n_sequences", "n_timesteps"), X.shape, strict=False))
    for value in (*fixed.graph.input, *fixed.graph.output):
        for dimension in value.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_value = sizes[dimension.dim_param]
    return fixed


def in_onnxruntime(model, X):
    """Return what onnxruntime says, on one thread."""
    onnxruntime = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    return session.run(["probabilities"], {"X": X})[0]


def in_reference(model, X):
    """Return what onnx's own evaluator says."""
    return ReferenceEvaluator(model).run(["probabilities"], {"X": X})[0]


def in_openvino(model, X, **precision):
    """Return what OpenVINO says on a processor."""
    core = import_module("openvino").Core()
    read = core.read_model(model.SerializeToString())
    compiled = core.compile_model(read, "CPU", precision)
    return compiled({"X": X})["probabilities"]


def in_process(command, model, X, directory=None):
    """Return what a runtime says in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "model.onnx", Path(folder) / "X"]
        files[0].write_bytes(model.SerializeToString())
        files[1].write_bytes(np.ascontiguousarray(X).tobytes())
        command = [*command, *map(str, files), *map(str, X.shape)]
        subprocess.run(command, cwd=directory, capture_output=True, check=True)
        return np.frombuffer(files[1].read_bytes(), np.float32).reshape(len(X), -1)


def runtimes(node):
    """Return the runtimes that are installed, by name and version."""
    python = [sys.executable, "-c"]
    known = {
        "onnxruntime": in_onnxruntime,
        "OpenVINO": partial(in_openvino, INFERENCE_PRECISION_HINT="f32"),
        "tract": partial(in_process, [*python, PYTHON + TRACT]),
        "MNN": partial(in_process, [*python, PYTHON + MNN]),
    }
    found = {}
    for name, run in known.items():
        try:
            found[f"{name} {version(name)}"] = run
        except PackageNotFoundError:
            continue
        if name == "OpenVINO":
            found[f"{name} {version(name)} default"] = in_openvino
    found[f"ReferenceEvaluator {onnx.__version__}"] = in_reference
    for package in ("onnxruntime-node", "onnxruntime-web") if node else ():
        notes = json.loads((Path(node) / "node_modules" / package / "package.json").read_text())
        run = partial(in_process, ["node", "-e", NODE, package], directory=node)
        found[f"{package} {notes['version']}"] = run
    return found


def difference(run, model, X, expected):
    """Return the largest difference of a probability, written, or that there was none."""
    try:
        said = run(model, X)
    except (RuntimeError, NotImplementedError, subprocess.CalledProcessError):
        return "refused"
    return f"{abs(said - expected).max():.0e}" if np.isfinite(said).all() else "not finite"


def quantise(model):
    """Return a model in int8, and the operators that have become others."""
    quantization = import_module("onnxruntime.quantization")
    logging.disable(logging.WARNING)  # which advises what changes nothing here
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.onnx"
        quantization.quantize_dynamic(model, path)
        small = onnx.load(path)
    before, after = (Counter(node.op_type for node in m.graph.node) for m in (model, small))
    return small, before - after


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--node", metavar="DIRECTORY")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    of_rows, estimators = (
        {
            (cell, bidirectional): fit(given, cell, bidirectional=bidirectional)
            for cell in CELLS
            for bidirectional in (False, True)
        }
        for given in ("rows", "ragged")
    )
    for words in zip(*GIVEN, strict=True):
        print(" " * 33, *map("{:>10}".format, words))
    for name, run in runtimes(arguments.node).items():
        for key in estimators:
            row = []
            for given, shape in GIVEN:
                estimator = (of_rows if given == "rows" else estimators)[key]
                model, X = to_onnx(estimator), make_data(given)[1]
                asked = with_fixed_shapes(model, X) if shape == "static" else model
                row.append(difference(run, asked, X, estimator.predict_proba(X)))
            cell, bidirectional = key
            print(f"{name:26}{CELLS[cell]:6}{1 + bidirectional}", *map("{:>10}".format, row))

    print("\nint8         size  largest     mean   float32     int8  quantised")
    _, X, _, y = make_data("ragged")
    for (cell, bidirectional), estimator in estimators.items():
        model = to_onnx(estimator)
        small, changed = quantise(model)
        said, expected = in_onnxruntime(small, X), estimator.predict_proba(X)
        errors, size = abs(said - expected), small.ByteSize() / model.ByteSize()
        right = [(estimator.classes_[p.argmax(axis=1)] == y).mean() for p in (expected, said)]
        print(
            f"{CELLS[cell]:6}{1 + bidirectional}{size:10.2f}{errors.max():9.4f}"
            f"{errors.mean():9.5f}"
            f"{right[0]:10.3f}{right[1]:9.3f} ",
            ", ".join(f"{n} {operator}" for operator, n in changed.items()),
        )


if __name__ == "__main__":
    main()
