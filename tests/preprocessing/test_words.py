"""`PerStep` around encoders: steps of strings, categories, mixed columns and dicts."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceTagger
from skrnn.export import to_onnx
from skrnn.preprocessing import PerStep, sequences_from_frame, to_frame

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
WORDS = [["a", "b"], ["c"], ["a", "a", "d"]] * 4
NUMBERS = [np.arange(len(words)) / 2 for words in WORDS]
CODES = [np.array([["abcd".index(word)] for word in words], dtype=float) for words in WORDS]
Y = [0, 1, 0] * 4
FRAMES = [pd.DataFrame({"word": w, "n": n}) for w, n in zip(WORDS, NUMBERS, strict=True)]
BY_NAME = ColumnTransformer([("w", OneHotEncoder(), ["word"]), ("n", StandardScaler(), ["n"])])
BY_PLACE = ColumnTransformer([("w", OneHotEncoder(), [0]), ("n", StandardScaler(), [1])])


def objects(sequences):
    array = np.empty(len(sequences), dtype=object)
    array[:] = sequences
    return array


def same(one, other):
    assert len(one) == len(other)
    for x, expected in zip(one, other, strict=True):
        np.testing.assert_array_equal(x, expected)


FORMS = {
    "lists": WORDS,
    "tuples": tuple(map(tuple, WORDS)),
    "arrays": [np.array(words) for words in WORDS],
    "objects": [np.array(words, dtype=object)[:, None] for words in WORDS],
    "array of arrays": objects([np.array(words) for words in WORDS]),
    "steps of one": [[(word,) for word in words] for words in WORDS],
    "frames": [frame[["word"]] for frame in FRAMES],
    "categories": [frame[["word"]].astype("category") for frame in FRAMES],
    "polars": [pl.from_pandas(frame[["word"]]) for frame in FRAMES],
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_words(form):
    X = FORMS[form]
    if form == "categories":
        kinds = pd.CategoricalDtype(list("abcd"))
        X = [frame.astype(kinds) for frame in X]
    encoder = PerStep(OrdinalEncoder())
    codes = encoder.fit_transform(X)
    same(codes, CODES)
    same(encoder.transform(X), CODES)
    assert encoder.n_features_in_ == 1
    assert isinstance(codes, np.ndarray if form == "array of arrays" else list)
    same([x.ravel() for x in encoder.inverse_transform(CODES)], WORDS)


COLUMNS = {
    "pandas": pd.Series(WORDS),
    "pandas, table": pd.DataFrame({"words": WORDS}),
    "polars": pl.Series(WORDS),
    "pyarrow": pa.array(WORDS),
}


@pytest.mark.parametrize("library", COLUMNS)
def test_columns_of_lists_of_words(library):
    X = COLUMNS[library]
    encoder = PerStep(OrdinalEncoder()).fit(X)
    same(encoder.transform(X), CODES)
    assert to_frame(X, features=["word"])["word"].tolist() == [w for words in WORDS for w in words]
    settings = {"categorical_features": [0], "max_iter": 1, "random_state": 0}
    models = [RNNSequenceClassifier(4, **settings).fit(x, Y) for x in (X, [*map(np.array, WORDS)])]
    np.testing.assert_array_equal(*(model.predict_proba(X) for model in models))


def test_mixed_columns():
    X = [list(zip(w, n, strict=True)) for w, n in zip(WORDS, NUMBERS, strict=True)]
    by_place = PerStep(BY_PLACE).fit_transform(X)
    arrays = [np.array(x, dtype=object) for x in X]
    same(PerStep(BY_PLACE).fit_transform(arrays), by_place)
    encoder = PerStep(BY_NAME).fit(FRAMES)
    same(encoder.transform(FRAMES), by_place)
    same(PerStep(BY_NAME).fit_transform([pl.from_pandas(frame) for frame in FRAMES]), by_place)
    assert encoder.feature_names_in_.tolist() == ["word", "n"]
    assert encoder.get_feature_names_out()[-2:].tolist() == ["w__word_d", "n__n"]
    with pytest.raises(ValueError, match="feature names should match"):
        encoder.transform([frame[["n", "word"]] for frame in FRAMES])


def test_names_of_frames_of_numbers():
    X = [pd.DataFrame({"a": n, "b": n * 2}) for n in NUMBERS]
    chosen = ColumnTransformer([("b", "passthrough", ["b"])])
    same(PerStep(chosen).fit_transform(X), [x[["b"]].to_numpy() for x in X])


def test_dicts_as_sklearn_crfsuite_has_them():
    X = [[{"word": w, "place": i} for i, w in enumerate(words)] for words in WORDS]
    encoder = PerStep(DictVectorizer()).fit(X)
    assert encoder.get_feature_names_out().tolist() == ["place", *(f"word={w}" for w in "abcd")]
    assert encoder.transform(X)[2].tolist() == [[0, 1, 0, 0, 0], [1, 1, 0, 0, 0], [2, 0, 0, 0, 1]]
    tags = [["up"] * len(words) for words in WORDS]
    tagger = RNNSequenceTagger(4, max_iter=1, random_state=0)
    model = make_pipeline(encoder, tagger).fit(X, [np.array(t) for t in tags])
    assert model.predict(X)[2].tolist() == ["up"] * 3


def test_rows_and_arrays():
    rows = np.array([["a", "b", "c"], ["b", "c", "a"]])
    told = PerStep(OneHotEncoder()).fit_transform(rows)
    assert told.shape == (2, 9)
    frame = pd.DataFrame(rows, columns=list("xyz"))
    encoder = PerStep(OneHotEncoder()).fit(frame)
    np.testing.assert_array_equal(encoder.transform(frame), told)
    assert encoder.get_feature_names_out()[:4].tolist() == ["x_a", "x_b", "x_c", "y_a"]
    pairs = PerStep(OrdinalEncoder(), n_step_features=3).fit(rows)
    assert pairs.transform(rows).tolist() == [[0, 0, 1], [1, 1, 0]]
    cube = np.array([[["a"], ["b"], [None]], [["b"], ["a"], ["b"]]], dtype=object)
    padded = PerStep(OrdinalEncoder()).fit_transform(cube)
    np.testing.assert_array_equal(padded[..., 0], [[0, 1, np.nan], [1, 0, 1]])


def test_a_pipeline_of_words():
    network = RNNSequenceClassifier(8, learning_rate=0.1, max_iter=60, random_state=0)
    model = make_pipeline(PerStep(OneHotEncoder(handle_unknown="ignore")), network).fit(WORDS, Y)
    assert model.score(WORDS, Y) == 1
    assert model.predict([["c"], ["a", "new"]]).shape == (2,)
    with pytest.raises(
        ValueError, match="ONNX model is of numbers, but PerStep was fitted on words"
    ):
        to_onnx(model)


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (WORDS, [np.ones((2, 1))], "fitted on words, but this X holds numbers"),
        ([np.ones((2, 1))], WORDS, "fitted on numbers, but this X holds words"),
        (WORDS, [["a"], []], r"X\[1\] has no time step"),
        (WORDS, [[("a", "b")]], "X has 2 features, but PerStep is expecting 1"),
        (WORDS, [[("a", "b"), ("a",)]], r"X\[0\] has steps of \[1, 2\] features"),
        (WORDS, [["a"], [("a", "b")]], r"X\[1\] has 2 features, but X\[0\] has 1"),
        (WORDS, np.array([["a", "b"]]), "fitted on 3-D or ragged X"),
    ],
)
def test_errors(fitted, given, message):
    encoder = PerStep(OneHotEncoder()).fit(fitted)
    with pytest.raises(ValueError, match=message):
        encoder.transform(given)
    fresh = PerStep(OneHotEncoder())
    if "fitted on" not in message and "expecting" not in message:
        with pytest.raises(ValueError, match="X"):
            fresh.fit([*WORDS, *given])
        assert set(vars(fresh)) == {"transformer", "n_step_features"}


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas])
def test_words_of_a_table(make):
    table = pd.concat(FRAMES, keys=range(len(FRAMES)), names=["sequence"]).reset_index(level=0)
    table.iloc[3, table.columns.get_loc("word")] = None  # the first step of the third
    X, *_ = sequences_from_frame(make(table), sequence="sequence", features="n")
    same(X, [n[:, None] for n in NUMBERS])
    X, *_ = sequences_from_frame(
        make(table), sequence="sequence", features=["word", "n"], missing="keep"
    )
    assert X[2].dtype == np.dtype(object)
    assert X[2][1:].tolist() == [["a", 0.5], ["d", 1.0]]
    assert np.isnan(X[2][0, 0])
    assert PerStep(BY_PLACE).fit_transform(X)[2].shape == (3, 6)  # what is missing is a category
    default, *_ = sequences_from_frame(make(table), sequence="sequence")
    assert default[0].shape == (2, 1)


def test_what_pandas_calls_missing_is_padding_as_well():
    cube = np.array([[["a"], [pd.NA]], [["b"], ["a"]]], dtype=object)
    padded = PerStep(OrdinalEncoder()).fit_transform(cube)
    np.testing.assert_array_equal(padded[..., 0], [[0, np.nan], [1, 0]])


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_of_few_rows_a_column_may_have_another_type(make):
    """One frame has whole numbers alone, one no word at all, and both other categories."""
    kind = pd.Categorical if make is pd.DataFrame else pl.Enum
    rows = [{"n": [1, 2], "word": [None, None]}, {"n": [0.5], "word": ["a"]}]
    rows += [{"n": [3.0], "word": kind(["b"])}] if make is pd.DataFrame else []
    X = [make(row) for row in rows]
    if make is pl.DataFrame:
        X += [pl.DataFrame({"n": [3.0], "word": pl.Series(["b"], dtype=kind(["b"]))})]
    found = np.concatenate(PerStep(BY_NAME).fit_transform(X))
    np.testing.assert_array_equal(found[:, :3], [[0, 0, 1], [0, 0, 1], [1, 0, 0], [0, 1, 0]])
    n = np.array([1, 2, 0.5, 3])
    np.testing.assert_allclose(found[:, 3], (n - n.mean()) / n.std())


@pytest.mark.parametrize("make", [lambda frame: frame, pl.from_pandas])
def test_times_are_for_the_transformer_to_read(make):
    X = [
        make(pd.DataFrame({"n": n, "day": pd.date_range("2026", periods=len(n))})) for n in NUMBERS
    ]
    hours = FunctionTransformer(lambda t: np.asarray(t).astype("M8[h]").astype(float))
    encoder = PerStep(ColumnTransformer([("h", hours, ["day"]), ("n", "passthrough", ["n"])]))
    start = np.datetime64("2026", "h").astype(float)
    same(encoder.fit_transform(X), [np.c_[start + 48 * n, n] for n in NUMBERS])


def test_a_sequence_may_lack_every_word():
    unknown = {"handle_unknown": "ignore"}
    encoder = PerStep(OneHotEncoder(**unknown)).fit(WORDS)
    for X in ([[None, None]], [np.array([None, np.nan])], np.array([[[None], ["a"]]])):
        assert not encoder.transform(X)[0][0].any()
    one_hot = ColumnTransformer([("w", OneHotEncoder(**unknown), ["word"])])
    encoder = PerStep(one_hot).fit(FRAMES)
    assert not encoder.transform([pd.DataFrame({"word": [None], "n": [1.0]})])[0].any()
    with pytest.raises(ValueError, match="fitted on words, but this X holds numbers"):
        encoder.transform([np.array([[np.nan, 1.0]])])


@pytest.mark.skipif(
    not hasattr(np.dtypes, "StringDType"), reason="NumPy 2 has strings of any length"
)
def test_strings_of_any_length():
    X = [np.array(words, dtype=np.dtypes.StringDType()) for words in WORDS]
    same(PerStep(OrdinalEncoder()).fit_transform(X), CODES)
    settings = {"categorical_features": [0], "max_iter": 1, "random_state": 0}
    models = [RNNSequenceClassifier(4, **settings).fit(x, Y) for x in (X, [*map(np.array, WORDS)])]
    np.testing.assert_array_equal(*(model.predict_proba(X) for model in models))
