#!/bin/sh
# MNN makes of an ONNX GRU that resets the state before its weights one that resets after them, and
# of a model that returns the last state one that returns all. Seen in MNN 3.6.1 with onnx 1.23.2,
# onnxruntime 1.32.0 and numpy 2.4.6, Python 3.11. Not part of CI: sh findings/mnn_gru_reset.sh
# fails once it is otherwise.
#
# There are two GRUs. ONNX tells them apart by linear_before_reset: 1 is that of PyTorch and of
# Keras as it comes; 0, which holds where the attribute is left out, is that of the first papers and
# of Keras with reset_after=False. MNN's converter takes both and ends with "Converted Success!":
# 1. 1 is right. What it makes of 0 is neither: the candidate has r * (R h) + b, where 0 has
#    R (r * h) + b and 1 has r * (R h + b). The first step, whose state is 0, is right.
# 2. Asked for Y_h alone, as a classifier is, it gives Y in its place: a step axis too many, which
#    whoever takes [0] of it, to drop the axis of directions, does not see: it is the first step.
# 3. direction "reverse" is forward, where "bidirectional" is right, and sequence_lens are not read.
#       reset after: Y 0.00, Y_h 0.00
#       reset before: Y 0.53, Y_h 0.36
#       Y_h alone: (6, 1, 3, 4) for (1, 3, 4), [0] off by 1.25
#       bidirectional: Y 0.00, Y_h 0.00
#       reverse: Y 1.12, Y_h 0.79
#       lengths: Y 0.85, Y_h 0.79
# (the greatest differences from onnxruntime's; values are within -1 and 1.) What helps: GRUs of
# linear_before_reset=1, both Y and Y_h among the outputs, and sequences of one length.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    MNN==3.6.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
# The converter speaks much, from C++; what it has to say for itself is read from a file.
"$folder/venv/bin/python" - 3>&1 >said.txt <<'PYTHON'
import os
from importlib.metadata import version

import _tools  # MNN's; its command mnnconvert does more than convert
import MNN.expr
import MNN.nn
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

assert version("MNN") == "3.6.1", version("MNN")
STEPS, SIZE, FEATURES, UNITS = 6, 3, 2, 4
X = np.random.default_rng(1).normal(size=(STEPS, SIZE, FEATURES)).astype(np.float32)
LAST = (1, SIZE, UNITS)


def tell(text):
    os.write(3, (text + "\n").encode())


def run(outputs=("Y", "Y_h"), lengths=None, **attributes):
    """What onnxruntime says, and what MNN says."""
    rng = np.random.default_rng(0)
    ways = 1 + (attributes.get("direction") == "bidirectional")
    values = {"W": rng.normal(size=(ways, 3 * UNITS, FEATURES)).astype(np.float32),
              "R": rng.normal(size=(ways, 3 * UNITS, UNITS)).astype(np.float32),
              "B": rng.normal(size=(ways, 6 * UNITS)).astype(np.float32)}
    if lengths:
        values["lengths"] = np.array(lengths, np.int32)
    shapes = {"Y": [STEPS, ways, SIZE, UNITS], "Y_h": [ways, SIZE, UNITS]}
    node = helper.make_node("GRU", ["X", *values], outputs, hidden_size=UNITS, **attributes)
    wanted = [name for name in outputs if name]
    graph = helper.make_graph(
        [node], "layer", [helper.make_tensor_value_info("X", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in wanted],
        [numpy_helper.from_array(value, name) for name, value in values.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model, full_check=True)
    onnx.save(model, "layer.onnx")
    session = onnxruntime.InferenceSession("layer.onnx", providers=["CPUExecutionProvider"])
    assert _tools.mnnconvert(["mnnconvert", "-f", "ONNX", "--modelFile", "layer.onnx",
                              "--MNNModel", "layer.mnn"])
    expr = MNN.expr
    x = expr.const(X, list(X.shape), expr.NCHW, expr.float)
    seen = MNN.nn.load_module_from_file("layer.mnn", ["X"], wanted).forward([x])
    return session.run(None, {"X": X}), [np.array(expr.convert(y, expr.NCHW).read()) for y in seen]


AFTER = {"linear_before_reset": 1}
cases = {"reset after": AFTER, "reset before": {},
         "Y_h alone": {"outputs": ("", "Y_h"), **AFTER},
         "bidirectional": {"direction": "bidirectional", **AFTER},
         "reverse": {"direction": "reverse", **AFTER}, "lengths": {"lengths": (6, 2, 4), **AFTER}}
for case, settings in cases.items():
    expected, seen = run(**settings)
    if case == "Y_h alone":
        first = np.abs(seen[0][0] - expected[0]).max()
        tell(f"{case}: {seen[0].shape} for {expected[0].shape}, [0] off by {first:.2f}")
        assert expected[0].shape == LAST and seen[0].shape == (STEPS, *LAST) and first > 0.1
        continue
    errors = [np.abs(a - b).max() for a, b in zip(seen, expected)]
    tell(f"{case}: Y {errors[0]:.2f}, Y_h {errors[1]:.2f}")
    if case in ("reset after", "bidirectional"):
        assert max(errors) < 1e-5, errors
    else:
        assert min(errors) > 0.1, errors
    if case == "reset before":
        assert np.abs(seen[0][0] - expected[0][0]).max() < 1e-5 < 0.1 < errors[0]
PYTHON
grep -q "Converted Success!" said.txt
if grep -qi -e reset -e reverse -e length -e "not support" said.txt; then cat said.txt; exit 1; fi
echo "As described."
