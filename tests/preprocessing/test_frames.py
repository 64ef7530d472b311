"""Long tables of three libraries into sequences, and back."""

import sys
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.model_selection import GroupKFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import InvalidParameterError, RNNSequenceClassifier, RNNSequenceTagger
from skrnn.preprocessing import PerStep, sequences_from_frame, to_frame

LIBRARIES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}
library = pytest.mark.parametrize("library", LIBRARIES)

TABLE = {  # b has three steps and comes first, a has two; neither in order
    "subject": ["b", "a", "b", "b", "a"],
    "trial": [1, 1, 2, 1, 1],
    "day": [2, 2, 3, 1, 1],
    "pulse": [62.0, 72.0, 63.0, 61.0, 71.0],
    "moves": [True, False, False, True, True],
    "kind": ["x", "y", "x", "x", "y"],
    "place": ["in", "out", "in", "out", "out"],
}


def make(library, **changes):
    return LIBRARIES[library](
        {name: values for name, values in (TABLE | changes).items() if values is not None}
    )


def columns_of(frame):
    """Return a table of any library as a dict of lists."""
    if isinstance(frame, pa.Table):
        return frame.to_pydict()
    return (
        frame.to_dict(as_series=False) if isinstance(frame, pl.DataFrame) else frame.to_dict("list")
    )


def equal(arrays, expected):
    assert isinstance(arrays, list)
    assert len(arrays) == len(expected)
    for array, other in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(array, other)


@library
def test_steps_are_sorted_and_sequences_are_not(library):
    X, y, ids, times = sequences_from_frame(
        make(library), sequence="subject", time="day", target="kind"
    )
    equal(X, [[[1, 61, 1], [1, 62, 1], [2, 63, 0]], [[1, 71, 1], [1, 72, 0]]])
    assert {x.dtype for x in X} == {np.dtype(float)}
    assert ids.tolist() == ["b", "a"]
    assert y.tolist() == ["x", "y"]
    equal(times, [[1, 2, 3], [1, 2]])


@library
def test_without_time_rows_stay_in_order(library):
    X, y, _, times = sequences_from_frame(make(library), sequence="subject", features="pulse")
    equal(X, [[[62], [63], [61]], [[72], [71]]])
    assert y is None
    equal(times, [[0, 1, 2], [0, 1]])


@library
def test_several_columns_tell_sequences_apart(library):
    cut = sequences_from_frame(
        make(library), sequence=["subject", "trial"], time="day", features=["pulse"]
    )
    assert cut.ids.tolist() == [["b", 1], ["a", 1], ["b", 2]]
    equal(cut.X, [[[61], [62]], [[71], [72]], [[63]]])
    numbers = sequences_from_frame(make(library), sequence=["trial", "day"], features=["pulse"])
    assert numbers.ids.dtype.kind == "i"
    assert numbers.ids.tolist() == [[1, 2], [2, 3], [1, 1]]


@library
def test_targets_of_steps_and_several_targets(library):
    frame = make(library)
    keys = {"sequence": "subject", "time": "day", "features": ["pulse"]}
    tags = sequences_from_frame(frame, target="place", target_per_step=True, **keys).y
    equal(tags, [["out", "in", "in"], ["out", "out"]])
    numbers = sequences_from_frame(frame, target=["day", "trial"], target_per_step=True, **keys).y
    equal(numbers, [[[1, 1], [2, 1], [3, 2]], [[1, 1], [2, 1]]])
    scores = {"first": [1.5, 2.5, 1.5, 1.5, 2.5], "second": [3, 4, 3, 3, 4]}
    y = sequences_from_frame(make(library, **scores), target=list(scores), **keys).y
    np.testing.assert_array_equal(y, [[1.5, 3], [2.5, 4]])


@library
@pytest.mark.parametrize(
    ("changes", "dtype"),
    [
        ({"pulse": np.arange(5, dtype=np.float32)}, np.float32),
        ({"pulse": np.arange(5, dtype=np.float32), "day": np.arange(5)}, np.float32),
        ({"pulse": np.arange(5, dtype=np.int8)}, np.float64),
    ],
)
def test_precision(library, changes, dtype):
    cut = sequences_from_frame(make(library, **changes), sequence="subject", features=["pulse"])
    assert {x.dtype for x in cut.X} == {np.dtype(dtype)}
    mixed = sequences_from_frame(make(library), sequence="subject", features=["pulse", "moves"])
    assert mixed.X[0].dtype == np.float64


