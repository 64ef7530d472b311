#!/bin/sh
# A sequence shorter than seglearn's window takes no part in anything, and a class of which all are
# short is none: a perfect score counts the others. Seen in seglearn 1.2.5 with scikit-learn 1.9.1,
# pandas 3.0.6 and numpy 2.3.5, Python 3.11. Not part of CI: sh findings/seglearn_short_sequences.sh
# fails once it is otherwise.
#
# `Segment` cuts sequences of any length into windows, each with the label of its sequence, for a
# classifier of scikit-learn. What is left at the end of a sequence is not used, and so the whole
# of one that fills no window; PadTrunc beside it pads such sequences. Of 40 sequences in 4 classes,
# the last class with 7 steps each and windows of 10:
# 1. fit learns three classes. predict never says the fourth, nor anything of its sequences.
# 2. score is of windows, so that it has no mistake to count.
# 3. predict has an item for each window, with no word of which belongs to which sequence.
#       classes [0 1 2], score 1.00, 90 predictions for 40 sequences
#       only short sequences: ValueError
#       padded: classes [0 1 2 3]
# No warning of the missing ones. What helps: a look at the shortest length before, PadTrunc in
# place of Segment (whose padding is 0), or a model that reads sequences whole.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    seglearn==1.2.5 scikit-learn==1.9.1 pandas==3.0.6 numpy==2.3.5
"$folder/venv/bin/python" - <<'PYTHON'
import warnings
from importlib.metadata import version

import numpy as np
from seglearn.feature_functions import mean
from seglearn.pipe import Pype
from seglearn.transform import FeatureRep, PadTrunc, Segment
from sklearn.linear_model import LogisticRegression

assert version("seglearn") == "1.2.5", version("seglearn")
rng = np.random.default_rng(0)
y = np.tile([0, 1, 2, 3], 10)
X = [rng.normal(3 * label, 1, size=(7 if label == 3 else 30, 2)) for label in y]


def fitted(cutter):
    steps = [("cut", cutter), ("mean", FeatureRep({"mean": mean})),
             ("net", LogisticRegression(max_iter=10_000))]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = Pype(steps).fit(X, y)
        score = model.score(X, y)
    kinds = {warning.category for warning in caught}
    assert kinds <= {DeprecationWarning}, kinds  # of numpy's row_stack
    return model, model.named_steps["net"].classes_, score


model, classes, score = fitted(Segment(width=10, overlap=0))
said = len(model.predict(X))
print(f"classes {classes}, score {score:.2f}, {said} predictions for {len(X)} sequences")
assert classes.tolist() == [0, 1, 2] and score == 1 and (said, len(X)) == (90, 40)
try:
    model.predict([x for x in X if len(x) == 7])
except ValueError as error:
    print(f"only short sequences: {type(error).__name__}")
else:
    raise AssertionError("sequences without a window had a prediction")
_, classes, _ = fitted(PadTrunc(width=10))
print(f"padded: classes {classes}")
assert classes.tolist() == [0, 1, 2, 3]
PYTHON
echo "As described."
