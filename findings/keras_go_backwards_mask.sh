#!/bin/sh
# A recurrent layer of Keras with go_backwards=True and return_sequences=True hands out its steps in
# reverse, beside a mask that is not. Seen in keras 3.15.1 (JAX backend, jax 0.10.2) with numpy
# 2.4.6, Python 3.11. Not part of CI: sh findings/keras_go_backwards_mask.sh fails once it is
# otherwise.
#
# Sequences of unequal length are padded, and Masking makes a mask that layers hand on by
# themselves. That the steps come out from the last to the first is what the documentation says.
# With them, padding moves from the end to the beginning, and the mask stays:
# 1. A mean over time (GlobalAveragePooling1D, which minds the mask) of a sequence with 2 steps of 6
#    is the mean of two steps of padding, where no state has moved, and so is 0: for any values.
# 2. One with 4 steps of 6 loses its last two states and counts two of padding.
# 3. A loss and a metric for each step, which take the mask too, look at padding instead of steps.
# 4. The layer's last state is right, so that a model without return_sequences shows nothing; nor
#    does Bidirectional, which turns the steps back round.
#       SimpleRNN: mean off by 0.00 (6 steps), 0.93 (2), 0.11 (4), forward 0.00, Bidirectional 0.00
#       GRU: mean off by 0.00 (6 steps), 0.31 (2), 0.05 (4), forward 0.00, Bidirectional 0.00
#       LSTM: mean off by 0.00 (6 steps), 0.35 (2), 0.06 (4), forward 0.00, Bidirectional 0.00
# No warning. What helps: Bidirectional, or a list of sequences turned round before padding and a
# layer that goes forward.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    keras==3.15.1 jax==0.10.2 numpy==2.4.6
export KERAS_HOME="$folder/keras" KERAS_BACKEND=jax JAX_PLATFORMS=cpu
"$folder/venv/bin/python" - <<'PYTHON'
import warnings

import keras
import numpy as np
from keras import layers

warnings.simplefilter("error")
assert keras.__version__ == "3.15.1", keras.__version__
LENGTHS = (6, 2, 4)
rng = np.random.default_rng(0)
X = rng.normal(size=(3, 6, 2)).astype(np.float32)
for x, length in zip(X, LENGTHS):
    x[length:] = 0


def network(layer, mean=True):
    pooling = [layers.GlobalAveragePooling1D()] if mean else []
    return keras.Sequential([keras.Input((None, 2)), layers.Masking(), layer, *pooling])


def off(model):
    """How far each padded sequence's output is from that of the sequence alone."""
    padded = np.asarray(model(X))
    alone = [np.asarray(model(x[None, :length]))[0] for x, length in zip(X, LENGTHS)]
    return [float(np.abs(p - a).max()) for p, a in zip(padded, alone)], padded


for kind in (layers.SimpleRNN, layers.GRU, layers.LSTM):
    keras.utils.set_random_seed(0)
    backwards, seen = off(network(kind(4, go_backwards=True, return_sequences=True)))
    forward, _ = off(network(kind(4, return_sequences=True)))
    both, _ = off(network(layers.Bidirectional(kind(4, return_sequences=True))))
    last, _ = off(network(kind(4, go_backwards=True), mean=False))
    print(f"{kind.__name__}: mean off by {backwards[0]:.2f} (6 steps), {backwards[1]:.2f} (2), "
          f"{backwards[2]:.2f} (4), forward {max(forward):.2f}, Bidirectional {max(both):.2f}")
    assert backwards[0] < 1e-6 and min(backwards[1:]) > 0.03
    assert (seen[1] == 0).all()
    assert max(forward + both + last) < 1e-6

keras.utils.set_random_seed(0)
model = network(layers.GRU(1, go_backwards=True, return_sequences=True), mean=False)
model.compile(loss="mse", metrics=["mae"])
target = np.array(model(X))  # right at every step, but for those that are padding here
for i, length in enumerate(LENGTHS):
    target[i, :len(target[i]) - length] += 100
assert model.evaluate(X, target, verbose=0)[0] > 1000
PYTHON
echo "As described."
