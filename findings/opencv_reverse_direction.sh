#!/bin/sh
# OpenCV's dnn module runs an ONNX GRU with direction "reverse" forwards, and gives an LSTM's last
# state of the wrong end. Seen in opencv-python-headless 5.0.0.93 (OpenCV 5.0.0) with onnx 1.23.2,
# onnxruntime 1.32.0 and numpy 2.4.6, Python 3.11. Not part of CI:
# sh findings/opencv_reverse_direction.sh fails once it is otherwise.
#
# `direction` may be "forward", "reverse" or "bidirectional", and OpenCV reads both layers in all
# three without a word about it. "forward" and "bidirectional" agree with onnxruntime, so that the
# backward half of a bidirectional layer is right; alone, it is not:
# 1. GRU: "reverse" is the forward layer. Y and Y_h are those of the same model with "forward".
# 2. LSTM: Y is right. Y_h is its last step in time, which a layer that goes backwards reads first,
#    so that it knows one step of the sequence. Y_c is wrong too.
#       GRU forward: Y 0.00, Y_h 0.00
#       GRU bidirectional: Y 0.00, Y_h 0.00
#       GRU reverse: Y 1.13, Y_h 0.72
#       LSTM forward: Y 0.00, Y_h 0.00
#       LSTM bidirectional: Y 0.00, Y_h 0.00
#       LSTM reverse: Y 0.00, Y_h 0.68
# (the greatest differences from onnxruntime). What helps: a bidirectional layer whose forward half
# is thrown away, or a forward layer on a reversed series; for an LSTM, the first step of Y.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    opencv-python-headless==5.0.0.93 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
# OpenCV tells that it falls back to its older reader of ONNX, whatever the direction.
OPENCV_LOG_LEVEL=SILENT "$folder/venv/bin/python" - <<'PYTHON'
import cv2
import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper

assert cv2.__version__ == "5.0.0", cv2.__version__
STEPS, SIZE, FEATURES, UNITS = 6, 3, 2, 4
X = np.random.default_rng(1).normal(size=(STEPS, SIZE, FEATURES)).astype(np.float32)


def recurrent(operator, direction):
    rng = np.random.default_rng(0)
    ways, rows = 1 + (direction == "bidirectional"), {"GRU": 3, "LSTM": 4}[operator] * UNITS
    weights = {"W": rng.normal(size=(ways, rows, FEATURES)),
               "R": rng.normal(size=(ways, rows, UNITS)), "B": rng.normal(size=(ways, 2 * rows))}
    shapes = {"Y": [STEPS, ways, SIZE, UNITS], "Y_h": [ways, SIZE, UNITS],
              "Y_c": [ways, SIZE, UNITS]}
    if operator == "GRU":
        del shapes["Y_c"]
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights], [*shapes], hidden_size=UNITS,
                          direction=direction)], "layer",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
         for name, shape in shapes.items()],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    checker.check_model(model)
    return model.SerializeToString(), shapes


def run_both(operator, direction):
    """The outputs by onnxruntime and by OpenCV, by name."""
    model, shapes = recurrent(operator, direction)
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model, np.uint8))
    net.setInput(X, "X")
    seen = [np.array(value) for value in net.forward([*shapes])]
    expected = dict(zip(shapes, session.run([*shapes], {"X": X})))
    return expected, {name: value.reshape(shapes[name]) for name, value in zip(shapes, seen)}


def same(a, b):
    return np.allclose(a, b, atol=1e-5)


for operator in ("GRU", "LSTM"):
    for direction in ("forward", "bidirectional", "reverse"):
        expected, seen = run_both(operator, direction)
        errors = {name: np.abs(expected[name] - seen[name]).max() for name in expected}
        print(f"{operator} {direction}: Y {errors['Y']:.2f}, Y_h {errors['Y_h']:.2f}")
        if direction == "forward":
            forward = expected
        if direction != "reverse":
            assert max(errors.values()) < 1e-5, errors
        elif operator == "GRU":
            assert all(same(seen[name], forward[name]) for name in seen)
            assert min(errors.values()) > 0.1, errors
        else:
            assert same(seen["Y"], expected["Y"]) and same(expected["Y_h"], expected["Y"][0])
            assert same(seen["Y_h"], expected["Y"][-1]) and errors["Y_h"] > 0.1
            assert errors["Y_c"] > 0.1
PYTHON
echo "As described."
