#!/bin/sh
# A model that MLflow serves with a column of arrays of doubles refuses arrays whose numbers happen
# to be whole, as JSON writes them where a language does not tell 1.0 from 1; a column of doubles
# takes them. Seen in mlflow 3.17.2 with numpy 2.4.6 and pandas 3.1.1, Python 3.11. Not part of CI:
# sh findings/mlflow_whole_numbers_in_arrays.sh fails once it is otherwise.
#
# Three models add up what they get, each with the signature inferred from floats: a number, a list
# of numbers, a list of lists, such as a sequence of steps. Python's json writes 1.0, JavaScript's
# JSON.stringify writes 1. What the server of each says of numbers with and without a fraction:
# 1. A column of doubles takes the whole number.
# 2. A column of arrays takes whole numbers as long as one of an array has a fraction, and answers
#    status 400 once all are whole: cannot safely convert int64 to float64.
# 3. In arrays of arrays, this goes by the innermost. One step of a long sequence whose features all
#    happen to be whole is enough, so that it depends on the data whether a request is answered.
#       double 1.5: 200
#       double 1: 200
#       Array(double) [1.5, 2]: 200
#       Array(double) [1, 2]: 400
#       Array(Array(double)) [[1.5, 2], [3.5, 4]]: 200
#       Array(Array(double)) [[1.5, 2], [3, 4]]: 400
# What helps: a client that writes 1.0, or a signature of objects, Schema([TensorSpec(object, (-1,))])
# with numpy's dtype, and "inputs" in the request.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    mlflow==3.17.2 numpy==2.4.6 pandas==3.1.1 httpx==0.28.1
cd "$folder"
MLFLOW_DISABLE_TELEMETRY=true "$folder/venv/bin/python" - <<'PYTHON'
import logging
import warnings

import mlflow
import numpy as np
import pandas as pd
from fastapi.testclient import TestClient
from mlflow.models import ModelSignature, infer_signature
from mlflow.pyfunc.scoring_server import init
from mlflow.types import Schema, TensorSpec

assert mlflow.__version__ == "3.17.2", mlflow.__version__
warnings.simplefilter("ignore")
logging.disable(logging.WARNING)
mlflow.set_tracking_uri("sqlite:///runs.db")


class Sums(mlflow.pyfunc.PythonModel):
    """Says what all numbers of each row add up to."""

    def predict(self, context, model_input, params=None):
        X = model_input
        rows = X.iloc[:, 0] if isinstance(X, pd.DataFrame) else X
        return [float(np.sum(row)) for row in rows]


def serve(signature):
    info = mlflow.pyfunc.log_model(name="sums", python_model=Sums(), signature=signature,
                                   pip_requirements=[])
    return TestClient(init(mlflow.pyfunc.load_model(info.model_uri)))


def ask(server, row):
    return server.post("/invocations", json={
        "dataframe_split": {"columns": ["a"], "data": [[row]]}})


CASES = [  # what the signature is inferred from, and rows with what is answered
    (1.5, [(1.5, 200), (1, 200)]),
    ([1.5, 2.5], [([1.5, 2], 200), ([1, 2], 400)]),
    ([[1.5, 2.5]], [([[1.5, 2], [3.5, 4]], 200), ([[1.5, 2], [3, 4]], 400)]),
]
for example, rows in CASES:
    signature = infer_signature(pd.DataFrame({"a": [example]}))
    (column,) = signature.inputs.inputs
    server = serve(signature)
    for row, status in rows:
        answer = ask(server, row)
        print(f"{getattr(column.type, 'name', column.type)} {row}: {answer.status_code}")
        assert answer.status_code == status
        if status == 200:
            assert answer.json() == {"predictions": [np.sum(row)]}
        else:
            assert "Can not safely convert int64 to float64" in answer.text
        assert ask(server, np.asarray(row, float).tolist()).status_code == 200  # with .0

server = serve(ModelSignature(Schema([TensorSpec(np.dtype(object), (-1,))])))
answer = server.post("/invocations", json={"inputs": [[[1.5, 2], [3, 4]], [[5, 6]]]})
assert answer.json() == {"predictions": [10.5, 11]}, answer.text
PYTHON
echo "As described."
