#!/bin/sh
# torch.onnx.export with a free time axis writes GRU and LSTM as told, and of RNN a model that reads
# as many steps as the example had, and no more. Seen in torch 2.13.0 with onnxscript 0.7.2, onnx
# 1.23.2, onnxruntime 1.32.0 and numpy 2.4.6, Python 3.11. Not part of CI:
# sh findings/torch_onnx_rnn_dynamic_steps.sh fails once it is otherwise.
#
# The three layers differ by their cell alone, and are exported by the same call, with
# dynamic_shapes that leave batch and time to Dim.AUTO, after an example of 5 steps:
# 1. GRU and LSTM become the operators of that name, for any number of steps. Their file declares 5
#    steps for the states that come out, so that onnxruntime warns of another shape: in vain.
# 2. RNN becomes its steps one by one. The model's input still has a free time axis, so it takes
#    a longer sequence: it returns the state after step 5 as the last one, and 5 steps for 9. No
#    warning at export, and none when run.
# 3. With a named Dim instead, RNN's time axis is fixed at 5 all the same, if openly so: named in
#    dynamic_shapes, a number in the file.
#       GRU: axes ['s', 's'], GRU operators 1, 9 steps in, 9 out, last state off by 0.00
#       LSTM: axes ['s', 's'], LSTM operators 1, 9 steps in, 9 out, last state off by 0.00
#       RNN: axes ['s', 's'], RNN operators 0, 9 steps in, 5 out, last state off by 0.74
#       RNN, named: axes ['size', 5]
# (s for a name that torch chose.) What helps: dynamo=False, whose RNN is an operator for any number
# of steps; and running each export on a longer sequence than its example.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    torch==2.13.0 onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import contextlib
import io
import logging
import warnings

import numpy as np
import onnx
import onnxruntime
import torch

assert torch.__version__.split("+")[0] == "2.13.0", torch.__version__
logging.disable(logging.WARNING)  # that torchvision is not installed
FEATURES, UNITS = 2, 4
AUTO = torch.export.Dim.AUTO
torch.manual_seed(0)
example, longer = torch.randn(3, 5, FEATURES), torch.randn(2, 9, FEATURES)


class Layer(torch.nn.Module):
    """All states of a recurrent layer, and the last one."""

    def __init__(self, kind):
        super().__init__()
        self.layer = getattr(torch.nn, kind)(FEATURES, UNITS, batch_first=True)

    def forward(self, x):
        states, last = self.layer(x)
        return states, last[0] if isinstance(last, tuple) else last


def export(layer, **settings):
    """The model, and whether a word of its time axis was said on the way."""
    said = io.StringIO()
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(said):
        warnings.simplefilter("always")
        torch.onnx.export(layer, (example,), "layer.onnx", **settings)
    words = said.getvalue() + " ".join(str(warning.message) for warning in caught)
    model = onnx.load("layer.onnx")
    axes = [axis.dim_value or axis.dim_param for axis in
            model.graph.input[0].type.tensor_type.shape.dim][:2]
    return model, axes, words


def run(layer):
    """Steps that came out for the longer sequences, and the error of the last state."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # of GRU and LSTM, that 9 steps came out, and not 5
    session = onnxruntime.InferenceSession(
        "layer.onnx", options, providers=["CPUExecutionProvider"])
    states, last = session.run(None, {session.get_inputs()[0].name: longer.numpy()})
    with torch.no_grad():
        error = np.abs(last - layer(longer)[1].numpy()).max()
    return states.shape[1], error


for kind in ("GRU", "LSTM", "RNN"):
    layer = Layer(kind).eval()
    model, axes, words = export(layer, dynamic_shapes=({0: AUTO, 1: AUTO},))
    assert all(isinstance(axis, str) for axis in axes), axes
    declared = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    assert declared == example.shape[1], declared
    operators = sum(node.op_type == kind for node in model.graph.node)
    steps, error = run(layer)
    print(f"{kind}: axes {[axis.rstrip('0123456789') for axis in axes]}, {kind} operators "
          f"{operators}, {longer.shape[1]} steps in, {steps} out, last state off by {error:.2f}")
    if kind == "RNN":
        assert operators == 0 and steps == example.shape[1] and error > 0.1
        assert "step" not in words and "speciali" not in words, words
    else:
        assert operators == 1 and steps == longer.shape[1] and error < 1e-5

size, steps = torch.export.Dim("size"), torch.export.Dim("steps")
_, axes, _ = export(layer, dynamic_shapes=({0: size, 1: steps},))
print("RNN, named: axes", axes)
assert axes == ["size", example.shape[1]], axes

export(layer, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "size", 1: "steps"}})
steps, error = run(layer)
assert steps == longer.shape[1] and error < 1e-5, (steps, error)
PYTHON
echo "As described."
