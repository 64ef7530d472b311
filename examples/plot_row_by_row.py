"""
A digit, row by row
===================

A network reads on as steps come in, and says what it thinks so far: here an image, a row at a time.
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skrnn import RNNSequenceClassifier

# %%
# Images are sequences as they come: eight steps of eight features. `target_replication` asks for
# the label at every step in training, so that answers before the last row are worth something.

X, y = load_digits(return_X_y=True)
X = X.reshape(-1, 8, 8) / 16
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = RNNSequenceClassifier(target_replication=0.5, max_iter=70, random_state=0)
model.fit(X_train, y_train)

# %%
# A stream reads on as rows arrive, here of all test images side by side.

stream = model.stream(n_sequences=len(X_test))
after_each_row = np.stack([stream.update(row) for row in X_test.swapaxes(0, 1)], axis=1)
print("rows read  test accuracy")
for i, accuracy in enumerate((after_each_row.argmax(axis=2) == y_test[:, None]).mean(axis=0)):
    print(f"{i + 1:>9}  {accuracy:.3f}")

# %%
# A test image, and beside it the probabilities of the ten digits after each of its rows: the
# darker, the likelier. Up to its fifth row, the two could as well be a one.


def draw(images, colours="Blues"):
    figure, axes = plt.subplots(
        1,
        2 * len(images),
        figsize=(3 * len(images), 2.4),
        width_ratios=len(images) * [8, 12],
        layout="constrained",
    )
    for image, left, right in zip(images, axes[::2], axes[1::2], strict=True):
        left.pcolormesh(X_test[image], cmap=colours)
        right.pcolormesh(after_each_row[image], cmap=colours, vmin=0, vmax=1)
        left.set_title("rows, as read", fontsize=10)
        left.set(xticks=[], yticks=np.arange(8) + 0.5, yticklabels=range(1, 9))
        right.set_title("P(digit), after each", fontsize=10)
        right.set(xticks=np.arange(10) + 0.5, xticklabels=range(10), yticks=[])
        for axis in (left, right):
            axis.invert_yaxis()
            axis.tick_params(length=0)
            axis.spines[:].set_visible(False)
    return figure


draw([65])

# %%
# The four is soon told; the eight could be a nine until its last rows are read.

IMAGES = [2, 65, 52]
draw(IMAGES)

# %%
# README has it for light and for dark screens: `python examples/plot_row_by_row.py docs`.

if len(sys.argv) > 1:
    folder = Path(sys.argv[1])
    draw(IMAGES).savefig(folder / "row_by_row_light.png", dpi=150, transparent=True)
    with plt.style.context("dark_background"):
        picture = draw(IMAGES, "inferno")
        picture.savefig(folder / "row_by_row_dark.png", dpi=150, transparent=True)
else:
    plt.show()
