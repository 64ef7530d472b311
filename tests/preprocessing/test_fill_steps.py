"""Gaps filled along time, as a loop over steps fills them."""

import pickle

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import InvalidParameterError, RNNSequenceClassifier
from skrnn.preprocessing import FillSteps, PerStep, StackSteps
from skrnn.saving import TRUSTED_TYPES
from tests.estimators.forms import FORMS, N_FEATURES, N_STEPS, make_forms, objects

NAN = np.nan
METHODS = ["forward", "linear", "mean"]
ALL, Y = make_forms()


def fill_one(x, means, method, times):
    """Return one sequence without gaps, feature by feature and step by step."""
    new = x.astype(float)
    for d in range(x.shape[1]):
        known = [t for t in range(len(x)) if not np.isnan(x[t, d])]
        for t in range(len(x)):
            before, after = [s for s in known if s <= t], [s for s in known if s >= t]
            if t in known:
                continue
            if method == "mean" or not before:
                new[t, d] = means[d]
            elif method == "forward" or not after or times[after[0]] == times[before[-1]]:
                new[t, d] = x[before[-1], d]
            else:
                ends = [before[-1], after[0]]
                new[t, d] = np.interp(times[t], times[ends], x[ends, d])
    return new


def elapsed_of(x, times):
    """Return the time since features were known last, by the recurrence of Che et al."""
    elapsed = np.zeros(x.shape)
    for t in range(1, len(x)):
        for d in range(x.shape[1]):
            waited = elapsed[t - 1, d] if np.isnan(x[t - 1, d]) else 0
            elapsed[t, d] = times[t] - times[t - 1] + waited
    return elapsed


def with_gaps(form, dtype=np.float64):
    """Return X with gaps in all forms of it, and its sequences one by one."""
    rng = np.random.default_rng(1)
    forms, _ = make_forms(dtype)
    sequences = [x.copy() for x in forms["3-D" if form in {"rows", "3-D"} else "list"]]
    for i, x in enumerate(sequences):
        x[rng.uniform(size=x.shape) < 0.4] = NAN
        if form not in {"rows", "list", "objects"}:
            x[-1, 0] = i  # or it would be padding
    sequences[0][1] = sequences[0][3] = NAN
    if form == "NaN-padded":
        X = np.full((len(Y), N_STEPS, N_FEATURES), NAN, dtype)
        for row, x in zip(X, sequences, strict=True):
            row[: len(x)] = x
    elif form in {"list", "objects"}:
        X = sequences if form == "list" else objects(sequences)
    else:
        X = np.array(sequences).reshape(len(Y), -1) if form == "rows" else np.array(sequences)
    return X, sequences


@pytest.mark.parametrize("filler", [FillSteps(), FillSteps("linear", True, True)], ids=str)
def test_check_estimator(filler):
    results = check_estimator(filler, on_skip=None, on_fail=None)
    assert len(results) > 40
    assert [result for result in results if result["status"] != "passed"] == []


@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check):
    check("FillSteps", FillSteps())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMS)
def test_steps_are_those_of_a_loop_in_the_form_of_x(form, method, dtype):
    X, sequences = with_gaps(form, dtype)
    means = np.nanmean(np.concatenate(sequences).astype(float), axis=0)
    filler = FillSteps(method, add_indicator=True, add_elapsed=True, n_step_features=N_FEATURES)
    before = pickle.dumps(X)
    fitted = filler.fit(X, Y)
    np.testing.assert_allclose(fitted.means_, means, rtol=1e-12)
    for new in (fitted.transform(X), clone(filler).fit_transform(X)):
        assert isinstance(new, list if form == "list" else np.ndarray)
        if form == "rows":
            new = new.reshape(len(X), N_STEPS, -1)
        for found, x in zip(new, sequences, strict=True):
            assert found.dtype == dtype
            times = np.arange(len(x))
            expected = [fill_one(x, means, method, times), np.isnan(x), elapsed_of(x, times)]
            np.testing.assert_allclose(found[: len(x)], np.concatenate(expected, 1), rtol=1e-5)
            assert np.isnan(found[len(x) :]).all()
    assert pickle.dumps(X) == before


@pytest.mark.parametrize("form", FORMS)
def test_without_gaps_nothing_changes(form):
    X = ALL[form]
    for method in METHODS:
        new = FillSteps(method, n_step_features=N_FEATURES).fit_transform(X)
        for found, x in zip(new, X, strict=True):
            np.testing.assert_array_equal(found, x)


