"""
How far what runtimes say of an exported model is from what the estimator says.

``python benchmarks/runtimes.py [--node DIRECTORY]`` fits classifiers to scikit-learn's digits, an
image of eight rows being a sequence of eight steps: with each cell, in one direction and in both,
two layers, some images cut short. It prints the largest difference of any probability of the images
kept back, in each runtime that is installed: whole images and ragged ones, padded with NaN, by a
model whose numbers of sequences and steps are fixed in the file, and by one where they are open.
"refused" is an error of the runtime's. OpenVINO computes in float32 and, in rows of their own, in
what it takes by default. In the directory are the node_modules that hold
onnxruntime-node and onnxruntime-web; the latter runs as WebAssembly.

Then it quantises the same models by onnxruntime's ``quantize_dynamic`` to int8, and prints which
operators become others, the size of the file in proportion, the largest and the mean difference of
a probability, and the accuracy before and after.
"""

import argparse
import json
import logging
import subprocess
import tempfile
import warnings
from collections import Counter
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx

CELLS = {"gru": "GRU", "lstm": "LSTM", "elman": "Elman"}
SHAPES = [(given, shape) for given in ("equal", "ragged") for shape in ("static", "dynamic")]
NODE = """
const [name, model, file, n_steps, n_features] = process.argv.slice(1);
const fs = require("fs"), ort = require(name), part = name.split("-")[1];
if (part === "web") ort.env.wasm.numThreads = 1;
const bytes = fs.readFileSync(file);
const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const shape = [values.length / n_steps / n_features, +n_steps, +n_features];
const options = {executionProviders: [part === "web" ? "wasm" : "cpu"]};
ort.InferenceSession.create(fs.readFileSync(model), options)
  .then((session) => session.run({X: new ort.Tensor("float32", values, shape)}, ["probabilities"]))
  .then((said) => fs.writeFileSync(file, Buffer.from(said.probabilities.data.buffer)));
"""


def make_data(*, ragged):
    """Return rows of pixels (n, 8, 8), some of which end in NaN if they are ragged, and digits."""
    X, y = load_digits(return_X_y=True)
    X = X.reshape(-1, 8, 8).astype(np.float32) / 16
    if ragged:
        lengths = np.random.default_rng(0).integers(4, 9, size=len(X))
        X[np.arange(8) >= lengths[:, None]] = np.nan
    return train_test_split(X, y, random_state=0, test_size=300)


def fit(cell, *, bidirectional):
    """Return a classifier of images of which some are cut short."""
    X, _, y, _ = make_data(ragged=True)
    return RNNSequenceClassifier(
        (64, 32), cell=cell, bidirectional=bidirectional, max_iter=30, random_state=0
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


def in_node(package, directory, model, X):
    """Return what a package of JavaScript says, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / "model.onnx", Path(folder) / "X"]
        files[0].write_bytes(model.SerializeToString())
        files[1].write_bytes(np.ascontiguousarray(X).tobytes())
        command = ["node", "-e", NODE, package, *map(str, files), *map(str, X.shape[1:])]
        subprocess.run(command, cwd=directory, capture_output=True, check=True)
        return np.frombuffer(files[1].read_bytes(), np.float32).reshape(len(X), -1)


def runtimes(node):
    """Return the runtimes that are installed, by name and version."""
    found = {}
    for name, module, run in (
        ("onnxruntime", "onnxruntime", in_onnxruntime),
        ("OpenVINO", "openvino", partial(in_openvino, INFERENCE_PRECISION_HINT="f32")),
        ("ReferenceEvaluator", "onnx", in_reference),
    ):
        try:
            version = import_module(module).__version__.split("-")[0]
        except ImportError:
            continue
        found[f"{name} {version}"] = run
        if name == "OpenVINO":
            found[f"{name} {version} default"] = in_openvino
    for package in ("onnxruntime-node", "onnxruntime-web") if node else ():
        notes = json.loads((Path(node) / "node_modules" / package / "package.json").read_text())
        found[f"{package} {notes['version']}"] = partial(in_node, package, node)
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
    estimators = {
        (cell, bidirectional): fit(cell, bidirectional=bidirectional)
        for cell in CELLS
        for bidirectional in (False, True)
    }
    print(" " * 34, *(f"{' '.join(case):>14}" for case in SHAPES))
    for name, run in runtimes(arguments.node).items():
        for (cell, bidirectional), estimator in estimators.items():
            model, row = to_onnx(estimator), []
            for given, shape in SHAPES:
                X = make_data(ragged=given == "ragged")[1]
                asked = with_fixed_shapes(model, X) if shape == "static" else model
                row.append(difference(run, asked, X, estimator.predict_proba(X)))
            print(f"{name:26}{CELLS[cell]:7}{1 + bidirectional}", *map("{:>14}".format, row))

    print("\nint8         size  largest     mean   float32     int8  quantised")
    _, X, _, y = make_data(ragged=True)
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
