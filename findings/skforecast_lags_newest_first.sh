#!/bin/sh
# What skforecast hands to an estimator begins with the newest lag, and lags that are asked for the
# other way round are sorted back without a word: a network that reads a row from left to right
# reads time backwards. Seen in skforecast 0.26.0 with scikit-learn 1.9.1, Python 3.11. Not part of
# CI: sh findings/skforecast_lags_newest_first.sh fails once it is otherwise.
#
# Of the series 0, 1, 2, ..., with lags=3, [1, 2, 3] or [3, 2, 1], and an exogenous column of
# hundreds:
#     lags=3: columns lag_1, lag_2, lag_3, first row 2, 1, 0
#     lags=[1, 2, 3]: columns lag_1, lag_2, lag_3, first row 2, 1, 0
#     lags=[3, 2, 1]: columns lag_1, lag_2, lag_3, first row 2, 1, 0
#     exog: columns lag_1, lag_2, lag_3, e, first row 2, 1, 0, 300
# So exogenous values come after the oldest lag, as if they were a step before it.
# What helps, without exog: FunctionTransformer(np.fliplr, validate=True) before the network.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    skforecast==0.26.0 scikit-learn==1.9.1 numpy==2.4.6 pandas==2.3.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import pandas as pd
from skforecast.recursive import ForecasterRecursive
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

series = pd.Series(np.arange(10.0))


class Seen(LinearRegression):
    def fit(self, X, y):
        self.first_ = np.asarray(X)[0].tolist()
        return super().fit(X, y)


def shown(name, lags, exog=None):
    forecaster = ForecasterRecursive(Seen(), lags=lags)
    forecaster.fit(series, exog=exog)
    table, _ = forecaster.create_train_X_y(series, exog=exog)
    first = forecaster.estimator.first_
    assert first == table.iloc[0].tolist()
    columns, numbers = ", ".join(table.columns), ", ".join(f"{value:g}" for value in first)
    print(f"{name}: columns {columns}, first row {numbers}")
    return first


for lags in (3, [1, 2, 3], [3, 2, 1]):
    assert shown(f"lags={lags}", lags) == [2, 1, 0]
assert shown("exog", 3, pd.DataFrame({"e": 100 * np.arange(10.0)})) == [2, 1, 0, 300]

turned = make_pipeline(FunctionTransformer(np.fliplr, validate=True), Seen())
forecaster = ForecasterRecursive(turned, lags=3)
forecaster.fit(series)
assert forecaster.estimator[-1].first_ == [0, 1, 2]
PYTHON
echo "As described."
