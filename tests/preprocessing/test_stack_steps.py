"""Several time steps joined into one, as a loop that can be read joins them."""

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
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import (
    InvalidParameterError,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.preprocessing import PerStep, StackSteps
from skrnn.saving import TRUSTED_TYPES
from tests.estimators.forms import FORMS, N_FEATURES, N_STEPS, make_forms

ALL, Y = make_forms()


def stack_one(sequence, n_steps):
    """Return one sequence with its steps joined."""
    steps = list(sequence)
    while len(steps) % n_steps:
        steps.insert(0, steps[0])
    return np.array([np.concatenate(steps[i : i + n_steps]) for i in range(0, len(steps), n_steps)])


def sequences_of(form, X):
    """Return each sequence of the small problem by itself."""
    if form in {"list", "NaN-padded", "objects"}:
        return ALL["list"]
    return list(np.reshape(X, (len(X), N_STEPS, N_FEATURES)))


def signs_at_the_end(form):
    """Return labels that a network learns from few sequences."""
    return np.array([x[-1, 0] > 0 for x in sequences_of(form, ALL[form])])


def stack_steps(n_steps="auto"):
    return StackSteps(n_steps, n_step_features=N_FEATURES)


@pytest.mark.parametrize("n_steps", ["auto", 3])
def test_check_estimator(n_steps):
    results = check_estimator(StackSteps(n_steps), on_skip=None, on_fail=None)
    assert len(results) > 40
    assert [result for result in results if result["status"] != "passed"] == []


@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check):
    check("StackSteps", StackSteps(2))


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 6, 10])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_are_those_of_a_loop_in_the_form_of_x(form, n_steps, dtype):
    X = make_forms(dtype)[0][form]
    expected = [stack_one(x.astype(dtype), n_steps) for x in sequences_of(form, X)]
    width = -(-N_STEPS // n_steps)
    for new in (
        stack_steps(n_steps).fit_transform(X),
        stack_steps(n_steps).fit(X, Y).transform(X),
    ):
        assert isinstance(new, list if form == "list" else np.ndarray)
        if form not in {"list", "objects"}:
            assert new.shape == (len(X), width, n_steps * N_FEATURES)
        for found, joined in zip(new, expected, strict=True):
            assert found.dtype == dtype
            np.testing.assert_array_equal(found[: len(joined)], joined)
            assert np.isnan(found[len(joined) :]).all()


def test_the_first_new_step_is_filled_up():
    X = [np.array([[1.0, 10], [2, 20], [3, 30]])]
    np.testing.assert_array_equal(
        StackSteps(2).fit_transform(X)[0], [[1, 10, 1, 10], [2, 20, 3, 30]]
    )


def test_a_sequence_is_joined_as_if_alone():
    X, fitted = ALL["list"], StackSteps(4).fit(ALL["list"])
    for together, x in zip(fitted.transform(X), X, strict=True):
        np.testing.assert_array_equal(together, fitted.transform([x])[0])


def test_padding_beyond_every_sequence():
    X = np.full((2, 7, 1), np.nan)
    X[0, :3, 0], X[1, :1, 0] = [1, 2, 3], [4]
    new = StackSteps(2).fit_transform(X)
    nothing = [np.nan, np.nan]
    np.testing.assert_array_equal(new[0], [[1, 1], [2, 3], nothing, nothing])
    np.testing.assert_array_equal(new[1], [[4, 4], nothing, nothing, nothing])


def test_fitted_on_a_list_it_takes_3d():
    fitted = StackSteps(4).fit(ALL["list"])
    for found, x in zip(fitted.transform(ALL["NaN-padded"]), ALL["list"], strict=True):
        np.testing.assert_array_equal(found[~np.isnan(found[:, 0])], stack_one(x, 4))


@pytest.mark.parametrize(
    ("lengths", "n_steps"),
    [([1], 1), ([47], 1), ([49], 2), ([100, 320, 1000], 10), ([10, 20, 30, 9000], 1)],
)
def test_auto_leaves_about_32_steps(lengths, n_steps):
    X = [np.ones((length, 2)) for length in lengths]
    assert StackSteps().fit(X).n_steps_ == n_steps
    padded = np.full((len(X), max(lengths) + 500, 2), np.nan)
    for row, x in zip(padded, X, strict=True):
        row[: len(x)] = x
    assert StackSteps().fit(padded).n_steps_ == n_steps


def test_auto_counts_the_steps_of_rows():
    X = np.ones((3, 640))
    assert StackSteps().fit(X).n_steps_ == 20
    assert StackSteps(n_step_features=2).fit(X).n_steps_ == 10
    assert StackSteps(np.int64(7)).fit(X).n_steps_ == 7


def test_names_of_features():
    X = ALL["list"]
    names = ["x0_lag2", "x1_lag2", "x0_lag1", "x1_lag1", "x0_lag0", "x1_lag0"]
    assert StackSteps(3).fit(X).get_feature_names_out().tolist() == names
    assert StackSteps(1).fit(X).get_feature_names_out(["a", "b"]).tolist() == ["a_lag0", "b_lag0"]
    with pytest.raises(ValueError, match=r"number of features \(2\), got 3"):
        StackSteps(1).fit(X).get_feature_names_out(["a", "b", "c"])
    with pytest.raises(NotFittedError):
        StackSteps(1).get_feature_names_out()


def test_names_of_columns_are_not_part_of_those_of_features():
    columns = ["a_0", "b_0", "a_1", "b_1"]
    frame = pd.DataFrame(np.arange(12.0).reshape(3, 4), columns=columns)
    fitted = stack_steps(2).fit(frame)
    assert fitted.feature_names_in_.tolist() == columns
    names = ["x0_lag1", "x1_lag1", "x0_lag0", "x1_lag0"]
    for given in (None, columns):
        assert fitted.get_feature_names_out(given).tolist() == names
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        fitted.get_feature_names_out(columns[::-1])
    np.testing.assert_array_equal(fitted.transform(frame)[:, 0], frame.to_numpy())
    with pytest.raises(ValueError, match="feature names should match those that were passed"):
        fitted.transform(frame[columns[::-1]])


OF_STEPS = [
    (form, y)
    for form in ("3-D", "NaN-padded", "list", "objects")
    for y in (
        np.zeros((len(Y), N_STEPS, 2)),
        [np.zeros(len(x)) for x in sequences_of(form, ALL[form])],
    )
] + [(form, np.zeros((len(Y), N_STEPS), int)) for form in ("3-D", "NaN-padded")]


@pytest.mark.parametrize(("form", "y"), OF_STEPS)
def test_targets_of_steps_do_not_fit_to_joined_ones(form, y):
    with pytest.raises(ValueError, match=r"no single target\. Leave StackSteps out, before a"):
        stack_steps().fit(ALL[form], y)


def test_a_tagger_has_such_targets():
    labels = [(x[:, 0] > 0).astype(int) for x in ALL["list"]]
    with pytest.raises(ValueError, match="y has a target for each time step"):
        make_pipeline(StackSteps(2), RNNSequenceTagger(4)).fit(ALL["list"], labels)


@pytest.mark.parametrize("form", FORMS)
def test_several_outputs_of_a_sequence(form):
    numbers = np.random.default_rng(0).normal(size=(len(Y), 3))
    network = RNNSequenceRegressor(4, learning_rate=0.01, tol=0.1)
    model = make_pipeline(stack_steps(2), network).fit(ALL[form], numbers)
    assert model.predict(ALL[form]).shape == numbers.shape
    as_many_as_steps = np.zeros((len(Y), N_STEPS))
    stack_steps(2).fit(ALL[form], as_many_as_steps)  # a tagger has no real numbers
    stack_steps(2).fit(ALL["rows"], as_many_as_steps.astype(int))  # of rows, all are outputs


@pytest.mark.parametrize("form", FORMS)
def test_cross_validated_on_every_form(form):
    """Without features of a step for the network, which is given 3-D X."""
    network = RNNSequenceClassifier(4, learning_rate=0.05, tol=0.01, random_state=0)
    scaler = PerStep(StandardScaler(), n_step_features=N_FEATURES)
    model = make_pipeline(scaler, stack_steps(3), network)
    assert cross_val_score(model, ALL[form], signs_at_the_end(form), cv=2).mean() > 0.7


def test_searched_in_a_pipeline():
    network = RNNSequenceClassifier(4, learning_rate=0.05, tol=0.01, random_state=0)
    model = make_pipeline(StackSteps(), network)
    search = GridSearchCV(model, {"stacksteps__n_steps": ["auto", 2, 6]}, cv=2)
    search.fit(ALL["list"], signs_at_the_end("list"))
    assert search.best_score_ > 0.8
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(
        copy.predict_proba(ALL["list"]), search.predict_proba(ALL["list"])
    )


def test_cloned_and_saved():
    fitted = stack_steps(4).fit(ALL["rows"])
    assert clone(fitted).get_params() == fitted.get_params()
    assert not hasattr(clone(fitted), "n_steps_")
    for copy in (
        pickle.loads(pickle.dumps(fitted)),
        skops.io.loads(skops.io.dumps(fitted), trusted=TRUSTED_TYPES),
    ):
        np.testing.assert_array_equal(copy.transform(ALL["rows"]), fitted.transform(ALL["rows"]))


@pytest.mark.parametrize("wrong", [0, -1, 2.0, "all", True, None, b"a", 10**40, 10**6 + 1])
def test_wrong_number_of_steps(wrong):
    with pytest.raises(
        InvalidParameterError,
        match=r"The 'n_steps' parameter of StackSteps must be a str among {'auto'} or an int in",
    ):
        StackSteps(wrong).fit(ALL["list"])


def test_wrong_features_of_a_step():
    with pytest.raises(InvalidParameterError, match="'n_step_features' parameter of StackSteps"):
        StackSteps(n_step_features=0).fit(ALL["rows"])
    with pytest.raises(InvalidParameterError, match="'n_step_features' parameter of StackSteps"):
        StackSteps(n_step_features=10**40).fit(ALL["list"])
    with pytest.raises(ValueError, match="which n_step_features=5 does not divide"):
        StackSteps(n_step_features=5).fit(ALL["rows"])


@pytest.mark.parametrize(("value", "name"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_not_a_number(value, name):
    X = [x.copy() for x in ALL["list"]]
    X[2][0, 1] = value
    with pytest.raises(ValueError, match=f"X contains {name}.*: sequence 2, time step 0, feature"):
        StackSteps().fit(X)
    with pytest.raises(ValueError, match=f"X contains {name}"):
        StackSteps().fit(ALL["list"]).transform(X)


def test_another_x_than_that_of_the_fit():
    fitted = StackSteps(2).fit(ALL["list"])
    with pytest.raises(ValueError, match="StackSteps was fitted on 3-D or ragged X"):
        fitted.transform(ALL["rows"])
    with pytest.raises(ValueError, match="X has 1 features, but StackSteps is expecting 2"):
        fitted.transform([x[:, :1] for x in ALL["list"]])
    with pytest.raises(ValueError, match="StackSteps was fitted on 2-D X"):
        stack_steps(2).fit(ALL["rows"]).transform(ALL["3-D"])
    with pytest.raises(NotFittedError):
        StackSteps().transform(ALL["list"])


def test_a_failed_fit_changes_nothing():
    fitted = StackSteps(2).fit(ALL["list"])
    before = dict(vars(fitted))
    for X, y in ((ALL["rows"][:, :5], [Y]), (ALL["3-D"], ALL["3-D"]), ([np.ones((0, 2))], None)):
        fitted.n_steps, fitted.n_step_features = 3, 2
        with pytest.raises(ValueError, match=r"X has 5 columns|y has a target|X\[0\] has no time"):
            fitted.fit(X, y)
        fitted.n_steps, fitted.n_step_features = 2, 1
        assert vars(fitted) == before