@pytest.mark.parametrize("method", METHODS)
def test_irregular_times_stay_a_feature(method):
    rng = np.random.default_rng(0)
    X = []
    for n in (1, 2, 9, 30):
        x = rng.normal(size=(n, 4))
        x[rng.uniform(size=x.shape) < 0.5] = NAN
        x[:, 2] = 1e6 + rng.integers(4, size=n).cumsum() / 7  # some of them equal
        X.append(x)
    means = np.nanmean(np.concatenate(X), axis=0)
    fitted = FillSteps(method, add_elapsed=True, times=2).fit(X)
    for x, found in zip(X, fitted.transform(X), strict=True):
        expected = fill_one(x, means, method, x[:, 2])
        np.testing.assert_allclose(found[:, :4], expected, rtol=1e-9)
        np.testing.assert_array_equal(found[:, 2], x[:, 2])
        np.testing.assert_allclose(found[:, 4:], elapsed_of(x, x[:, 2]), atol=1e-8)


def test_the_time_may_have_a_name():
    X = [np.array([[1, NAN], [2, 5], [6, NAN], [7, 10]])]
    named = [pd.DataFrame(x, columns=["hour", "pulse"]) for x in X]
    by_name, by_number = FillSteps("linear", times="hour"), FillSteps("linear", times=0)
    np.testing.assert_array_equal(by_name.fit_transform(named)[0], by_number.fit_transform(X)[0])
    assert by_name.times_ == by_number.times_ == 0
    assert by_name.get_feature_names_out().tolist() == ["hour", "pulse"]
    with pytest.raises(ValueError, match=r"these are \['hour', 'pulse'\]; got 'day'"):
        FillSteps(times="day").fit(named)


@pytest.mark.parametrize("method", METHODS)
def test_sequences_without_a_known_value(method):
    X = [np.full((3, 1), NAN), np.array([[NAN]]), np.array([[4.0]])]
    new = FillSteps(method).fit_transform(X)
    assert [x[:, 0].tolist() for x in new] == [[4, 4, 4], [4], [4]]
    with pytest.raises(ValueError, match=r"X\[0\] has no time step"):
        FillSteps(method).fit(np.full((2, 3, 1), NAN))


def test_what_is_padding():
    X = np.full((2, 5, 2), NAN)
    X[0, 0], X[0, 2, 1], X[1, 4, 0] = [1, 2], 3, 6
    np.testing.assert_array_equal(
        FillSteps(add_indicator=True).fit_transform(X),
        [
            [[1, 2, 0, 0], [1, 2, 1, 1], [1, 3, 1, 0], [NAN] * 4, [NAN] * 4],
            [*[[3.5, 2.5, 1, 1]] * 4, [6, 2.5, 0, 1]],
        ],
    )
    assert [x.tolist() for x in FillSteps().fit_transform(X[:, :, 0])] == [
        [1, 1, 1, 1, 1],
        [3.5, 3.5, 3.5, 3.5, 6],
    ]
    np.testing.assert_array_equal(
        FillSteps().fit_transform(X[:, :, :1])[0, :, 0], [1, NAN, NAN, NAN, NAN]
    )


def test_means_are_those_of_the_fit():
    fitted = FillSteps("mean").fit([np.array([1.0, NAN, 3.0])])
    assert fitted.transform([np.array([NAN, 100.0])])[0].ravel().tolist() == [2, 100]
    forward = FillSteps().fit([np.array([1.0, 3.0])])
    np.testing.assert_array_equal(
        forward.transform(np.array([[[NAN], [5.0]]])), np.array([[[2.0], [5.0]]])
    )


def test_names_of_features():
    X = ALL["list"]
    both = FillSteps(add_indicator=True, add_elapsed=np.True_).fit(X)
    names = ["x0", "x1", "x0_missing", "x1_missing", "x0_elapsed", "x1_elapsed"]
    assert both.get_feature_names_out().tolist() == names
    assert FillSteps().fit(X).get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    with pytest.raises(ValueError, match=r"number of features \(2\), got 3"):
        both.get_feature_names_out(["a", "b", "c"])
    with pytest.raises(NotFittedError):
        FillSteps().get_feature_names_out()


def test_names_of_columns():
    columns = ["a_0", "b_0", "a_1", "b_1"]
    frame = pd.DataFrame([[1, NAN, 3, 4], [5, 6, NAN, NAN]], columns=columns)
    fitted = FillSteps(add_indicator=True, n_step_features=2).fit(frame)
    assert fitted.feature_names_in_.tolist() == columns
    names = fitted.get_feature_names_out()
    assert names[:4].tolist() == ["a_0", "b_0", "a_0_missing", "b_0_missing"]
    new = pd.DataFrame(fitted.transform(frame), columns=names)
    assert new.loc[1, ["a_1", "b_1", "a_1_missing", "a_0_missing"]].tolist() == [5, 6, 1, 0]
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        fitted.transform(frame[columns[::-1]])
    nullable = frame.convert_dtypes()  # whose gaps are pd.NA
    np.testing.assert_array_equal(fitted.transform(nullable), fitted.transform(frame))
    of_steps = FillSteps().fit([frame]).transform
    np.testing.assert_array_equal(of_steps([nullable])[0], of_steps([frame])[0])
    cells, same = nullable.to_numpy(dtype=object)[None], frame.to_numpy()[None]
    np.testing.assert_array_equal(*map(FillSteps().fit_transform, (cells, same)))


