"""Categories in every form of X: numbers, words, and columns of a type of their own."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceTagger
from tests.estimators.category_cases import CUBE, LABELS, WORDS, assert_same, fit, flat, in_words

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)


def test_forms_agree():
    """Rows of steps, three dimensions, with padding, and lists."""
    settings = {"categorical_features": [0]}
    expected = flat(CUBE, **settings)
    rows = CUBE.reshape(20, 6)
    for other in (CUBE.astype(int), list(CUBE), CUBE.astype(object)):
        np.testing.assert_array_equal(flat(other, **settings), expected)
    np.testing.assert_array_equal(flat(rows, n_step_features=2, **settings), expected)
    ragged = [x[: 1 + i % 3] for i, x in enumerate(CUBE)]
    padded = CUBE.copy()
    for i, x in enumerate(ragged):
        padded[i, len(x) :] = np.nan
    np.testing.assert_array_equal(flat(padded, **settings), flat(ragged, **settings))


def test_in_a_padded_x_a_missing_category_is_a_step_unless_all_that_follow_are_missing():
    one = np.array([[3.0, np.nan, 1.0], [2.0, 1.0, np.nan], [1.0, 2.0, 3.0]])[:, :, None]
    model = fit(X=one, y=[0, 1, 0], categorical_features=[0])
    as_list = [one[0, :, 0], one[1, :2, 0], one[2, :, 0]]
    assert_same(model.predict_proba(one), model.predict_proba(as_list))
    assert model.network_.embeddings == ((0, 3, 3),)


@pytest.mark.parametrize("both", [False, True])
def test_a_mask_numbers_and_names_agree(both):
    frame = pd.DataFrame(CUBE[:, 0], columns=["k", "l"])
    y, chosen = LABELS, [0, 1] if both else [1]
    expected = fit(RNNSequenceTagger, frame, y, categorical_features=chosen).parameters_.flat
    for other in ([both, True], np.array([both, True]), np.array(chosen), tuple(chosen[::-1])):
        tagger = fit(RNNSequenceTagger, frame, y, categorical_features=other)
        np.testing.assert_array_equal(tagger.parameters_.flat, expected)
    names = frame.columns[chosen].tolist()
    tagger = fit(RNNSequenceTagger, frame, y, categorical_features=names)
    np.testing.assert_array_equal(tagger.parameters_.flat, expected)


def test_words_are_categories_too():
    expected, one = flat(CUBE, categorical_features=[0, 1]), {"categorical_features": [0]}
    words = in_words(CUBE)
    for other in (words, words.astype(object), list(words)):
        np.testing.assert_array_equal(flat(other, categorical_features=[0, 1]), expected)
    np.testing.assert_array_equal(
        flat(list(words[:, :, 0]), **one), flat(list(CUBE[:, :, 0]), **one)
    )
    mixed = np.dstack([words[:, :, :1].astype(object), CUBE[:, :, 1:]])
    np.testing.assert_array_equal(flat(mixed, **one), flat(CUBE, **one))


def test_words_that_are_unknown_or_missing():
    model = fit(X=list(in_words(CUBE[:, :, 0])), y=LABELS, categorical_features=[0])
    said = [
        model.predict_proba([np.array([first, "a", "c"], dtype=object)])
        for first in (None, np.nan, pd.NA, "z", "", 0.0, 3)
    ]
    for one in said[1:]:
        np.testing.assert_array_equal(one, said[0])
    known = model.predict_proba([np.array(["a", "a", "c"])])
    assert (known != said[0]).all()
    numbers = model.predict_proba([np.array([0.0, 0.0, 2.0])])  # are none of the words
    np.testing.assert_array_equal(numbers, model.predict_proba([np.array(["x", "y", "z"])]))
    cube = np.array([["a", "b", "z"]])[:, :, None]  # an unknown word at the end is no padding
    np.testing.assert_array_equal(model.predict_proba(cube), model.predict_proba(list(cube)))


def test_numbers_that_pandas_calls_missing():
    X = [
        pd.DataFrame({"k": pd.array(row, dtype="Int64"), "n": 0.5})
        for row in ([0, 1, None], [1, None])
    ]
    plain = [np.array([[0, 0.5], [1, 0.5], [np.nan, 0.5]]), np.array([[1, 0.5], [np.nan, 0.5]])]
    model, same = (fit(X=x, y=[0, 1], categorical_features=[0]) for x in (X, plain))
    np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(plain))
    steps = model.stream().update(X[0]), same.stream().update(plain[0])
    np.testing.assert_array_equal(*steps)


FRAMES = {
    "pandas": lambda rows: pd.DataFrame(
        {f"s{i}": pd.Categorical(column) for i, column in enumerate(rows.T)}
    ),
    "polars": lambda rows: pl.DataFrame(
        {f"s{i}": pl.Series(column).cast(pl.Categorical) for i, column in enumerate(rows.T)}
    ),
    "polars, enum": lambda rows: pl.DataFrame(
        {
            f"s{i}": pl.Series(column.tolist(), dtype=pl.Enum(WORDS.tolist()))
            for i, column in enumerate(rows.T)
        }
    ),
    "pyarrow": lambda rows: pa.table(
        {f"s{i}": pa.array(column).dictionary_encode() for i, column in enumerate(rows.T)}
    ),
}


@pytest.mark.parametrize("library", FRAMES)
def test_types_of_columns_tell(library):
    rows = CUBE[:, :, 0]
    frame = FRAMES[library](in_words(rows))
    model = fit(X=frame, y=LABELS, categorical_features="from_dtype")
    np.testing.assert_array_equal(model.parameters_.flat, flat(rows, categorical_features=[0]))
    assert model.feature_names_in_.tolist() == ["s0", "s1", "s2"]
    assert model.predict(frame).shape == (20,)
    tagger = fit(RNNSequenceTagger, frame, LABELS, categorical_features="from_dtype")
    assert len(tagger.network_.embeddings) == 3


def test_numbers_in_columns_for_categories():
    frame = pd.DataFrame({"k": pd.Categorical(CUBE[:, 0, 0]), "x": CUBE[:, 0, 1]})
    settings = {"kind": RNNSequenceTagger, "X": frame, "y": LABELS}
    by_type = fit(**settings, categorical_features="from_dtype").parameters_.flat
    np.testing.assert_array_equal(
        fit(**settings, categorical_features=["k"]).parameters_.flat, by_type
    )


def test_where_there_are_no_types_nothing_is_chosen():
    for form in (CUBE, list(CUBE), CUBE.reshape(20, 6), pd.DataFrame(CUBE.reshape(20, 6))):
        form_settings = {"n_step_features": 2, "categorical_features": "from_dtype"}
        plain = flat(form, n_step_features=2, categorical_features=None)
        np.testing.assert_array_equal(flat(form, **form_settings), plain)
        empty = flat(form, n_step_features=2, categorical_features=[])
        np.testing.assert_array_equal(empty, plain)


def test_words_where_no_category_is_are_named():
    mixed = np.dstack([in_words(CUBE[:, :, :1]).astype(object), CUBE[:, :, 1:]])
    with pytest.raises(ValueError, match=r"feature 0 is 'a' somewhere\. If it is a category, name"):
        fit(X=mixed, y=LABELS, categorical_features=[1])
    mixed[0, 0, 0] = 3
    with pytest.raises(
        ValueError, match=r"Feature 0 must hold strings alone or .* 'a' and 3 there"
    ):
        fit(X=mixed, y=LABELS, categorical_features=[0])
    model = fit()
    with pytest.raises(ValueError, match="must hold real numbers"):
        model.predict([np.array([["a", 1.0]], dtype=object)])


def test_columns_of_one_feature_must_be_of_one_kind():
    frame = FRAMES["pandas"](CUBE[:, :, 0]).astype({"s1": float})
    with pytest.raises(ValueError, match="in that of step 0, but not in that of step 1"):
        fit(X=frame, y=LABELS, categorical_features="from_dtype")
    with pytest.raises(ValueError, match="X has 3 columns, which n_step_features=2 does not"):
        fit(X=in_words(CUBE[:, :, 0]), y=LABELS, n_step_features=2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            [np.array([["a", "b"]])] * 2 + [np.array(["c"])],
            r"X\[2\] has 1 features, but X\[0\] has 2",
        ),
        ([np.array(["a"]), "b"], r"X\[0\] must hold real numbers"),
        ([np.array(["a"]), np.empty(0, "U1")], r"X\[1\] has no time step"),
        (np.empty((0, 3), "U1"), r"X has shape \(0, 3\)|minimum of 1|must hold real"),
        ([np.array(["a"]), {"a": 1}], r"X\[1\] must be an array or a list, but it is a dict"),
    ],
)
def test_an_x_of_words_that_is_none_is_named(wrong, message):
    with pytest.raises((TypeError, ValueError), match=message):
        fit(X=wrong, y=[0, 1], categorical_features=[0])
    fitted = fit(X=list(in_words(CUBE[:, :, 0])), y=LABELS, categorical_features=[0])
    with pytest.raises((TypeError, ValueError)):
        fitted.predict(wrong)


def test_lists_of_frames():
    frames = [
        pd.DataFrame({"k": words[:, 0], "x": x[:, 1]})
        for words, x in zip(in_words(CUBE), CUBE, strict=True)
    ]
    np.testing.assert_array_equal(
        flat(frames, categorical_features=[0]), flat(CUBE, categorical_features=[0])
    )
    frames = [frame.astype({"k": "category"}) for frame in frames]
    np.testing.assert_array_equal(
        flat(frames, categorical_features="from_dtype"), flat(CUBE, categorical_features=[0])
    )


@pytest.mark.parametrize("scaler", [MinMaxScaler, StandardScaler])
@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")], ids=str)
def test_another_precision_than_that_of_the_fit(dtypes, scaler):
    """A category that a scaler has rounded is still the same, and its neighbour another."""
    rng = np.random.default_rng(0)
    rows = rng.choice([0, 1, 2, 40], size=(60, 6))
    network = RNNSequenceClassifier(4, categorical_features=[0], max_iter=2, random_state=0)
    model = make_pipeline(scaler(), network).fit(rows.astype(dtypes[0]), np.arange(60) % 3)
    rows[::7, 3] = 3  # is none of them
    first, other = (model.predict_proba(rows.astype(dtype)) for dtype in dtypes)
    np.testing.assert_allclose(first, other, rtol=1e-5)
    fractions = [np.array([[0.1], [0.7], [0.3]]), np.array([[0.7], [0.1]])]
    model = network.fit([x.astype(dtypes[0]) for x in fractions], [0, 1])
    first, other = (model.predict_proba([x.astype(dtype) for x in fractions]) for dtype in dtypes)
    np.testing.assert_allclose(first, other, rtol=1e-5)
