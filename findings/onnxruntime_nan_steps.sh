#!/bin/sh
# What onnxruntime's LSTM and GRU make of a step of NaN: not NaN, but a number that nothing betrays.
# Seen in onnxruntime 1.32.0 (its CPU provider) with onnx 1.23.2 and numpy 2.4.6, Python 3.11. Not
# part of CI: sh findings/onnxruntime_nan_steps.sh fails once it is otherwise.
#
# A float's NaN goes through a weighted sum, a sigmoid and a tanh, so a reader who left gaps in a
# series expects NaN from the first of them on. The RNN operator does that, and so do Tanh and
# Sigmoid as nodes of their own. LSTM and GRU behave as if NaN were a large positive number in
# front of every gate:
# 1. GRU passes over the step: its update gate keeps the state, to the bit.
# 2. LSTM adds 1 to all of its cells: nothing is forgotten, and all of an input of 1 is let in.
# 3. A series of nothing but NaN ends in state 0 (GRU), or with as many as its steps in each cell
#    (LSTM).
# 4. The operators' NumPy version in onnx itself gives NaN.
#       RNN: finite steps [ True  True False False False], by onnx [ True  True False False False]
#       GRU: finite steps [ True  True  True  True  True], by onnx [ True  True False False False]
#       LSTM: finite steps [ True  True  True  True  True], by onnx [ True  True False False False]
#       GRU at the gap: state moves by 0.0
#       LSTM at the gap: cells move by [1. 1. 1. 1.]
#       GRU of gaps alone: [0. 0. 0. 0.]
#       LSTM of gaps alone: cells [5. 5. 5. 5.]
# So a model that refuses NaN in Python answers with a probability once exported: look for NaN
# before the session's run, or in the graph with IsNaN.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import numpy as np
import onnxruntime
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

assert onnxruntime.__version__ == "1.32.0", onnxruntime.__version__
STEPS, UNITS, GAP = 5, 4, 2
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


def recurrent(operator, steps=STEPS):
    """A model of one recurrent layer over one series of two features, with random weights."""
    rng = np.random.default_rng(0)
    rows = GATES[operator] * UNITS
    weights = {"W": rng.normal(size=(1, rows, 2)), "R": rng.normal(size=(1, rows, UNITS)),
               "B": rng.normal(size=(1, 2 * rows))}
    outputs = ["Y", "Y_h", "Y_c"][:3 if operator == "LSTM" else 2]
    graph = helper.make_graph(
        [helper.make_node(operator, ["X", *weights], outputs, hidden_size=UNITS)], "layer",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [steps, 1, 2])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * (4 if name == "Y" else 3))
         for name in outputs],
        [numpy_helper.from_array(w.astype(np.float32), name) for name, w in weights.items()])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
    checker.check_model(model)
    return model


def run(model, X):
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"X": X})


X = np.random.default_rng(1).normal(size=(STEPS, 1, 2)).astype(np.float32)
gappy = X.copy()
gappy[GAP, 0, 0] = np.nan
for operator in GATES:
    model = recurrent(operator)
    finite = np.isfinite(run(model, gappy)[0]).all(axis=(1, 2, 3))
    expected = np.isfinite(ReferenceEvaluator(model).run(None, {"X": gappy})[0]).all(axis=(1, 2, 3))
    print(f"{operator}: finite steps {finite}, by onnx {expected}")
    assert expected.tolist() == [True, True, False, False, False]
    assert finite.all() == (operator != "RNN") and (operator != "RNN" or (finite == expected).all())

Y = run(recurrent("GRU"), gappy)[0]
print("GRU at the gap: state moves by", np.abs(Y[GAP] - Y[GAP - 1]).max())
assert np.array_equal(Y[GAP], Y[GAP - 1])

before = run(recurrent("LSTM", GAP), gappy[:GAP])[2]
cells = run(recurrent("LSTM", GAP + 1), gappy[:GAP + 1])[2]
print("LSTM at the gap: cells move by", np.round((cells - before).ravel(), 5))
np.testing.assert_allclose(cells - before, 1, atol=1e-5)

nothing = np.full_like(X, np.nan)
state = run(recurrent("GRU"), nothing)[1].ravel()
print("GRU of gaps alone:", state)
assert not state.any()
cells = run(recurrent("LSTM"), nothing)[2].ravel()
print("LSTM of gaps alone: cells", cells)
np.testing.assert_allclose(cells, STEPS)

nodes = [helper.make_node(name, ["X"], [name]) for name in ("Sigmoid", "Tanh")]
values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1])
          for name in ("X", "Sigmoid", "Tanh")]
model = helper.make_model(helper.make_graph(nodes, "alone", values[:1], values[1:]),
                          opset_imports=[helper.make_opsetid("", 22)], ir_version=10)
assert np.isnan(run(model, np.full(1, np.nan, np.float32))).all()
PYTHON
echo "As described."