IDS = {
    "int": [7, 3, 3, 7, 7],
    "str": ["z", "a", "a", "z", "z"],
    "bool": [True, False, False, True, True],
    "date": np.array(["2024-05-02", "2024-05-01", "2024-05-01", *["2024-05-02"] * 2], "M8[ms]"),
}
TIMES = {
    "int": [5, 1, 2, 4, 3],
    "str": ["e", "a", "b", "d", "c"],
    "float": [0.5, 0.1, 0.2, 0.4, 0.3],
    "date": np.arange("2024-05-01", "2024-05-06", dtype="M8[D]").astype("M8[ms]")[[4, 0, 1, 3, 2]],
}


@library
@pytest.mark.parametrize("id_type", IDS)
@pytest.mark.parametrize("time_type", TIMES)
def test_there_and_back(library, id_type, time_type):
    frame = make(library, subject=IDS[id_type], day=TIMES[time_type], trial=None)
    names = {"sequence": "subject", "time": "day", "target": "place"}
    features = ["pulse", "moves"]
    cut = sequences_from_frame(frame, features=features, target_per_step=True, **names)
    expected = sequences_from_frame(
        make("pandas", subject=IDS[id_type], day=TIMES[time_type]),
        features=features,
        target_per_step=True,
        **names,
    )
    for ours, theirs in zip(cut, expected, strict=True):
        equal(list(ours), list(theirs))
    back = to_frame(*cut, features=features, backend=library, **names)
    assert isinstance(back, pa.Table if library == "pyarrow" else LIBRARIES[library])
    before, after = columns_of(frame), columns_of(back)
    assert list(after) == ["subject", "day", *features, "place"]
    order = [0, 3, 4, 1, 2]  # as sequences appear
    order = [*sorted(order[:3], key=lambda row: before["day"][row]), 1, 2]
    for name, values in after.items():
        assert values == [before[name][row] for row in order]
        assert all(type(v) is type(w) for v, w in zip(values, before[name], strict=True)) or (
            name == "moves"  # X is of numbers
        )


@library
def test_there_and_back_with_two_columns_of_ids(library):
    names = {"sequence": ["subject", "trial"], "time": "day", "target": "kind"}
    cut = sequences_from_frame(make(library), features=["pulse"], **names)
    back = columns_of(to_frame(*cut, features=["pulse"], backend=library, **names))
    assert back == {
        "subject": ["b", "b", "a", "a", "b"],
        "trial": [1, 1, 1, 1, 2],
        "day": [1, 2, 1, 2, 3],
        "pulse": [61, 62, 71, 72, 63],
        "kind": ["x", "x", "y", "y", "x"],
    }


def test_categories_and_nullable_types():
    frame = make("pandas").astype({"subject": "category", "pulse": "Int64", "moves": "boolean"})
    for table in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        cut = sequences_from_frame(
            table, sequence="subject", time="day", features=["pulse", "moves"], target="kind"
        )
        equal(cut.X, [[[61, 1], [62, 1], [63, 0]], [[71, 1], [72, 0]]])
        assert cut.ids.tolist() == ["b", "a"]


@library
def test_large_tables_keep_rows_together(library):
    # pyarrow joins large tables with several threads, and then in any order
    rng = np.random.default_rng(0)
    subject, trial = rng.integers(10_000, size=200_000), rng.integers(5, size=200_000)
    step = rng.permutation(200_000)
    sequence, value = 5 * subject + trial, step + 0.5
    columns = {"s": np.char.add("s", subject.astype(str)), "trial": trial, "t": step, "v": value}
    frame = make(library, **dict.fromkeys(TABLE) | columns | {"target": sequence})
    cut = sequences_from_frame(
        frame, sequence=["s", "trial"], time="t", features=["v"], target="target"
    )
    _, first = np.unique(sequence, return_index=True)
    np.testing.assert_array_equal(cut.y, sequence[np.sort(first)])
    assert cut.ids.tolist()[:2] == [[columns["s"][row], trial[row]] for row in np.sort(first)[:2]]
    times = np.concatenate(cut.times)
    np.testing.assert_array_equal(np.concatenate(cut.X)[:, 0], times + 0.5)
    owners = np.empty(200_000, dtype=int)
    owners[step] = sequence
    np.testing.assert_array_equal(owners[times], np.repeat(cut.y, [len(x) for x in cut.X]))
    assert all((np.diff(of_one) > 0).all() for of_one in cut.times)


