#!/bin/sh
# A model that MLflow has logged with the signature it inferred from a list of matrices refuses this
# very list. Seen in mlflow 3.17.2 with numpy 2.4.6 and pandas 3.1.1, Python 3.11. Not part of CI:
# sh findings/mlflow_signature_of_lists.sh fails once it is otherwise.
#
# Sequences with several features a step are matrices of different lengths. A model that counts
# steps is logged with infer_signature(X), loaded, and asked about the same X:
# 1. Of a list of matrices, infer_signature makes a column of Array(Array(double)) without a name.
#    What it was inferred from is then refused: an inhomogeneous shape. Before, a list is to be a
#    matrix; a list of matrices of equal length is refused as well.
# 2. The same numbers as nested lists have the same signature, and are refused too, with another
#    error: Expected data to be list or numpy array, got float.
# 3. As an array of objects or a Series, the list passes under the signature that refused it.
# 4. As a column of a data frame, X passes under the signature that is inferred from it, as matrices
#    or as nested lists.
#       signature [Array(Array(double)) (required)]
#       list of matrices: MlflowException
#       list of matrices of equal length: MlflowException
#       nested lists: MlflowException
#       array of objects: [2, 3]
#       Series: [2, 3]
#       signature ['sequence': Array(Array(double)) (required)]
#       column of matrices: [2, 3]
#       column of nested lists: [2, 3]
# What helps: a data frame with one column, which HTTP can bring as well.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    mlflow==3.17.2 numpy==2.4.6 pandas==3.1.1
cd "$folder"
MLFLOW_DISABLE_TELEMETRY=true "$folder/venv/bin/python" - <<'PYTHON'
import logging
import warnings

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

assert mlflow.__version__ == "3.17.2", mlflow.__version__
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
mlflow.set_tracking_uri("sqlite:///runs.db")


class Counts(mlflow.pyfunc.PythonModel):
    """Says how many steps each sequence has."""

    def predict(self, context, model_input, params=None):
        X = model_input
        return [len(x) for x in (X.iloc[:, 0] if isinstance(X, pd.DataFrame) else X)]


def load(example):
    """The model as it comes back, logged with the signature of an example."""
    signature = infer_signature(example)
    print(f"signature {signature.inputs}")
    info = mlflow.pyfunc.log_model(name="counts", python_model=Counts(), signature=signature,
                                   pip_requirements=[])
    return mlflow.pyfunc.load_model(info.model_uri)


def ask(model, name, X):
    try:
        said = model.predict(X)
    except mlflow.exceptions.MlflowException as error:
        assert "Failed to enforce schema" in str(error)
        said = error
    print(f"{name}: {said if isinstance(said, list) else type(said).__name__}")
    return said


X = [np.ones((2, 2)), np.ones((3, 2))]
objects = np.fromiter(X, dtype=object, count=2)
nested = [x.tolist() for x in X]

model = load(X)
assert "inhomogeneous shape" in str(ask(model, "list of matrices", X))
equal = ask(model, "list of matrices of equal length", [np.ones((2, 2)), np.ones((2, 2))])
assert isinstance(equal, Exception)
assert "list or numpy array, got float" in str(ask(model, "nested lists", nested))
assert ask(model, "array of objects", objects) == [2, 3]
assert ask(model, "Series", pd.Series(X)) == [2, 3]

model = load(pd.DataFrame({"sequence": X}))
assert ask(model, "column of matrices", pd.DataFrame({"sequence": X})) == [2, 3]
assert ask(model, "column of nested lists", pd.DataFrame({"sequence": nested})) == [2, 3]
PYTHON
echo "As described."
