#!/bin/sh
# An LSTM that onnxruntime has quantised answers for a sequence by its neighbours in the batch, its
# own future and its padding. Seen in onnxruntime 1.32.0 with onnx 1.23.2 and numpy 2.4.6, Python
# 3.11. Not part of CI: sh findings/onnxruntime_int8_lstm_scale.sh fails once it is otherwise.
#
# `quantize_dynamic` turns an LSTM into a DynamicQuantizeLSTM with weights of 8 bits. Its inputs are
# turned into 8 bits as they come, by one scale for all of X: every sequence and every step of it,
# those beyond `sequence_lens` among them. So one large value anywhere coarsens all else, and this
# happens in a layer that goes forward in time, over sequences unrelated to one another:
# 1. A neighbour 30 times as large changes the other sequences' Y. In float32 it changes nothing.
# 2. So does a step still to come change the steps before it: outputs of a stream that is run again
#    with each new step do not stay as they were.
# 3. So does what stands behind a sequence's end, even though its length is given.
# 4. Of the recurrent layers, LSTM alone is quantised. A GRU's or an RNN's model comes back with its
#    float32 weights, no smaller and without a word.
#       quantising moves Y by up to 0.005
#       a large neighbour: 0.045 (float32: 0.0)
#       a large step to come: 0.055 (float32: 0.0)
#       large padding: 0.059 (float32: 0.0)
#       sizes: LSTM 6.0 of 19.2 kB, GRU 14.5 of 14.4 kB, RNN 5.0 of 5.0 kB
# (the greatest changes of Y, whose values are within -1 and 1.) What helps: one sequence a run, or
# inputs brought to one scale and cut off before the session, and padding with zeros.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import logging
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

assert onnxruntime.__version__ == "1.32.0", onnxruntime.__version__
logging.disable(logging.WARNING)  # that a model should be preprocessed, for each of them
STEPS, SIZE, FEATURES, UNITS, LARGE = 20, 8, 3, 32, 30
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def save(operator):
    """Write the model of a layer, as it is and quantised. Returns both sizes in bytes."""
    rng = np.random.default_rng(0)
    rows = GATES[operator] * UNITS
    weights = {"W": rng.normal(size=(1, rows, FEATURES)), "R": rng.normal(size=(1, rows, UNITS)),
               "B": rng.normal(size=(1, 2 * rows))}
    inputs = {"X": (TensorProto.FLOAT, ["steps", "size", FEATURES]),
              "lengths": (TensorProto.INT32, ["size"])}
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights, "lengths"], ["Y"], hidden_size=UNITS)], "layer",
        [helper.make_tensor_value_info(name, *kind) for name, kind in inputs.items()],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["steps", 1, "size", UNITS])],
        [numpy_helper.from_array((w / UNITS ** 0.5).astype(np.float32), name)
         for name, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    checker.check_model(model)
    onnx.save(model, "float32.onnx")
    quantize_dynamic("float32.onnx", "int8.onnx", weight_type=QuantType.QInt8)
    return os.path.getsize("float32.onnx"), os.path.getsize("int8.onnx")


def run(name, X, lengths=(STEPS,) * SIZE):
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    return session.run(None, {"X": X, "lengths": np.array(lengths, np.int32)})[0][:, 0]


sizes = {operator: save(operator) for operator in reversed(GATES)}
assert onnx.load("int8.onnx").graph.node[0].op_type == "DynamicQuantizeLSTM"  # LSTM is the last
X = np.random.default_rng(1).normal(size=(STEPS, SIZE, FEATURES)).astype(np.float32)

moved = np.abs(run("int8", X) - run("float32", X)).max()
print(f"quantising moves Y by up to {moved:.3f}")
assert moved < 0.02

neighbour, future, padding = X.copy(), X.copy(), X.copy()
neighbour[:, -1] *= LARGE
future[15] *= LARGE
padding[10:, 0] *= LARGE
short = (10,) + (STEPS,) * (SIZE - 1)
cases = {"a large neighbour": (neighbour, (STEPS,) * SIZE, np.s_[:, :-1]),
         "a large step to come": (future, (STEPS,) * SIZE, np.s_[:15]),
         "large padding": (padding, short, np.s_[:])}
for case, (other, lengths, part) in cases.items():
    change = {name: np.abs(run(name, other, lengths) - run(name, X, lengths))[part].max()
              for name in ("int8", "float32")}
    print(f"{case}: {change['int8']:.3f} (float32: {change['float32']:.1f})")
    assert change["float32"] < 1e-6 and change["int8"] > 3 * moved

print("sizes:", ", ".join(f"{operator} {sizes[operator][1] / 1000:.1f} of "
                          f"{sizes[operator][0] / 1000:.1f} kB" for operator in GATES))
for operator, (before, after) in sizes.items():
    assert after < before / 2 if operator == "LSTM" else after >= before
PYTHON
echo "As described."