@library
@pytest.mark.parametrize(
    ("changes", "arguments", "message"),
    [
        ({}, {"sequence": "who"}, r"sequence names the column 'who', .* its columns are \['subj"),
        ({}, {"time": "hour"}, "time names the column 'hour', which frame does not have"),
        ({}, {"features": ["pulse", "x"]}, "features names the column 'x'"),
        ({}, {"target": ["kind", "x"]}, "target names the column 'x'"),
        ({}, {"sequence": 1}, "sequence must be the name of a column, or several names; got 1"),
        ({}, {"sequence": ["trial", "trial"]}, "sequence must be the name of a column"),
        ({}, {"time": ["day", "trial"]}, r"time must be the name of a column; got \['day', 'tri"),
        ({}, {"sequence": []}, "sequence must name a column at least"),
        (
            {"pulse": [date(2026, 1, 1)] * 5},
            {"features": ["pulse"]},
            "must be a column of numbers, booleans, strings",
        ),
        ({}, {"features": []}, "There must be a feature at least"),
        ({"day": [1, 1, 2, 1, 2]}, {}, "sequence subject=b has more than one row with day=1"),
        (
            {"trial": [3, 1, 3, 3, 1], "day": [1, 1, 2, 1, 2]},
            {"sequence": ["subject", "trial"]},
            "sequence subject=b, trial=3 has more than one row with day=1",
        ),
        ({"pulse": [1.0, 2.0, None, None, 3.0]}, {}, "'pulse' has no value in 2 of 5 rows, the fi"),
        ({"pulse": [1.0, np.nan, 2.0, 1.0, 3.0]}, {}, "1 of 5 rows, the first at position 1"),
        ({"subject": ["b", None, "b", "b", "a"]}, {}, "'subject' has no value in 1 of 5 rows"),
        ({"day": [1.0, 2.0, np.nan, 4.0, 5.0]}, {}, "'day' has no value in 1 of 5 rows"),
        ({"kind": ["x", "y", "x", None, "y"]}, {"target": "kind"}, "'kind' has no value in 1 of 5"),
        ({}, {"target": "place"}, "'place' must be the same .* subject=b has out and in. For a ta"),
        ({}, {"target": ["kind", "place"]}, "The target 'place' must be the same in all rows"),
        ({name: [] for name in TABLE}, {}, "frame has no rows"),
    ],
)
def test_errors(library, changes, arguments, message):
    with pytest.raises(ValueError, match=message):
        sequences_from_frame(
            make(library, **changes), **{"sequence": "subject", "time": "day"} | arguments
        )


def test_no_numbers_and_no_names():
    with pytest.raises(ValueError, match="none of the columns"):
        sequences_from_frame(pd.DataFrame({"s": ["a"], "v": ["b"]}), sequence="s")
    with pytest.raises(ValueError, match="must have str as names; 0 is none"):
        sequences_from_frame(pd.DataFrame([[1, 2]]), sequence=0)


@pytest.mark.parametrize(
    "wrong", [[[1, 2]], np.ones((2, 2)), TABLE, pl.DataFrame(TABLE).lazy(), pd.Series([1]), None]
)
def test_what_is_no_table(wrong):
    with pytest.raises(TypeError, match="frame must be a DataFrame of pandas or polars, or a Tab"):
        sequences_from_frame(wrong, sequence="subject")


