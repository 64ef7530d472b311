#!/bin/sh
# OpenVINO heeds the lengths of sequences in an ONNX model with fixed shapes, and ignores them in
# the same model with a free batch or time axis. Seen in openvino 2026.4.1 (its CPU device, asked
# for float32) with onnx 1.23.2 and numpy 2.4.6, Python 3.11. Not part of CI:
# sh findings/openvino_lengths_dynamic_shapes.sh fails once it is otherwise.
#
# RNN, GRU and LSTM take `sequence_lens`, so that a batch can hold sequences padded to the longest.
# Whoever tries that out with the shapes of an example finds it works, to the last digit, in either
# direction. Name one axis instead of giving its size, as every exporter does to let a model take
# batches of any size, and the padding is read as steps, with no warning: Y goes on beyond a
# sequence's end where it was 0, and Y_h is the state after the last step of padding.
#       RNN: fixed 0.0, free batch 1.1, free time 1.1, fixed again 0.0
#       GRU: fixed 0.0, free batch 0.8, free time 0.8, fixed again 0.0
#       LSTM: fixed 0.0, free batch 0.5, free time 0.5, fixed again 0.0
# (the greatest error of Y_h, whose values are within -1 and 1, of both directions). Where only the
# axis of `sequence_lens` itself is free, the lengths are heeded.
# What helps: Model.reshape to the sizes at hand before compile_model ("fixed again"), once per
# size; or, for the forward direction, no Y_h but the step of Y at each length, less 1.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    openvino==2026.4.1 onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import openvino
from onnx import TensorProto, checker, helper, numpy_helper

assert openvino.__version__.startswith("2026.4.1"), openvino.__version__
STEPS, SIZE, FEATURES, UNITS = 6, 3, 2, 4
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
lengths = np.array([6, 2, 4], np.int32)
rng = np.random.default_rng(0)
X = rng.normal(size=(STEPS, SIZE, FEATURES)).astype(np.float32)


def recurrent(operator, weights, steps=STEPS, size=SIZE, lengths_size=SIZE):
    """A bidirectional layer for `size` sequences of up to `steps` steps; either may be a name."""
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights, "lengths"], ["Y", "Y_h"], hidden_size=UNITS,
                          direction="bidirectional")], "layer",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [steps, size, FEATURES]),
         helper.make_tensor_value_info("lengths", TensorProto.INT32, [lengths_size])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [steps, 2, size, UNITS]),
         helper.make_tensor_value_info("Y_h", TensorProto.FLOAT, [2, size, UNITS])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    checker.check_model(model)
    return core.read_model(model.SerializeToString())


def run(model, X, lengths):
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = compiled({"X": X, "lengths": lengths})
    return np.array(result[0]), np.array(result[1])


def one_by_one(operator, weights):
    """Y_h of each sequence alone, without padding."""
    states = [run(recurrent(operator, weights, int(n), 1, 1), X[:n, i:i + 1], lengths[i:i + 1])[1]
              for i, n in enumerate(lengths)]
    return np.concatenate(states, axis=1)


core = openvino.Core()
for operator, gates in GATES.items():
    weights = {"W": rng.normal(size=(2, gates * UNITS, FEATURES)),
               "R": rng.normal(size=(2, gates * UNITS, UNITS)),
               "B": rng.normal(size=(2, 2 * gates * UNITS))}
    weights = {name: value.astype(np.float32) for name, value in weights.items()}
    expected = one_by_one(operator, weights)
    again = recurrent(operator, weights, "steps", "size", "size")
    again.reshape({"X": [STEPS, SIZE, FEATURES], "lengths": [SIZE]})
    models = {"fixed": recurrent(operator, weights),
              "free batch": recurrent(operator, weights, size="size", lengths_size="size"),
              "free time": recurrent(operator, weights, steps="steps"),
              "free lengths": recurrent(operator, weights, lengths_size="size"),
              "fixed again": again}
    errors = {}
    for name, model in models.items():
        Y, Y_h = run(model, X, lengths)
        errors[name] = np.abs(Y_h - expected).max()
        heeded = name not in ("free batch", "free time")
        assert (errors[name] < 1e-5) == heeded and (errors[name] > 0.3) == (not heeded), errors
        assert (Y[lengths[1]:, :, 1] == 0).all() == heeded
        forward = Y[lengths - 1, 0, np.arange(SIZE)]
        np.testing.assert_allclose(forward, expected[0], atol=1e-5)
    print(f"{operator}:", ", ".join(f"{name} {error:.1f}" for name, error in errors.items()
                                    if name != "free lengths"))
PYTHON
echo "As described."
