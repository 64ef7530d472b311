"""Transformers of time steps: on every form of X, they do what they do to a table of steps."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import InvalidParameterError, RNNSequenceClassifier
from skrnn.preprocessing import PerStep
from skrnn.preprocessing.inner import takes_gaps
from tests.estimators.forms import FORMS, N_FEATURES, N_STEPS, make_forms, objects

ALL, Y = make_forms()
LENGTHS = np.array([len(x) for x in ALL["list"]])
RAGGED = {"NaN-padded", "list", "objects"}


def steps_of(form, X):
    """Return all steps of the small problem in one table."""
    if form == "NaN-padded":
        return X[np.arange(X.shape[1]) < LENGTHS[:, None]]
    if form in RAGGED:
        return np.concatenate(list(X))
    return np.reshape(X, (len(X) * N_STEPS, -1))


def lengths_of(form):
    return LENGTHS if form in RAGGED else np.full(len(Y), N_STEPS)


def signs_at_the_end(form):
    """Return labels that a network learns from few sequences."""
    return steps_of(form, ALL[form]).reshape(-1, N_FEATURES)[lengths_of(form).cumsum() - 1, 0] > 0


def per_step(transformer):
    return PerStep(transformer, n_step_features=N_FEATURES)


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(),
        PCA(),
        KNNImputer(),
        OneHotEncoder(handle_unknown="ignore"),
        SelectKBest(k=1),
        make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()),
    ],
    ids=str,
)
def test_check_estimator(transformer):
    results = check_estimator(PerStep(transformer), on_skip=None, on_fail=None)
    assert len(results) > 40
    assert [result for result in results if result["status"] != "passed"] == []


@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check):
    check("PerStep", PerStep(StandardScaler()))


@pytest.mark.parametrize("transformer", [StandardScaler(), PCA(1)], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_steps_are_what_the_transformer_makes_of_their_table(form, transformer):
    X, steps = ALL[form], steps_of(form, ALL[form])
    expected = transformer.fit_transform(steps)
    for new in (
        per_step(transformer).fit_transform(X),
        per_step(transformer).fit(X).transform(X),
    ):
        np.testing.assert_allclose(steps_of(form, new), expected, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_the_result_has_the_form_of_x(form):
    X = ALL[form]
    new = per_step(FunctionTransformer(lambda steps: steps[:, [0, 1, 0]])).fit_transform(X)
    if form in {"list", "objects"}:
        assert isinstance(new, list if form == "list" else np.ndarray)
        assert [x.shape for x in new] == [(length, 3) for length in LENGTHS]
    elif form == "rows":
        assert new.shape == (len(X), N_STEPS * 3)
        np.testing.assert_array_equal(new[:, :3], X[:, [0, 1, 0]])
    else:
        assert new.shape == (len(X), N_STEPS, 3)
        np.testing.assert_array_equal(new, X[:, :, [0, 1, 0]])  # NaN where it was


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_precision_is_kept(form, dtype):
    X = make_forms(dtype)[0][form]
    fitted = per_step(StandardScaler()).fit(X)
    for new in (fitted.transform(X), fitted.inverse_transform(X), clone(fitted).fit_transform(X)):
        assert steps_of(form, new).dtype == dtype


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("transformer", [StandardScaler(), PCA(2)], ids=str)
def test_inverse_transform(form, transformer):
    X = ALL[form]
    fitted = per_step(transformer).fit(X)
    back = fitted.inverse_transform(fitted.transform(X))
    assert type(back) is type(fitted.transform(X))
    np.testing.assert_allclose(steps_of(form, back), steps_of(form, X), atol=1e-12)


def test_inverse_transform_of_other_width():
    rows = ALL["rows"]
    fitted = per_step(PCA(1)).fit(rows)
    assert fitted.transform(rows).shape == (len(rows), N_STEPS)
    assert fitted.inverse_transform(fitted.transform(rows)).shape == rows.shape
    with pytest.raises(ValueError, match="X has 7 columns, but must have as many for each of"):
        fitted.inverse_transform(np.ones((3, 7)))
    with pytest.raises(ValueError, match="PerStep was fitted on 2-D X"):
        fitted.inverse_transform(ALL["3-D"])
    with pytest.raises(ValueError, match=r"X must hold real numbers, but X\[0, 0\] is 10"):
        fitted.inverse_transform(np.full(rows.shape, 10**400, dtype=object))


def test_one_feature_in_one_dimension():
    X = [np.arange(3.0), np.arange(4.0)]
    new = PerStep(StandardScaler()).fit_transform(X)
    assert [x.shape for x in new] == [(3, 1), (4, 1)]
    assert [x.shape for x in PerStep(StandardScaler()).fit(X).transform(tuple(X))] == [
        (3, 1),
        (4, 1),
    ]


def test_fitted_on_a_list_it_takes_3d():
    fitted = PerStep(StandardScaler()).fit(ALL["list"])
    padded = fitted.transform(ALL["NaN-padded"])
    np.testing.assert_array_equal(
        steps_of("NaN-padded", padded), np.concatenate(fitted.transform(ALL["list"]))
    )
    with pytest.raises(ValueError, match="PerStep was fitted on 3-D or ragged X"):
        fitted.transform(ALL["rows"])


def test_sparse_and_integer_output_becomes_dense():
    X = [np.array([0, 2]), np.array([1, 1, 0])]
    encoder = PerStep(OneHotEncoder(dtype=int))
    np.testing.assert_array_equal(encoder.fit_transform(X)[0], [[1, 0, 0], [0, 0, 1]])
    padded = np.array([[0, 2, np.nan], [1, 1, 0]])[:, :, None]
    np.testing.assert_array_equal(encoder.transform(padded)[0, -1], [np.nan] * 3)
    assert encoder.transform(padded[1:]).dtype == int


def test_features_in_different_ways():
    X = [np.column_stack([rng.integers(3, size=5), rng.normal(size=5)]) for rng in RNGS]
    columns = ColumnTransformer([("code", OneHotEncoder(), [0]), ("size", StandardScaler(), [1])])
    assert PerStep(columns).fit_transform(X)[0].shape == (5, 4)


RNGS = [np.random.default_rng(seed) for seed in range(6)]


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_output_as_frames_changes_nothing(output):
    X, scaler = ALL["list"], StandardScaler()
    expected = PerStep(StandardScaler()).fit_transform(X)
    scaler.set_output(transform=output)
    np.testing.assert_array_equal(PerStep(scaler).fit_transform(X)[0], expected[0])
    with config_context(transform_output=output):
        for fitted in (PerStep(StandardScaler()).fit(X), PerStep(StandardScaler()).partial_fit(X)):
            np.testing.assert_allclose(fitted.transform(X)[0], expected[0])


class Spy(FunctionTransformer):
    """Remember what fit was given."""

    def fit(self, X, y=None, **fit_params):
        self.seen_ = X, y, fit_params
        return super().fit(X, y)

    def fit_transform(self, X, y=None, **fit_params):
        return self.fit(X, y, **fit_params).transform(X)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_y_goes_with_the_steps(form, method):
    def seen(y):
        spy = per_step(Spy())
        getattr(spy, method)(ALL[form], y)
        return spy.transformer_.seen_[1]

    lengths = lengths_of(form)
    np.testing.assert_array_equal(seen(Y), np.repeat(Y, lengths))
    np.testing.assert_array_equal(seen(Y.tolist()), np.repeat(Y, lengths))
    outputs = np.arange(3 * len(Y)).reshape(-1, 3)  # several for each sequence
    np.testing.assert_array_equal(seen(outputs), np.repeat(outputs, lengths, axis=0))
    of_steps = [np.arange(length) for length in lengths]
    np.testing.assert_array_equal(seen(of_steps), np.concatenate(of_steps))
    np.testing.assert_array_equal(seen(objects(of_steps)), np.concatenate(of_steps))
    assert seen(None) is None
    for wrong in (Y[1:], of_steps[1:]):
        with pytest.raises(ValueError, match=f"X has {len(Y)} sequences, but y has {len(Y) - 1}"):
            seen(wrong)


def test_columns_of_y_are_steps_where_a_tagger_has_them():
    def seen(X, y):
        return PerStep(Spy()).fit(X, y).transformer_.seen_[1]

    y = np.arange(len(Y) * N_STEPS).reshape(-1, N_STEPS)
    np.testing.assert_array_equal(seen(ALL["3-D"], y), y.ravel())
    np.testing.assert_array_equal(seen(list(ALL["3-D"]), y), y.ravel())
    there = np.arange(N_STEPS) < LENGTHS[:, None]
    np.testing.assert_array_equal(seen(ALL["NaN-padded"], y), y[there])
    np.testing.assert_array_equal(seen(ALL["list"], y), np.repeat(y, LENGTHS, axis=0))
    numbers = y[:, :, None]
    np.testing.assert_array_equal(seen(ALL["NaN-padded"], numbers), numbers[there])


def test_supervised_transformers_learn_from_y():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(n, 3)) for n in rng.integers(2, 6, size=40)]
    of_sequences = np.array([i % 2 for i in range(40)])
    for x, label in zip(X, of_sequences, strict=True):
        x[:, 1] += 3 * label
    selected = PerStep(SelectKBest(k=1)).fit_transform(X, of_sequences)
    np.testing.assert_array_equal(selected[3], X[3][:, [1]])
    of_steps = [(x[:, 2] > 0).astype(int) for x in X]
    np.testing.assert_array_equal(
        PerStep(SelectKBest(k=1)).fit(X, of_steps).transform(X)[3], X[3][:, [2]]
    )
    assert PerStep(LinearDiscriminantAnalysis()).fit_transform(X, of_steps)[0].shape[1] == 1
    with pytest.raises(ValueError, match="requires y to be passed"):
        PerStep(SelectKBest(k=1)).fit(X)


def test_fit_transform_is_that_of_the_transformer():
    rng = np.random.default_rng(0)
    X = [rng.integers(4, size=(5, 1)).astype(float) for _ in range(20)]
    y = rng.normal(size=20)
    encoder = PerStep(TargetEncoder(target_type="continuous"))  # which encodes fold by fold
    at_once = np.concatenate(encoder.fit_transform(X, y))
    assert np.unique(at_once).size > 4
    assert np.unique(np.concatenate(encoder.transform(X))).size == 4


@pytest.mark.parametrize("form", FORMS)
def test_sample_weight_is_that_of_steps(form):
    weights = np.random.default_rng(0).uniform(size=len(Y))
    steps, lengths = steps_of(form, ALL[form]), lengths_of(form)
    expected = StandardScaler().fit(steps, sample_weight=np.repeat(weights, lengths)).mean_
    of_steps = [np.full(length, weight) for length, weight in zip(lengths, weights, strict=True)]
    for given in (weights, of_steps):
        for method in ("fit", "fit_transform", "partial_fit"):
            scaler = per_step(StandardScaler())
            getattr(scaler, method)(ALL[form], sample_weight=given)
            np.testing.assert_allclose(scaler.transformer_.mean_, expected)


def test_partial_fit_goes_on():
    X = ALL["list"]
    whole = PerStep(StandardScaler()).fit(X)
    parts = PerStep(StandardScaler())
    for part in (X[:20], X[20:30], X[30:]):
        parts.partial_fit(part)
    np.testing.assert_allclose(parts.transformer_.mean_, whole.transformer_.mean_)
    with pytest.raises(ValueError, match="X has 1 features, but PerStep is expecting 2"):
        parts.partial_fit([x[:, :1] for x in X])
    assert not hasattr(PerStep(PCA()), "partial_fit")
    assert not hasattr(PerStep(OneHotEncoder()), "partial_fit")
    assert not hasattr(PerStep(LinearDiscriminantAnalysis()), "inverse_transform")


def test_names_of_features():
    X, fitted = ALL["list"], PerStep(StandardScaler()).fit(ALL["list"])
    assert fitted.n_features_in_ == 2
    assert fitted.get_feature_names_out().tolist() == ["x0", "x1"]
    assert fitted.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    assert PerStep(PCA(1)).fit(X).get_feature_names_out().tolist() == ["pca0"]
    assert not hasattr(PerStep(FunctionTransformer()).fit(X), "get_feature_names_out")


def test_names_of_columns():
    columns = ["a_0", "b_0", "a_1", "b_1"]
    X = pd.DataFrame(np.arange(12.0).reshape(3, 4) % 5, columns=columns)
    scaler = per_step(StandardScaler()).fit(X)
    assert scaler.feature_names_in_.tolist() == columns
    assert scaler.get_feature_names_out().tolist() == columns
    assert scaler.get_feature_names_out(columns).tolist() == columns
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        scaler.get_feature_names_out(columns[::-1])
    assert per_step(PCA(1)).fit(X).get_feature_names_out().tolist() == ["step0_pca0", "step1_pca0"]
    encoder = PerStep(OneHotEncoder(handle_unknown="ignore")).fit(X.astype(bool).to_numpy())
    assert encoder.get_feature_names_out()[:3].tolist() == ["x0_0.0", "x0_1.0", "x1_0.0"]
    with pytest.raises(ValueError, match=r"number of features \(4\), got 3"):
        encoder.get_feature_names_out(columns[:3])


def test_searched_in_a_pipeline():
    network = RNNSequenceClassifier(4, learning_rate=0.05, tol=0.01, random_state=0)
    grid = {
        "perstep__transformer": [StandardScaler(), PCA(1)],
        "rnnsequenceclassifier__hidden_layer_sizes": [4, 8],
    }
    model = make_pipeline(PerStep(StandardScaler()), network)
    X = [x * 50 + 300 for x in ALL["list"]]
    y = signs_at_the_end("list")
    search = GridSearchCV(model, grid, cv=2, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.8
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(copy.predict_proba(X), search.predict_proba(X))
    scaling = GridSearchCV(model, {"perstep__transformer__with_mean": [True, False]}, cv=2)
    assert scaling.fit(X, y).best_params_["perstep__transformer__with_mean"]


@pytest.mark.parametrize("form", FORMS)
def test_cross_validated_on_every_form(form):
    network = RNNSequenceClassifier(
        4, n_step_features=N_FEATURES, learning_rate=0.05, tol=0.01, random_state=0
    )
    model = make_pipeline(per_step(StandardScaler()), network)
    assert cross_val_score(model, ALL[form], signs_at_the_end(form), cv=2).mean() > 0.8


@pytest.mark.parametrize("wrong", [StandardScaler, None, "passthrough", RNNSequenceClassifier()])
def test_a_transformer_that_is_none(wrong):
    with pytest.raises(InvalidParameterError, match="must be an instance of a transformer"):
        PerStep(wrong).fit(ALL["list"])


def test_wrong_features_of_a_step():
    with pytest.raises(InvalidParameterError, match="'n_step_features' parameter of PerStep"):
        PerStep(StandardScaler(), n_step_features=0).fit(ALL["rows"])
    with pytest.raises(InvalidParameterError, match="'n_step_features' parameter of PerStep"):
        PerStep(StandardScaler(), n_step_features=10**40).fit(ALL["list"])
    with pytest.raises(ValueError, match="which n_step_features=5 does not divide"):
        PerStep(StandardScaler(), n_step_features=5).fit(ALL["rows"])


@pytest.mark.parametrize("change", [lambda x: x[1:], lambda x: x[:, 0], lambda x: x.sum()])
def test_a_transformer_that_changes_the_number_of_steps(change):
    with pytest.raises(ValueError, match="must return a row for each time step"):
        PerStep(FunctionTransformer(change)).fit_transform(ALL["list"])


@pytest.mark.parametrize(("value", "inner"), [(np.nan, PCA()), (np.inf, StandardScaler())])
def test_not_a_number(value, inner):
    X = [x.copy() for x in ALL["list"]]
    X[2][0, 1] = value
    with pytest.raises(ValueError, match=r"X contains \w+.*: sequence 2, time step 0, feature 1"):
        PerStep(inner).fit(X)
    with pytest.raises(ValueError, match=r"X contains \w+.*: sequence 2, time step 0, feature 1"):
        PerStep(inner).fit(ALL["list"]).transform(X)


def with_gaps(form):
    """Return X with gaps, one of them a whole step, and all of its steps in one table."""
    X = [x.copy() for x in ALL[form]]
    for i in (0, 1):  # which are not padded
        x = X[i].reshape(N_STEPS, N_FEATURES)
        x[0, 1] = x[2] = x[-1, 0] = np.nan
    X = objects(X) if form == "objects" else X if form == "list" else np.stack(X)
    return X, steps_of(form, X)


@pytest.mark.parametrize("inner", [SimpleImputer(), KNNImputer(), StandardScaler()], ids=str)
@pytest.mark.parametrize("form", FORMS)
def test_gaps_are_given_to_what_takes_them_and_padding_is_not(form, inner):
    X, steps = with_gaps(form)
    expected = clone(inner).fit_transform(steps.reshape(-1, N_FEATURES))
    fitted = per_step(inner).fit(X)
    for new in (fitted.transform(X), per_step(inner).fit_transform(X)):
        np.testing.assert_allclose(steps_of(form, new).reshape(-1, N_FEATURES), expected)
    if hasattr(inner, "scale_"):
        back = steps_of(form, fitted.inverse_transform(fitted.transform(X)))
        np.testing.assert_allclose(back.reshape(-1, N_FEATURES), steps)


def test_of_one_feature_only_what_a_known_step_follows_is_a_gap():
    X = np.array([[1.0, np.nan, 3, np.nan], [np.nan, 5, 6, 9]])
    last = np.array([np.nan])
    imputer = PerStep(SimpleImputer(strategy="constant", fill_value=-1.0))
    np.testing.assert_array_equal(
        imputer.fit_transform(X[:, :, None])[:, :, 0], [[1, -1, 3, np.nan], [-1, 5, 6, 9]]
    )
    np.testing.assert_array_equal(imputer.fit_transform(X), [[1, -1, 3, -1], [-1, 5, 6, 9]])
    as_list = imputer.fit_transform([*X, last])
    assert [x[:, 0].tolist() for x in as_list] == [[1, -1, 3, -1], [-1, 5, 6, 9], [-1]]
    with pytest.raises(ValueError, match=r"X\[0\] has no time step"):
        imputer.fit(np.full((1, 2, 1), np.nan))


@pytest.mark.parametrize(
    ("inner", "takes", "surely"),
    [
        (SimpleImputer(), True, True),
        (PCA(), False, False),
        (make_pipeline("passthrough", SimpleImputer(), StandardScaler()), True, True),
        (make_pipeline("passthrough", SimpleImputer(), PCA()), True, False),  # as far as tags tell
        (make_pipeline(StandardScaler(), PCA()), True, False),
        (make_pipeline(PCA(), SimpleImputer()), False, False),
        (ColumnTransformer([("fill", SimpleImputer(), [0]), ("drop", "drop", [1])]), True, True),
        (ColumnTransformer([("turn", PCA(), [0, 1])]), False, False),
        (make_union(PCA(), make_pipeline(SimpleImputer(), StandardScaler())), True, True),
        (FunctionTransformer(np.nan_to_num), True, True),
        (FunctionTransformer(validate=True), False, False),
    ],
)
def test_who_takes_gaps(inner, takes, surely):
    """Of a pipeline, scikit-learn's own tag says that it takes none, whatever its first step."""
    assert takes_gaps(inner) is takes
    assert get_tags(PerStep(inner)).input_tags.allow_nan is surely