def test_narwhals_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "narwhals.stable.v2", None)
    for call in (
        lambda: sequences_from_frame(make("pandas"), sequence="subject"),
        lambda: to_frame([np.ones(3)]),
    ):
        with pytest.raises(ImportError, match=r"pip install 'skrnn\[frames\]'"):
            call()


@library
def test_frame_of_every_form(library):
    def frame(*args, **kwargs):
        return columns_of(to_frame(*args, backend=library, **kwargs))

    expected = {"sequence": [0, 0, 1], "time": [0, 1, 0], "x0": [1, 3, 5], "x1": [2, 4, 6]}
    items = [np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6]])]
    padded = np.array([[[1.0, 2], [3, 4]], [[5, 6], [np.nan, np.nan]]])
    assert frame(items) == frame(padded) == expected
    rows = np.array([[1.0, 2, 3, 4]])
    assert frame(rows, n_step_features=2)["x1"] == [2, 4]
    assert frame(rows)["x0"] == [1, 2, 3, 4]
    assert frame([np.arange(2.0)]) == {"sequence": [0, 0], "time": [0, 1], "x0": [0, 1]}
    tags = [np.array(["p", "q"]), np.array(["q"])]
    assert frame(items, tags)["target"] == ["p", "q", "q"]
    assert frame(padded, np.array([["p", "q"], ["q", "?"]]))["target"] == ["p", "q", "q"]
    assert frame(items, ["p", "q"])["target"] == ["p", "p", "q"]
    outputs = frame(items, np.array([[1, 2, 3], [4, 5, 6]]), target=["i", "j", "k"])
    assert (outputs["i"], outputs["k"]) == ([1, 1, 4], [3, 3, 6])
    known = frame(
        padded, None, [[3, "u"], [4, "v"]], np.array([[7, 8], [9, 0]]), sequence=["n", "s"]
    )
    assert (known["n"], known["s"]) == ([3, 3, 4], ["u", "u", "v"])
    assert known["time"] == [7, 8, 9]


def test_errors_of_what_does_not_go_together():
    X = [np.ones((2, 2)), np.ones((1, 2))]
    for arguments, message in (
        ({"ids": [1]}, "X has 2 sequences, but ids has 1"),
        ({"ids": [[1, 2], [1, 3]]}, "sequence must name 2 columns"),
        ({"times": [np.arange(2), np.arange(2)]}, r"times\[1\] has 2 values, but X\[1\] has 1"),
        ({"y": [1]}, "X has 2 sequences, but y has 1"),
        (
            {"y": np.ones((2, 3))},
            r"target must name 3 columns, since there are so many; got \['tar",
        ),
        ({"features": ["a"]}, "features must name 2 columns"),
        ({"features": [0, 1]}, r"features must be the name of a column, or several names; got \[0"),
        ({"features": ["a", "time"]}, "features names the column 'time', which is there already"),
    ):
        with pytest.raises(ValueError, match=message):
            to_frame(X, **arguments)
    with pytest.raises(InvalidParameterError, match=r"backend must be a str among \{'pandas', 'po"):
        to_frame(X, backend="duckdb")


def test_predictions_of_a_tagger_beside_the_rows():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"s": rng.integers(30, size=300), "t": rng.permutation(300)})
    frame["v"] = rng.normal(size=300)
    frame["sign"] = np.where(frame["v"] > 0, "up", "down")
    X, y, ids, times = sequences_from_frame(
        frame, sequence="s", time="t", target="sign", target_per_step=True
    )
    tagger = RNNSequenceTagger(4, learning_rate=0.05, tol=0.01, random_state=0).fit(X, y)
    said = to_frame(X, tagger.predict(X), ids, times, sequence="s", time="t", target="said")
    beside = frame.merge(said, on=["s", "t"], validate="1:1")
    assert len(beside) == 300
    assert np.mean(beside["said"] == beside["sign"]) == tagger.score(X, y) > 0.9


