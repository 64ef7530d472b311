#!/bin/sh
# No classifier of sktime can be cross-validated or searched by scikit-learn 1.9, which sktime's own
# requirements allow (scikit-learn<1.10.0,>=0.24). Seen in sktime 1.2.0 with scikit-learn 1.9.1,
# Python 3.11. Not part of CI: sh findings/sktime_cross_val_score.sh fails once it is otherwise.
#
# Classifiers have fit, predict and score, and scikit-learn's clone takes them. But to choose folds,
# cross_val_score and GridSearchCV ask for __sklearn_tags__, which sktime's base class lacks:
#     fit and score: 0.50
#     cross_val_score: AttributeError, 'DummyClassifier' object has no attribute '__sklearn_tags__'
#     GridSearchCV: AttributeError, 'DummyClassifier' object has no attribute '__sklearn_tags__'
# What helps: folds by hand, with clone, fit and score.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    sktime==1.2.0 scikit-learn==1.9.1 numpy==2.3.5 pandas==3.0.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sktime.classification.dummy import DummyClassifier

X, y = np.random.default_rng(0).normal(size=(20, 2, 10)), np.repeat([0, 1], 10)
model = clone(DummyClassifier(strategy="prior"))
score = model.fit(X, y).score(X, y)
print(f"fit and score: {score:.2f}")
assert score == 0.5


def refused(name, call):
    try:
        call()
    except AttributeError as error:
        assert "has no attribute '__sklearn_tags__'" in str(error), error
        print(f"{name}: AttributeError, {str(error).split(': ')[1].split('. ')[0]}")
    else:
        raise AssertionError(name)


grid = {"strategy": ["prior", "uniform"]}
refused("cross_val_score", lambda: cross_val_score(model, X, y, cv=KFold(2)))
refused("GridSearchCV", lambda: GridSearchCV(model, grid, cv=KFold(2)).fit(X, y))
PYTHON
echo "As described."
