"""Categories in an ONNX model: the estimator's codes, whatever the values."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx
from skrnn.preprocessing import PerStep
from tests.export.cases import KINDS, LENGTHS, LENGTHS_NEW, check_agreement, make, perturb, run
from tests.export.cases import X_NEW as NEW_NUMBERS
from tests.export.cases import X as NUMBERS

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
VALUES = {
    "from 0": [0, 1, 2, 3, 4],
    "of any size": [-7.5, -0.1, 0.3, 1e6],
    "one": [3],
    "a power of two": [1, 2, 4, 8],
    "none": [np.nan],
}


def with_categories(X, lengths, values, seed):
    """Return sequences whose second feature is one of some values, now and then missing."""
    X, rng = X.copy(), np.random.default_rng(seed)
    drawn = rng.choice(np.array([*values, np.nan], X.dtype), size=X.shape[:2])
    X[:, :, 1] = np.where(np.arange(X.shape[1]) < lengths[:, None], drawn, np.nan)
    return X


@pytest.mark.parametrize("values", VALUES)
@pytest.mark.parametrize("kind", KINDS)
def test_says_what_the_estimator_says(kind, values):
    X = with_categories(NUMBERS, LENGTHS, VALUES[values], 0)
    estimator = make(kind, X, categorical_features=[1])
    unknown = [-np.float32(1e9), -1, 0.5, 2.5, 99, 1e9]
    new = with_categories(NEW_NUMBERS, LENGTHS_NEW, [*VALUES[values], *unknown], 1)
    per_step = kind in {"tagger", "regressor of steps"}
    said = run(to_onnx(estimator), new)
    check_agreement(estimator, new, said, LENGTHS_NEW if per_step else None)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_categories_alone_in_rows(dtype):
    X = np.random.default_rng(0).integers(40, size=(9, 5)).astype(dtype)
    estimator = make("classifier", X, categorical_features=[0])
    check_agreement(estimator, X, run(to_onnx(estimator), X.astype(np.float32)))


@pytest.mark.parametrize("kind", ["classifier", "tagger"])
def test_of_known_length_the_last_category_may_be_missing(kind):
    X = [x[:n] for x, n in zip(with_categories(NUMBERS, LENGTHS, [0, 1], 0), LENGTHS, strict=True)]
    X = [x[:, 1:2] for x in X]
    estimator = make(kind, X, categorical_features=[0])
    new = with_categories(NEW_NUMBERS, LENGTHS_NEW, [0, 1], 1)[:, :, 1:2]
    new[np.arange(6), LENGTHS_NEW - 1] = np.nan
    said = run(to_onnx(estimator, lengths=True), new, lengths=LENGTHS_NEW)
    ragged = [x[:n] for x, n in zip(new, LENGTHS_NEW, strict=True)]
    check_agreement(estimator, ragged, said, LENGTHS_NEW if kind == "tagger" else None)


@pytest.mark.parametrize("scaler", [MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("codes", [[3, 10], [0, 1, 2, 40], range(30)], ids=str)
def test_in_a_pipeline(codes, dtype, scaler):
    """Behind a transformer that scales them, categories are told by numbers that were rounded."""
    X = np.random.default_rng(0).choice(codes, size=(60, 5, 2)).astype(dtype)
    network = RNNSequenceClassifier(4, categorical_features=[1], max_iter=2, random_state=0)
    pipeline = make_pipeline(PerStep(scaler()), network).fit(X, ["a", "b", "c"] * 20)
    perturb(network)
    new = np.where(np.random.default_rng(1).uniform(size=X.shape) < 0.1, X + 1, X)  # some unknown
    check_agreement(pipeline, new, run(to_onnx(pipeline), new.astype(np.float32)))


def test_strings_are_refused():
    X = [np.array(["a", "b"]), np.array(["b"])] * 3
    estimator = make("classifier", X, ["a", "b", "c"] * 2, categorical_features=[0])
    with pytest.raises(ValueError, match="feature 0 are strings, such as 'a'"):
        to_onnx(estimator)


def test_categories_that_float32_cannot_tell_apart_are_refused():
    X = np.array([[2.0**24], [2.0**24 + 1]] * 3)
    estimator = make("classifier", X, ["a", "b", "c"] * 2, categorical_features=[0])
    with pytest.raises(ValueError, match="Feature 0 has categories that are the same number"):
        to_onnx(estimator)
