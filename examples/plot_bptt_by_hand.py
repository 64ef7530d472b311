"""
BPTT, by hand
=============

Three time steps unrolled in plain NumPy, and the same gradients as the library has.

A recurrent network over three time steps, unrolled on one screen in plain NumPy: the forward pass,
the loss after the third step, and the gradient of each weight matrix as a *sum over the steps*,
because the same matrix is used in every one of them. At the end, the library's gradients are shown
to be the same numbers.
"""

import matplotlib.pyplot as plt
import numpy as np

from skrnn import Elman
from skrnn.network.losses import CrossEntropy
from skrnn.network.network import Network
from skrnn.network.workspace import Workspace

# %%
# One sequence x of three steps with two inputs each, and one label: class 1 of two. The network has
# three hidden units. W reads the input, U the state before, V the last state.

rng = np.random.default_rng(0)
network = Network(Elman(), n_inputs=2, layer_sizes=(3,), n_outputs=2)
parameters = network.initialize(rng, np.dtype(float))
W, U, b = (parameters[f"layer_0.{name}"] for name in ("input_weights", "recurrent_weights", "bias"))
V, c = parameters["readout.weights"], parameters["readout.bias"]
x1, x2, x3 = x = rng.normal(size=(3, 2))
label = 1

# %%
# Forward: the same three lines, three times.

h0 = np.zeros(3)
h1 = np.tanh(W @ x1 + U @ h0 + b)
h2 = np.tanh(W @ x2 + U @ h1 + b)
h3 = np.tanh(W @ x3 + U @ h2 + b)

scores = V @ h3 + c
p = np.exp(scores) / np.exp(scores).sum()
loss = -np.log(p[label])

# %%
# Backward: d_y means dLoss/dy. The derivative of tanh, seen from its output, is 1 - h ** 2. The
# gradient enters at the third step and goes back through U, once for each step.

d_scores = p - np.eye(2)[label]
d_h3 = V.T @ d_scores
d_a3 = d_h3 * (1 - h3**2)
d_h2 = U.T @ d_a3
d_a2 = d_h2 * (1 - h2**2)
d_h1 = U.T @ d_a2
d_a1 = d_h1 * (1 - h1**2)

# %%
# W, U and b were used in every step, so each step has its say in their gradients.

d_W = np.outer(d_a1, x1) + np.outer(d_a2, x2) + np.outer(d_a3, x3)
d_U = np.outer(d_a1, h0) + np.outer(d_a2, h1) + np.outer(d_a3, h2)
d_b = d_a1 + d_a2 + d_a3
d_V = np.outer(d_scores, h3)
d_c = d_scores

# %%
# Truncated after two steps, the sums would lack their first term: the state h1 would be taken for a
# constant. That is all that `truncation_length=2` does.

d_W_truncated = np.outer(d_a2, x2) + np.outer(d_a3, x3)

# %%
# The library does this for whole batches, with time first and one column per sequence.

batch, lengths = x[:, :, None], np.array([3])
workspace = Workspace(float)
state = network.initial_state(1, np.dtype(float))
forward = network.forward(parameters, batch, lengths, state, workspace)
scores, right = network.read(parameters, forward.last, workspace), np.full((1, 1, 1), label)
(library_loss,), library_d_scores = CrossEntropy()(scores, right, np.ones((1, 1)))
gradients = type(parameters).zeros(network.layout, float)
network.backward(parameters, forward, lambda *_: library_d_scores, gradients, workspace)

print(f"loss by hand {loss:.12f}, by the library {library_loss:.12f}\n")
print("gradient                  norm by hand    largest difference from the library")
for name, by_hand in {
    "layer_0.input_weights": d_W,
    "layer_0.recurrent_weights": d_U,
    "layer_0.bias": d_b,
    "readout.weights": d_V,
    "readout.bias": d_c,
}.items():
    difference = np.abs(gradients[name] - by_hand).max()
    print(f"{name:26}{np.linalg.norm(by_hand):.8f}      {difference:.1e}")
    assert difference < 1e-15

# %%
# What each step contributes to the gradient of W: the further back, the less, because every step
# back multiplies by U and by a derivative of at most 1. This is the vanishing gradient in the bud.

contributions = [np.outer(d_a1, x1), np.outer(d_a2, x2), np.outer(d_a3, x3)]
norms = [np.linalg.norm(contribution) for contribution in contributions]
print(f"\ntruncated after two steps, d_W differs by {np.linalg.norm(d_W - d_W_truncated):.4f}")
plt.bar(["step 1", "step 2", "step 3"], norms)
plt.ylabel("norm of the step's term in dLoss/dW")
plt.title("One weight matrix, three steps, three terms")
plt.show()