@pytest.mark.parametrize("form", FORMS)
def test_cross_validated_on_every_form(form):
    X, sequences = with_gaps(form)
    filler = FillSteps(add_indicator=True, n_step_features=N_FEATURES)
    scaler = PerStep(StandardScaler(), n_step_features=2 * N_FEATURES)
    stack = StackSteps(2, n_step_features=2 * N_FEATURES)
    network = RNNSequenceClassifier(4, learning_rate=0.05, tol=0.01, random_state=0)
    y = np.array([np.nansum(x[-2:, 1]) > 0 for x in sequences])
    scores = cross_val_score(make_pipeline(filler, scaler, stack, network), X, y, cv=2)
    assert scores.mean() > 0.6


def test_searched_cloned_and_saved():
    X, _ = with_gaps("list")
    network = RNNSequenceClassifier(2, max_iter=3, tol=10, n_iter_no_change=1, random_state=0)
    search = GridSearchCV(
        make_pipeline(FillSteps(), network), {"fillsteps__method": METHODS}, cv=2
    ).fit(X, Y)
    fitted = search.best_estimator_[0]
    assert clone(fitted).get_params() == fitted.get_params()
    assert not hasattr(clone(fitted), "means_")
    assert get_tags(fitted).input_tags.allow_nan
    for copy in (
        pickle.loads(pickle.dumps(fitted)),
        skops.io.loads(skops.io.dumps(fitted), trusted=TRUSTED_TYPES),
    ):
        for found, x in zip(copy.transform(X), fitted.transform(X), strict=True):
            np.testing.assert_array_equal(found, x)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("method", "backward", "a str among {'forward', 'linear', 'mean'}"),
        ("add_indicator", 1, "a bool"),
        ("add_elapsed", None, "a bool"),
        ("times", -1, "an int in the range"),
        ("times", 1.0, "an int in the range .* a str or None"),
        ("times", True, "an int in the range"),
        ("n_step_features", 0, "an int in the range"),
    ],
)
def test_wrong_parameters(name, value, words):
    with pytest.raises(
        InvalidParameterError, match=f"The '{name}' parameter of FillSteps.*{words}"
    ):
        FillSteps(**{name: value}).fit(ALL["list"])


FALLING = [np.array([[0.0, 1], [NAN, 2]]), np.array([[0.0, 0], [1, 3], [2, 2.5]])]
NO_TIME = [FALLING[0], np.array([[0.0, 0], [1, NAN]])]
NEVER = [x * [1, NAN] for x in ALL["list"]]


@pytest.mark.parametrize(
    ("X", "times", "message"),
    [
        (FALLING, 1, r"feature 1 of X does, from 3.0 to 2.5: sequence 1, time step 2\. Sort"),
        (NO_TIME, 1, r"feature 1 of X is NaN: sequence 1, time step 1\."),
        (FALLING, 2, r"times must be a feature of a step, and these are \[0, 1\]; got 2"),
        (NEVER, None, r"Feature 1 is missing at all \d+ time steps of X, so that"),
        ([np.array([1.0, NAN, np.inf])], None, "X contains infinity.*: sequence 0, time step 2"),
        (FALLING, "hour", r"these are \[0, 1\]; got 'hour'"),
        ([pd.DataFrame(x, columns=["a", "b"]) for x in NEVER], None, "Feature b is missing at all"),
        (np.ones((2, 3)) * [1, NAN, 3], 1, r"these are \[0\]; got 1"),
    ],
)
def test_a_failed_fit_changes_nothing(X, times, message):
    fitted = FillSteps().fit(ALL["list"])
    before = dict(vars(fitted))
    fitted.times = times
    with pytest.raises(ValueError, match=message):
        fitted.fit(X)
    fitted.times = None
    assert vars(fitted) == before


def test_later_times_are_checked_as_well():
    fitted = FillSteps(times=1).fit([np.array([[NAN, 1], [3.0, 1]])])
    for X, message in ((FALLING, "may not decrease"), (NO_TIME, "must be known at each step")):
        with pytest.raises(ValueError, match=message):
            fitted.transform(X)


def test_another_x_than_that_of_the_fit():
    fitted = FillSteps().fit(ALL["list"])
    with pytest.raises(ValueError, match="FillSteps was fitted on 3-D or ragged X"):
        fitted.transform(ALL["rows"])
    with pytest.raises(ValueError, match="X has 1 features, but FillSteps is expecting 2"):
        fitted.transform([x[:, :1] for x in ALL["list"]])
    with pytest.raises(NotFittedError):
        FillSteps().transform(ALL["list"])
    with pytest.raises(ValueError, match="which n_step_features=5 does not divide"):
        FillSteps(n_step_features=5).fit(ALL["rows"])