def test_cross_validation_by_group():
    rng = np.random.default_rng(0)
    rows = [
        {"subject": f"s{subject}", "trial": trial, "v": rng.normal() + 3 * (trial % 2)}
        for subject in range(6)
        for trial in range(6)
        for _ in range(rng.integers(2, 6))
    ]
    frame = pd.DataFrame(rows).assign(odd=lambda table: table["trial"] % 2 == 1)
    cut = sequences_from_frame(frame, sequence=["subject", "trial"], features=["v"], target="odd")
    model = make_pipeline(
        PerStep(StandardScaler()),
        RNNSequenceClassifier(4, learning_rate=0.05, tol=0.05, random_state=0),
    )
    scores = cross_val_score(model, cut.X, cut.y, groups=cut.ids[:, 0], cv=GroupKFold(3))
    assert scores.min() > 0.8
    parts = train_test_split(*[part for part in cut if part is not None], random_state=0)
    assert [len(part) for part in parts] == [27, 9] * 4
    assert np.array(cut.X).shape == (36,)


@library
def test_columns_of_different_types_keep_their_values(library):
    large = {"n": [2**53, 2**53 + 1], "m": [-(2**53), -(2**53) - 1], "v": [1.0, 1.5]}
    frame = LIBRARIES[library](large | {"b": [True, False], "i": [1, 0], "f": [0.0, 1.0]})
    for name in ("n", "m"):
        both = [name, "v"]
        cut = sequences_from_frame(frame, sequence=both, target=both, features=["f"])
        assert cut.ids[:, 0].tolist() == cut.y[:, 0].tolist() == large[name]
    cut = sequences_from_frame(frame, sequence=["b", "i"], target=["v", "i", "b"], features=["f"])
    back = to_frame(*cut, sequence=["b", "i"], target=["v", "j", "c"], backend=library)
    assert [type(value) for value in columns_of(back)["b"]] == [bool, bool]
    assert cut.y.dtype == np.float64
    np.testing.assert_array_equal(cut.y, [[1, 1, 1], [1.5, 0, 0]])


@library
def test_strings_and_times_side_by_side(library):
    days = np.array(["2024-05-01", "2024-05-02"], "M8[ns]")
    frame = LIBRARIES[library]({"s": ["a", "b"], "day": days, "f": [1.0, 2.0]})
    cut = sequences_from_frame(frame, sequence=["s", "day"], features=["f"])
    assert all(isinstance(day, np.datetime64) for day in cut.ids[:, 1])
    np.testing.assert_array_equal(cut.ids[:, 1].astype(days.dtype), days)


def test_chunks_whose_categories_differ():
    def chunk(*values):
        categories = pa.array(values).dictionary_encode()
        return pa.table({"s": categories, "kind": categories, "v": [1.0, 2.0]})

    frame = pa.concat_tables([chunk("a", "b"), chunk("c", "a")])
    cut = sequences_from_frame(frame, sequence="s", target="kind")
    assert cut.ids.tolist() == cut.y.tolist() == ["a", "b", "c"]
    equal(cut.X, [[[1], [2]], [[2]], [[1]]])


def test_the_index_is_no_column():
    frame = make("pandas")
    expected = sequences_from_frame(frame, sequence="subject", time="day", features=["pulse"])
    for index in ("subject", "day", ["subject", "day"]):
        indexed = frame.set_index(index, drop=False)
        cut = sequences_from_frame(indexed, sequence="subject", time="day", features=["pulse"])
        equal(cut.X, expected.X)
        assert cut.ids.tolist() == ["b", "a"]


@pytest.mark.parametrize("parameter", ["sequence", "time", "target", "features"])
def test_what_has_no_plain_value_in_each_row(parameter):
    names = {"sequence": "subject", "time": "day", "features": ["pulse"], "target": "kind"}
    column = np.atleast_1d(names[parameter])[0]
    pairs = pl.Series([[1, 2]] * 5)
    for values, kind in (
        (pairs, "List"),
        (pairs.cast(pl.Array(pl.Int64, 2)), "Array"),
        (pl.Series([{"a": 1}] * 5), "Struct"),
        (pl.Series([1] * 5, dtype=pl.Int128), "Int128"),
    ):
        frame = make("polars").with_columns(values.alias(column))
        with pytest.raises(ValueError, match=f"{parameter} names the column '{column}', .* {kind}"):
            sequences_from_frame(frame, **names)
    with pytest.raises(ValueError, match=r"List\(Int64\), but a column must have a plain value"):
        sequences_from_frame(make("pyarrow", **{column: [[1, 2]] * 5}), **names)


