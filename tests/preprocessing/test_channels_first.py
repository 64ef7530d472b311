"""Collections with channels before time: of NumPy, aeon and sktime, as these make them."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx
from skrnn.preprocessing import ChannelsFirst, FillSteps
from skrnn.saving import TRUSTED_TYPES
from tests.estimators.forms import make_forms, objects

FORMS, Y = make_forms()
RAGGED, CUBE, PADDED = FORMS["list"], FORMS["3-D"], FORMS["NaN-padded"]


def nested(sequences, cell=pd.Series):
    """A nested frame as sktime has it, from (time, channels)."""
    return pd.DataFrame({f"dim_{d}": [cell(x[:, d]) for x in sequences] for d in range(2)})


def same(found, expected):
    assert len(found) == len(expected)
    for x, other in zip(found, expected, strict=True):
        assert x.dtype == other.dtype
        np.testing.assert_array_equal(x, other)


def test_check_estimator():
    results = check_estimator(ChannelsFirst(), on_skip=None, on_fail=None)
    assert len(results) > 40
    assert [result for result in results if result["status"] != "passed"] == []


@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check):
    check("ChannelsFirst", ChannelsFirst())


GIVEN = {
    "3-D": (CUBE.transpose(0, 2, 1), CUBE),
    "contiguous": (np.array(CUBE.transpose(0, 2, 1), order="C"), CUBE),
    "float32": (CUBE.transpose(0, 2, 1).astype(np.float32), CUBE.astype(np.float32)),
    "padded": (PADDED.transpose(0, 2, 1), PADDED),
    "list": ([x.T for x in RAGGED], RAGGED),
    "objects": (objects([x.T for x in RAGGED]), RAGGED),
    "one channel": ([x[:, 0] for x in RAGGED], [x[:, :1] for x in RAGGED]),
    "df-list": ([pd.DataFrame(x, columns=["a", "b"]) for x in RAGGED], RAGGED),
    "nested": (nested(RAGGED), RAGGED),
    "nested of equal length": (nested(CUBE), CUBE),
    "nested arrays": (nested(CUBE, np.array), CUBE),
    "rows": (CUBE[:, :, 0], CUBE[:, :, :1]),
    "frame": (pd.DataFrame(CUBE[:, :, 0]), CUBE[:, :, :1]),
}


@pytest.mark.parametrize("form", GIVEN)
def test_time_comes_first(form):
    X, expected = GIVEN[form]
    before = pickle.dumps(X)
    fitted = ChannelsFirst().fit(X, Y)
    for new in (fitted.transform(X), ChannelsFirst().fit_transform(X)):
        same(new, expected)
        is_list = form in {"list", "one channel"} or form.startswith(("df", "nested"))
        assert isinstance(new, list if is_list else np.ndarray)
        new[0][:] = 7
    assert pickle.dumps(X) == before
    assert fitted.n_features_in_ == (6 if form in {"rows", "frame"} else expected[0].shape[1])


def test_fitted_on_one_form_it_takes_others():
    fitted = ChannelsFirst().fit(CUBE.transpose(0, 2, 1))
    for form in ("3-D", "padded", "list", "objects"):
        same(fitted.transform(GIVEN[form][0]), GIVEN[form][1])


def test_gaps_are_handed_on():
    X = [np.array([[1.0, np.nan, 3], [np.nan, 5, np.nan]])]
    same(ChannelsFirst().fit_transform(X), [X[0].T])
    filled = make_pipeline(ChannelsFirst(), FillSteps("linear")).fit_transform(X)
    np.testing.assert_array_equal(filled[0], [[1, 5], [2, 5], [3, 5]])


def test_in_a_pipeline():
    network = RNNSequenceClassifier(4, learning_rate=0.05, tol=0.01, random_state=0)
    y = np.array([x[-1, 0] > 0 for x in RAGGED])
    model = make_pipeline(ChannelsFirst(), network)
    for X in (GIVEN["list"][0], GIVEN["nested"][0]):
        assert cross_val_score(model, X, y, cv=2).mean() > 0.8
        fitted = model.fit(X, y)
        expected = clone(network).fit(RAGGED, y).predict_proba(RAGGED)
        np.testing.assert_array_equal(fitted.predict_proba(X), expected)
    with pytest.raises(TypeError, match=r"without its ChannelsFirst, pipeline\[1:\]"):
        to_onnx(fitted)
    assert to_onnx(fitted[1:]).graph.input[0].name == "X"


def test_names_of_channels():
    X = GIVEN["nested"][0]
    for given in (X, [frame.set_axis(X.columns, axis=1) for frame in GIVEN["df-list"][0]]):
        fitted = ChannelsFirst().fit(given)
        assert fitted.feature_names_in_.tolist() == ["dim_0", "dim_1"]
    assert fitted.get_feature_names_out().tolist() == ["dim_0", "dim_1"]
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        fitted.transform(X[["dim_1", "dim_0"]])
    assert fitted.fit(RAGGED[:1]).get_feature_names_out()[:1].tolist() == ["x0"]
    assert not hasattr(fitted, "feature_names_in_")
    rows = ChannelsFirst().fit(CUBE[:, :, 0])
    assert rows.get_feature_names_out().tolist() == ["x0"]


def test_cloned_and_saved():
    fitted = ChannelsFirst().fit(GIVEN["list"][0])
    assert not hasattr(clone(fitted), "x_format_")
    for copy in (
        pickle.loads(pickle.dumps(fitted)),
        skops.io.loads(skops.io.dumps(fitted), trusted=TRUSTED_TYPES),
    ):
        same(copy.transform(GIVEN["list"][0]), RAGGED)


UNEVEN = pd.DataFrame(
    {"a": [pd.Series([1.0, 2])] * 2, "b": [pd.Series([1.0, 2]), pd.Series([3.0])]}
)
LONG = pd.DataFrame({"a": [1.0, 2, 3]}, index=pd.MultiIndex.from_tuples([(0, 0), (0, 1), (1, 0)]))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (UNEVEN, r"X.iloc\[1, 1\] has 1 time steps, but X.iloc\[1, 0\] has 2; all channels of"),
        (UNEVEN.assign(b=3.0), r"X.iloc\[0, 1\] must be a Series or an array .* it is a float"),
        (UNEVEN[["a"]].map(lambda x: x.astype(str) + "a"), r"X.iloc\[0, 0\] must hold real numb"),
        (LONG, r"index of 2 levels, as a long table .*sequences_from_frame\(X.reset_index"),
        ([np.ones((2, 5)), np.ones((3, 5))], r"X\[1\] has 3 channels.* has 2: .* leave Channels"),
        ([np.ones((2, 5)), [1.0, 2.0]], r"X\[1\] is no array, but a list"),
        ([np.ones((2, 5, 1))], r"X\[0\] has 3 dimensions"),
        ([np.ones((2, 0))], r"X\[0\] has no time step"),
        ([np.array([[1.0, np.inf]])], "X contains infinity.*: sequence 0, time step 1, feature 0"),
        (np.full((1, 2, 3), np.nan), r"X\[0\] has no time step"),
        (np.ones(3), "Reshape your data"),
        ((CUBE, np.full(60, 3)), "X is a pair of shapes"),
    ],
)
def test_a_failed_fit_changes_nothing(X, message):
    fitted = ChannelsFirst().fit(GIVEN["list"][0])
    before = dict(vars(fitted))
    with pytest.raises((TypeError, ValueError), match=message):
        fitted.fit(X)
    assert vars(fitted) == before


def test_another_x_than_that_of_the_fit():
    fitted = ChannelsFirst().fit(GIVEN["list"][0])
    with pytest.raises(ValueError, match="ChannelsFirst was fitted on 3-D or ragged X"):
        fitted.transform(GIVEN["rows"][0])
    with pytest.raises(ValueError, match="X has 6 features, but ChannelsFirst is expecting 2"):
        fitted.transform(CUBE)
    with pytest.raises(NotFittedError):
        ChannelsFirst().transform(CUBE)
