#!/bin/sh
# tract runs an ONNX RNN, GRU or LSTM with direction "reverse" forwards, and by tanh and sigmoid
# whatever activations its file has. Seen in tract 0.23.9 with onnx 1.23.2, onnxruntime 1.32.0 and
# numpy 2.4.6, Python 3.11. Not part of CI: sh findings/tract_recurrent_attributes.sh fails once it
# is otherwise.
#
# tract brings networks to small devices. It refuses what it cannot do, such as the lengths of
# sequences. But of the attributes of a recurrent operator, these pass, and are not heeded:
# 1. "reverse": the result is that of "forward", to the bit. "bidirectional" is right, so that who
#    tries the second direction with it finds no fault.
# 2. activations, such as Softsign or Relu, and clip: the result is that of tanh and sigmoid.
#       RNN forward 0.00, bidirectional 0.00, reverse 1.88, activations 1.08, clip 1.16
#       GRU forward 0.00, bidirectional 0.00, reverse 1.13, activations 0.38, clip 0.88
#       LSTM forward 0.00, bidirectional 0.00, reverse 0.51, activations 0.35, clip 0.63
# (the greatest differences of Y from onnxruntime's; values are within -1 and 1.) What helps: a
# forward layer on a reversed series, tanh and sigmoid without clip, and comparing some answers.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    tract==0.23.9 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
import tract
from onnx import TensorProto, checker, helper, numpy_helper

assert version("tract") == "0.23.9", version("tract")
STEPS, SIZE, FEATURES, UNITS = 6, 3, 2, 4
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
X = np.random.default_rng(1).normal(size=(STEPS, SIZE, FEATURES)).astype(np.float32)


def run(operator, **attributes):
    """Y by onnxruntime and by tract."""
    rng = np.random.default_rng(0)
    rows, ways = GATES[operator] * UNITS, 1 + (attributes.get("direction") == "bidirectional")
    weights = {"W": rng.normal(size=(ways, rows, FEATURES)),
               "R": rng.normal(size=(ways, rows, UNITS)), "B": rng.normal(size=(ways, 2 * rows))}
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights], ["Y"], hidden_size=UNITS, **attributes)],
        "layer", [helper.make_tensor_value_info("X", TensorProto.FLOAT, X.shape)],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [STEPS, ways, SIZE, UNITS])],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model, full_check=True)
    onnx.save(model, "layer.onnx")
    session = onnxruntime.InferenceSession("layer.onnx", providers=["CPUExecutionProvider"])
    runnable = tract.onnx().load("layer.onnx").into_model().into_runnable()
    return session.run(None, {"X": X})[0], runnable.run([X])[0].to_numpy()


for operator in GATES:
    squash = ["Sigmoid", "Softsign", "Softsign"]
    squash = {"GRU": squash[:2], "LSTM": squash, "RNN": squash[1:2]}[operator]
    cases = {"forward": {}, "bidirectional": {"direction": "bidirectional"},
             "reverse": {"direction": "reverse"}, "activations": {"activations": squash},
             "clip": {"clip": 0.5}}
    forward, errors = None, {}
    for case, attributes in cases.items():
        expected, Y = run(operator, **attributes)
        errors[case] = np.abs(Y - expected).max()
        forward = Y if forward is None else forward
        if case in ("forward", "bidirectional"):
            assert errors[case] < 1e-5, errors
        else:
            assert errors[case] > 0.1 and np.array_equal(Y, forward), (case, errors)
    print(operator, ", ".join(f"{case} {error:.2f}" for case, error in errors.items()))
PYTHON
echo "As described."