def test_times_that_are_categories():
    names = {"sequence": "s", "time": "t", "features": ["f"]}
    frame = pd.DataFrame({"s": [1, 1], "t": ["a", "b"], "f": [1.0, 2.0]})
    frame["t"] = pd.Categorical(frame["t"], categories=["b", "a"])
    for table in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        with pytest.raises(ValueError, match="The time 't' must be of a type that has an order"):
            sequences_from_frame(table, **names)
    ordered = frame.assign(t=frame["t"].cat.as_ordered())
    enum = pl.from_pandas(frame).with_columns(pl.col("t").cast(pl.Enum(["b", "a"])))
    for table in (ordered, enum):
        assert sequences_from_frame(table, **names).times[0].tolist() == ["b", "a"]


@library
@pytest.mark.parametrize("kind", ["M8[s]", "M8[h]", "M8[D]", "M8[ns]", "m8[s]", "m8[D]"])
def test_times_of_every_unit(library, kind):
    times = np.array([3, 5]).astype(kind)
    frame = to_frame([np.ones(2)], None, [0], [times], backend=library)
    cut = sequences_from_frame(frame, sequence="sequence", time="time")
    equal(cut.times, [times])


@library
@pytest.mark.parametrize("ids", [[2**53 + 1, 0.5], [True, 2], [1, "a"]])
def test_ids_of_different_types(library, ids):
    X = [np.ones(1), np.ones(1)]
    if library == "pandas":
        column = to_frame(X, ids=ids)["sequence"].tolist()
        assert column == ids
        assert [type(value) for value in column] == [type(value) for value in ids]
    else:
        with pytest.raises(ValueError, match=r"'sequence' has values of the types .*\bint\b.*, bu"):
            to_frame(X, ids=ids, backend=library)


@library
def test_ids_that_are_objects(library):
    X, pairs = [np.ones(2), np.ones(1)], np.empty(2, dtype=object)
    pairs[:] = [(1, 2), (3, 4)]  # as MultiIndex.to_numpy() has them
    column = columns_of(to_frame(X, ids=pairs, backend=library))["sequence"]
    assert [tuple(pair) for pair in column] == [(1, 2), (1, 2), (3, 4)]
    for ids in (["a", None], [np.int64(1), np.int64(2)]):
        column = columns_of(to_frame(X, ids=ids, backend=library))["sequence"]
        assert column[:2] == [ids[0]] * 2
        assert column[2] == ids[1] or pd.isna(column[2])


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (1, r"ids must be a list or an array of shape .*; got 1"),
        ("ab", "ids must be a list .*; got 'ab'"),
        ({"a": 1, "b": 2}.keys(), "ids must be a list .*; got dict_keys"),
        (np.ones((2, 1, 1)), "ids must be a list or an array of shape"),
        ([[1, 2], [3]], r"ids must have one value for each .* ids\[0\] is \[1, 2\]"),
        (["a", ("b", "c")], r"ids must have one value for each .* ids\[1\] is \('b', 'c'\)"),
    ],
)
def test_ids_that_are_none(ids, message):
    with pytest.raises(ValueError, match=message):
        to_frame([np.ones(2), np.ones(1)], ids=ids)


@pytest.mark.parametrize("wrong", [0, -1, "2", 2.0, True, None])
def test_features_of_a_step_must_be_whole(wrong):
    with pytest.raises(InvalidParameterError, match=r"n_step_features must be an int in the range"):
        to_frame(np.ones((2, 4)), n_step_features=wrong)


@library
def test_same_time_in_two_sequences(library):
    frame = LIBRARIES[library]({"s": ["a", "b"], "t": [1, 1], "f": [1.0, 2.0]})
    equal(sequences_from_frame(frame, sequence="s", time="t").times, [[1], [1]])


@library
def test_many_rows_stay_in_order_without_time(library):
    rows = np.arange(5000)
    frame = LIBRARIES[library]({"s": rows % 7, "f": rows.astype(float)})
    cut = sequences_from_frame(frame, sequence="s")
    equal([x[:, 0] for x in cut.X], [rows[i::7] for i in range(7)])