def test_what_is_left_of_gaps_an_estimator_refuses():
    X, _ = with_gaps("list")
    model = make_pipeline(PerStep(StandardScaler()), RNNSequenceClassifier(4))
    with pytest.raises(ValueError, match=r"NaN: sequence 0, time step 0, feature 1.*FillSteps"):
        model.fit(X, Y)


class FailsHalfWay(StandardScaler):
    def partial_fit(self, X, y=None, sample_weight=None):
        super().partial_fit(X)
        if len(X) == 1:
            raise RuntimeError
        return self


def test_a_partial_fit_that_fails_half_way_is_undone():
    fitted = PerStep(FailsHalfWay()).partial_fit(ALL["list"])
    n_seen = fitted.transformer_.n_samples_seen_
    with pytest.raises(RuntimeError):
        fitted.partial_fit([ALL["list"][0][:1]])
    assert fitted.transformer_.n_samples_seen_ == n_seen


def test_a_failed_fit_changes_nothing():
    fitted = PerStep(StandardScaler()).fit(ALL["list"])
    before, expected = dict(vars(fitted)), fitted.transform(ALL["list"])[0]
    for fail in (fitted.fit, fitted.fit_transform, fitted.partial_fit):
        with pytest.raises(ValueError, match="sample_weight must be finite and not negative"):
            fail([x + 1 for x in ALL["list"]], sample_weight=[-1.0] * len(Y))
    fitted.transformer = PCA(7)
    with pytest.raises(ValueError, match="n_components=7"):
        fitted.fit(ALL["list"])
    fitted.transformer = before["transformer"]
    assert vars(fitted) == before
    np.testing.assert_array_equal(fitted.transform(ALL["list"])[0], expected)
    with pytest.raises(NotFittedError):
        PerStep(StandardScaler()).transform(ALL["list"])
