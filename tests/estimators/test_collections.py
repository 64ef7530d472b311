"""What other libraries hold sequences in, names of features, and X that is meant otherwise."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import DataDimensionalityWarning
from sklearn.inspection import permutation_importance
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.metrics import over_steps
from skrnn.preprocessing import PerStep, StackSteps, to_frame

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
CUBE = RNG.normal(size=(30, 5, 2))
RAGGED = [x[: 3 + i % 3] for i, x in enumerate(CUBE)]
ONE = [x[:, 0] for x in RAGGED]
Y = np.array([0, 1] * 15)
FEW = {"hidden_layer_sizes": 4, "max_iter": 2, "random_state": 0}
LISTS, LISTS_OF_ONE = [x.tolist() for x in RAGGED], [x.tolist() for x in ONE]
NESTED = pa.list_(pa.list_(pa.float64()))


class Unreadable:
    """As awkward's ragged arrays: they refuse to be an array, and their items do not."""

    def __iter__(self):
        return iter(RAGGED)

    def __array__(self, dtype=None, copy=None):
        raise ValueError("cannot convert to RegularArray")


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


COLLECTIONS = {
    "pandas cells": (pd.DataFrame({"s": RAGGED}), RAGGED),
    "pandas cells of one feature": (pd.DataFrame({"s": ONE}), ONE),
    "objects (n, 1)": (objects(RAGGED)[:, None], RAGGED),
    "pandas, Arrow's lists": (pd.Series(LISTS, dtype=pd.ArrowDtype(NESTED)), RAGGED),
    "parquet": (pa.table({"s": pa.array(LISTS, NESTED)}).to_pandas(), RAGGED),
    "Arrow's list<double>": (pa.array(LISTS_OF_ONE), ONE),
    "Arrow's list<list<double>>": (pa.array(LISTS), RAGGED),
    "Arrow's chunks": (pa.chunked_array([LISTS[:9], LISTS[9:]]), RAGGED),
    "Arrow's table": (pa.table({"s": LISTS}), RAGGED),
    "Arrow's tensors": (pa.FixedShapeTensorArray.from_numpy_ndarray(CUBE), CUBE),
    "polars List": (pl.Series(LISTS_OF_ONE), ONE),
    "polars List(List)": (pl.Series(LISTS), RAGGED),
    "polars Array": (pl.Series(CUBE, dtype=pl.Array(pl.Float64, (5, 2))), CUBE),
    "polars frame": (pl.DataFrame({"s": LISTS}), RAGGED),
    "ragged and no array": (Unreadable(), RAGGED),
}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_collections(name):
    X, plain = COLLECTIONS[name]
    model = RNNSequenceClassifier(**FEW).fit(X, Y)
    expected = RNNSequenceClassifier(**FEW).fit(plain, Y).predict_proba(plain)
    np.testing.assert_array_equal(model.predict_proba(X), expected)
    assert model.n_features_in_ == (1 if plain is ONE else 2)
    scaled = PerStep(StandardScaler()).fit_transform(X)
    for one, other in zip(scaled, PerStep(StandardScaler()).fit_transform(plain), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_column_that_is_a_sequence_alone():
    from collections.abc import Sequence

    class OfArrays(Sequence):
        def __len__(self):
            return len(RAGGED)

        def __getitem__(self, i):
            return RAGGED[i]

    np.testing.assert_array_equal(
        RNNSequenceClassifier(**FEW).fit(OfArrays(), Y).predict_proba(OfArrays()),
        RNNSequenceClassifier(**FEW).fit(RAGGED, Y).predict_proba(RAGGED),
    )


class Dims(np.ndarray):
    """As an xarray.DataArray: it names its axes."""

    dims = ("case", "channel", "time")


class Packed(tuple):
    __slots__ = ()
    batch_sizes, data = np.array([2, 1]), CUBE[0]


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (CUBE.view(Dims), r"Give X.transpose\('case', 'time', 'channel'\)"),
        (Packed(), "torch.nn.utils.rnn.unpack_sequence"),
        (np.ma.masked_greater(CUBE, 1), r"X is a masked array, .* X.filled\(np.nan\)"),
        ([CUBE[0], np.ma.masked_greater(CUBE[1], 0)] * 15, r"X\[1\] is a masked array"),
        (pa.array([[[1.0, 2.0], [3.0]]] * 30), r"X\[0\]\[1\] has shape \(1,\)"),
        ([x.T for x in RAGGED], r"X\[1\] has 4 features, .*ChannelsFirst first"),
    ],
)
def test_what_has_another_meaning_is_refused(X, message):
    model = RNNSequenceClassifier(**FEW)
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(X, Y)
    assert set(vars(model)) == set(model.get_params())