@library
def test_features_of_both_precisions_keep_the_higher(library):
    changes = {"pulse": np.arange(5, dtype=np.float32), "day": np.arange(5) + 1e-12}
    frame = make(library, **changes)
    cut = sequences_from_frame(frame, sequence="trial", features=["pulse", "day"])
    assert {x.dtype for x in cut.X} == {np.dtype(np.float64)}
    assert cut.X[0][0, 1] == 1e-12


@library
@pytest.mark.parametrize("pulse", [[60.0, None, 62.0, None, None], [60, None, 62, None, None]])
def test_what_is_missing_may_be_kept(library, pulse):
    changes = {"pulse": pulse, "moves": [True, None, None, None, False]}
    if library == "pandas":
        changes = {name: pd.array(values) for name, values in changes.items()}
    frame = make(library, day=[1, 2, 3, 4, 5], **changes)
    names = {"sequence": "subject", "time": "day", "features": ["pulse", "moves"]}
    cut = sequences_from_frame(frame, **names, missing="keep")
    gap = np.nan
    rows = {1: [60, 1], 2: [gap, gap], 3: [62, gap], 4: [gap, gap], 5: [gap, 0]}
    equal(cut.X, [[rows[day] for day in days] for days in cut.times])
    assert {x.dtype for x in cut.X} == {np.dtype(float)}
    back = to_frame(cut.X, None, cut.ids, cut.times, **names, backend=library)
    equal(sequences_from_frame(back, **names, missing="keep").X, cut.X)
    with pytest.raises(ValueError, match=r"'pulse' has no value in 3 of 5 rows.*missing='keep'"):
        sequences_from_frame(frame, **names)
    with pytest.raises(ValueError, match=r"'pulse' has no value in 3 of 5 rows.*is missing\.$"):
        sequences_from_frame(frame, **names | {"time": "pulse"}, missing="keep")


@library
def test_nan_and_null_are_both_missing(library):
    changes = {"pulse": [np.nan, 1.0, None, 2.0, 3.0]}
    if library != "pandas":
        changes["pulse"] = pa.array(changes["pulse"])
    frame = make(library, **changes)
    cut = sequences_from_frame(frame, sequence="kind", features=["pulse"], missing="keep")
    assert np.isnan(np.concatenate(cut.X)).sum() == 2


@library
@pytest.mark.parametrize("features", [["word"], ["n", "word"]])
def test_words_there_and_back(library, features):
    frame = make(library, n=[1.0, None, 3.0, 4.0, 5.0], word=["a", "b", None, "a", "c"])
    names = {"sequence": "subject", "time": "day", "features": features}
    cut = sequences_from_frame(frame, **names, missing="keep")
    said = [np.arange(len(x)) for x in cut.X]
    back = to_frame(cut.X, said, cut.ids, cut.times, **names, target="said", backend=library)
    again = sequences_from_frame(back, **names, target="said", target_per_step=True, missing="keep")
    for one, other, y in zip(cut.X, again.X, again.y, strict=True):
        assert list(map(str, one.ravel())) == list(map(str, other.ravel()))
        assert y.tolist() == list(range(len(one)))


def test_words_of_lists():
    table = to_frame([["a", "b"], ["c"]], ["up", "down"], features=["word"])
    assert table["word"].tolist() == ["a", "b", "c"]
    assert table["target"].tolist() == ["up", "up", "down"]


def test_what_pandas_calls_missing_is_nan_beside_words():
    table = pd.DataFrame({"k": [0, 0], "n": pd.array([1, None], dtype="Int64"), "w": ["a", "b"]})
    cut = sequences_from_frame(table, sequence="k", features=["n", "w"], missing="keep")
    assert cut.X[0][0].tolist() == [1, "a"]
    assert np.isnan(cut.X[0][1, 0])


def test_other_words_for_what_is_missing():
    with pytest.raises(
        InvalidParameterError, match=r"missing must be a str among {'error', 'keep'}"
    ):
        sequences_from_frame(make("pandas"), sequence="subject", missing="drop")
