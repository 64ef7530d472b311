"""
Writes what `test_saving.py` loads in every later version: ``python -m tests.estimators.saved``.

To be run once for each new format. The files of earlier ones stay as they are.
"""

import warnings
from pathlib import Path
from zipfile import ZIP_DEFLATED

import numpy as np
import skops.io
from sklearn.exceptions import ConvergenceWarning

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.version import FORMAT
from tests.estimators.forms import make_forms

if __name__ == "__main__":
    warnings.simplefilter("ignore", ConvergenceWarning)
    forms, y = make_forms()
    X, settings = forms["list"][:20], {"max_iter": 2, "random_state": 0}
    given = {"X_val": X[15:], "y_val": y[15:20]}
    models = [
        RNNSequenceClassifier(4, **settings).fit(X[:15], y[:15], **given),
        RNNSequenceRegressor((3, 2), cell="lstm", bidirectional=True, optimizer="sgd", **settings),
        RNNSequenceTagger(4, cell="elman", schedule="cosine", **settings),
    ]
    models[1].fit(X, [x.sum() for x in X])
    models[2].fit(X, [np.where(x[:, 0] > 0, 1, 0) for x in X])
    said = [models[0].predict_proba(X), models[1].predict(X), list(models[2].predict_proba(X))]
    file = Path(__file__).with_name(f"format_{FORMAT}.skops")
    content = {"models": models, "X": list(X), "said": said}
    skops.io.dump(content, file, compression=ZIP_DEFLATED, compresslevel=9)
