"""
Fit a network to images of digits, and write what the page needs to run it.

``python docs/draw/export.py FOLDER`` is what a build of the pages does: `digits.onnx` becomes the
model, `digits.json` a test image of each digit, `accuracy.txt` how many are told after each row.
"""

import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper
from scipy.ndimage import affine_transform
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx

X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8) / 16  # counts of 4 x 4 pixels: an image is eight steps, its rows
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)


def other_hand(image, rng):
    """Return an image a little turned, slanted, stretched and moved."""
    matrix = np.eye(2) + rng.normal(scale=0.15, size=(2, 2))
    centre = rng.normal(3.5, 0.3, size=2)
    return affine_transform(image, matrix, centre - matrix @ [3.5, 3.5], order=1)


def fit():
    """Return a network that has seen each image three times, twice as of other hands."""
    rng = np.random.default_rng(0)
    others = [other_hand(image, rng) for _ in range(2) for image in X_train]
    model = RNNSequenceClassifier(32, target_replication=0.5, max_iter=30, random_state=0)
    return model.fit(np.concatenate([X_train, others]), np.tile(y_train, 3))


def export(model):
    """Return the ONNX model, which also says what the states are, of shape (T, 1, B, H)."""
    written = to_onnx(model)
    (gru,) = (node for node in written.graph.node if node.op_type == "GRU")
    written.graph.node.append(helper.make_node("Identity", [gru.output[0]], ["states"]))
    shape = ["n_timesteps", 1, "n_sequences", model.hidden_layer_sizes]
    written.graph.output.append(helper.make_tensor_value_info("states", TensorProto.FLOAT, shape))
    return written


def main(folder):
    """Write the three files."""
    folder.mkdir(parents=True, exist_ok=True)
    model = fit()
    (folder / "digits.onnx").write_bytes(export(model).SerializeToString())
    images = [X_test[y_test == digit][0] * 16 for digit in range(10)]
    (folder / "digits.json").write_text(json.dumps(np.array(images, dtype=int).tolist()))
    accuracies = [model.score(X_test[:, :n], y_test) for n in range(1, 9)]
    rows = [f"{n:>9}  {accuracy:.3f}" for n, accuracy in enumerate(accuracies, start=1)]
    (folder / "accuracy.txt").write_text("\n".join(["rows read  test accuracy", *rows, ""]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