def test_a_mask_that_hides_nothing_hides_nothing():
    X = np.ma.masked_invalid(CUBE)
    np.testing.assert_array_equal(
        RNNSequenceClassifier(**FEW).fit(X, Y).predict_proba(X),
        RNNSequenceClassifier(**FEW).fit(CUBE, Y).predict_proba(CUBE),
    )


def test_tools_of_scikit_learn_on_a_column_of_sequences():
    X = objects(RAGGED)[:, None]
    bagged = BaggingClassifier(RNNSequenceClassifier(**FEW), 2, random_state=0).fit(X, Y)
    assert bagged.predict(X).shape == (30,)
    model = RNNSequenceClassifier(**FEW).fit(X, Y)
    assert permutation_importance(model, X, Y, n_repeats=2).importances.shape == (1, 2)


NAMED = [pd.DataFrame(x, columns=["a", "b"]) for x in RAGGED]
TURNED = [frame[["b", "a"]] for frame in NAMED]


@pytest.mark.parametrize("make", [list, objects, lambda f: [pl.from_pandas(x) for x in f]])
def test_names_of_frames_in_a_list(make):
    model = RNNSequenceClassifier(**FEW, early_stopping=True).fit(make(NAMED), Y)
    assert model.feature_names_in_.tolist() == ["a", "b"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = model.predict_proba(make(NAMED))
    other = RNNSequenceClassifier(**FEW, early_stopping=True).fit(RAGGED, Y)
    np.testing.assert_array_equal(told, other.predict_proba(RAGGED))
    before = model.parameters_.flat.copy()
    message = "feature names should match"
    for call in (
        model.predict,
        lambda X: model.score(X, Y),
        lambda X: model.fit(make(NAMED), Y, X_val=X, y_val=Y),
    ):
        with pytest.raises(ValueError, match=message):
            call(make(TURNED))
    np.testing.assert_array_equal(model.parameters_.flat, before)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(RAGGED)
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        other.predict(make(NAMED))


def test_names_within_a_list_and_in_partial_fit():
    mixed = [*NAMED[:7], *TURNED[7:]]
    for model in (RNNSequenceClassifier(**FEW), PerStep(StandardScaler())):
        with pytest.raises(ValueError, match=r"same in all sequences, but X\[7\] has \['b', 'a'\]"):
            model.fit(mixed, Y)
    with pytest.raises(ValueError, match=r"X\[7\] has None"):
        RNNSequenceClassifier(**FEW).fit([*NAMED[:7], *RAGGED[7:]], Y)
    model = RNNSequenceRegressor(**FEW).partial_fit(NAMED, Y)
    with pytest.raises(ValueError, match="feature names should match"):
        model.partial_fit(TURNED, Y)
    y = [np.zeros(len(x)) for x in NAMED]
    assert RNNSequenceTagger(**FEW).fit(NAMED, y).feature_names_in_.tolist() == ["a", "b"]


def test_names_in_a_stream():
    model = RNNSequenceClassifier(**FEW).fit(NAMED, Y)
    stream = model.stream()
    told = stream.update(NAMED[0])
    with pytest.warns(UserWarning, match="valid feature names"):
        np.testing.assert_allclose(told, model.predict_proba(RAGGED[:1])[0])
    with pytest.raises(ValueError, match=r"x has \['b', 'a'\], and the fit had \['a', 'b'\]"):
        stream.update(TURNED[0])
    several = model.stream(2)
    with pytest.raises(ValueError, match="feature names should match"):
        several.update([NAMED[0][:3], TURNED[1][:3]])


def test_names_through_a_transformer():
    model = PerStep(StandardScaler()).fit(NAMED)
    assert model.get_feature_names_out().tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(TURNED)


ROWS = CUBE.reshape(30, 10)


def test_one_step_for_each_sequence_is_worth_a_warning():
    first = np.ascontiguousarray(CUBE[:, :1])
    long = ROWS[:, :1]
    for model, X, message in (
        (RNNSequenceClassifier(**FEW), first, "ChannelsFirst"),
        (RNNSequenceRegressor(**FEW), long, r"give \[X\]"),
        (RNNSequenceTagger(**FEW), ROWS, r"give \[X\]"),
    ):
        with pytest.warns(DataDimensionalityWarning, match=message):
            model.fit(X, Y)
        if hasattr(model, "classes_"):
            with pytest.warns(DataDimensionalityWarning, match=message):
                type(model)(**FEW).partial_fit(X, Y, classes=[0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataDimensionalityWarning)
        model.predict(ROWS)  # said once
        RNNSequenceClassifier(**FEW, n_step_features=10).fit(ROWS, Y)  # asked for
        RNNSequenceClassifier(**FEW).fit([x[:1] for x in CUBE], Y)  # no doubt
        make_pipeline(StackSteps(5), RNNSequenceClassifier(**FEW)).fit(CUBE, Y)


def test_rows_of_steps_know_their_width():
    wrong = make_pipeline(
        PerStep(StandardScaler(), n_step_features=2), RNNSequenceClassifier(**FEW)
    )
    with pytest.raises(ValueError, match=r"with 2 features each, .* Set n_step_features=2"):
        wrong.fit(ROWS, Y)
    right = wrong.set_params(rnnsequenceclassifier__n_step_features=2).fit(ROWS, Y)
    right[0].set_params(n_step_features=1)
    assert right.predict(ROWS).shape == (30,)  # what was fitted stays
    reduced = make_pipeline(PerStep(PCA(1), n_step_features=2), RNNSequenceClassifier(**FEW))
    reduced.fit(ROWS, Y)
    with pytest.raises(ValueError, match="Set n_step_features=1"):
        reduced.set_params(rnnsequenceclassifier__n_step_features=5).fit(ROWS, Y)
    with pytest.raises(ValueError, match="Give it a 3-D X"):
        make_pipeline(PerStep(StandardScaler()), RNNSequenceTagger(**FEW)).fit(ROWS, Y)
    scaled = PerStep(StandardScaler(), n_step_features=2).fit_transform(ROWS)
    assert scaled[3:].n_step_features == 2
    assert scaled[:, :4].n_step_features is None  # nobody knows


def test_rows_of_steps_know_their_width_from_a_cache_too(tmp_path):
    steps = PerStep(StandardScaler(), n_step_features=2), RNNSequenceClassifier(**FEW)
    cached = make_pipeline(*steps, memory=str(tmp_path))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"Set n_step_features=2"):
            cached.fit(ROWS, Y)


@pytest.mark.parametrize("X", [ROWS, CUBE], ids=["rows", "3-D"])
def test_steps_are_not_mixed(X):
    parts = [("a", PerStep(StandardScaler())), ("b", PerStep(MinMaxScaler()))]
    with pytest.raises(ValueError, match=r"PerStep\(FeatureUnion|with 3 dimensions"):
        FeatureUnion(parts).fit_transform(X)
    if X is ROWS:
        chosen = [(*part, slice(5 * i, 5 * i + 5)) for i, part in enumerate(parts)]
        with pytest.raises(ValueError, match=r"PerStep\(ColumnTransformer"):
            ColumnTransformer(chosen).fit_transform(X)
    scaled = PerStep(FeatureUnion([("a", StandardScaler()), ("b", MinMaxScaler())]))
    assert scaled.fit_transform(CUBE).shape == (30, 5, 4)


@pytest.mark.parametrize(
    "library", [pd.Series, pl.Series, pa.array], ids=["pandas", "polars", "pa"]
)
def test_columns_of_lists_are_targets_of_steps(library):
    tags = [np.where(x > 0, "up", "down").tolist() for x in ONE]
    for kind, y in ((RNNSequenceTagger, tags), (RNNSequenceRegressor, LISTS_OF_ONE)):
        scoring = "accuracy" if kind is RNNSequenceTagger else "r2"
        settings = FEW | {"early_stopping": True, "scoring": scoring}
        arrays, column = [np.array(row) for row in y], library(y)
        weights = library([[0.5] * len(row) for row in y])
        models = [kind(**settings).fit(RAGGED, given, weights) for given in (arrays, column)]
        np.testing.assert_array_equal(*(model.validation_scores_ for model in models))
        assert models[1].score(RAGGED, column) == models[0].score(RAGGED, arrays)
        tables = [to_frame(RAGGED, given)["target"] for given in (arrays, column)]
        assert tables[0].tolist() == tables[1].tolist()
        for one, other in zip(over_steps(column, column), over_steps(arrays, arrays), strict=True):
            np.testing.assert_array_equal(one, other)
        with pytest.raises(ValueError, match="y has a target for each time step"):
            StackSteps(2).fit(RAGGED, column)
