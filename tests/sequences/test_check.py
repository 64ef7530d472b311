from datetime import date

import numpy as np
import pandas as pd
import pytest

from skrnn.sequences.check import from_flat, from_list, from_padded, is_ragged


def test_rows_are_time_major():
    X = np.arange(12.0).reshape(2, 6)
    first, second = from_flat(X, 2)
    np.testing.assert_array_equal(first, [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(second, [[6, 7], [8, 9], [10, 11]])


def test_a_3d_array_is_not_copied():
    X = np.random.default_rng(0).normal(size=(3, 4, 2))
    sequences = from_padded(X)
    assert np.shares_memory(sequences.steps, X)
    np.testing.assert_array_equal(list(sequences), X)


def test_trailing_nan_steps_are_padding():
    X = np.arange(24.0).reshape(3, 4, 2)
    X[0, 3:] = X[2, 1:] = np.nan
    sequences = from_padded(X)
    assert sequences.lengths.tolist() == [3, 4, 1]
    for ours, given, length in zip(sequences, X, [3, 4, 1], strict=True):
        np.testing.assert_array_equal(ours, given[:length])


def test_a_list_and_its_padded_form_are_the_same():
    rng = np.random.default_rng(0)
    items = [rng.normal(size=(n, 2)) for n in (3, 1, 5)]
    X = np.full((3, 6, 2), np.nan)
    for padded, item in zip(X, items, strict=True):
        padded[: len(item)] = item
    one, other = from_list(items), from_padded(X)
    np.testing.assert_array_equal(one.steps, other.steps)
    np.testing.assert_array_equal(one.lengths, other.lengths)


def test_items_of_one_dimension_have_one_feature():
    sequences = from_list([np.array([1.0, 2.0]), np.array([3, 4, 5])])
    assert sequences.steps.shape == (5, 1)
    assert sequences.lengths.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.float16, np.float64),
        (np.int32, np.float64),
        (bool, np.float64),
        (object, np.float64),
    ],
)
def test_precision(dtype, expected):
    assert from_list([np.ones((2, 1), dtype)]).steps.dtype == expected
    assert from_padded(np.ones((2, 1, 1), dtype)).steps.dtype == expected


def objects(*items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


@pytest.mark.parametrize(
    ("X", "ragged"),
    [
        ([np.zeros((2, 1)), np.zeros((3, 1))], True),
        ([np.zeros(2), np.zeros(2)], True),
        (objects(np.zeros((2, 1)), np.zeros((3, 1))), True),
        ([[1, 2], [3]], False),
        ([[[1], [2]], [[3]]], False),
        ([np.zeros((2, 1)), [3]], True),
        (pd.Series([np.zeros(2), np.zeros(3)], index=[7, 8]), True),
        (pd.Series(["a", "b"]), False),
        ([pd.DataFrame({"a": [1, 2]})], True),
        ([[1, 2], [3, 4]], False),
        ([[[1], [2]], [[3], [4]]], False),
        (np.zeros((2, 3)), False),
        (np.zeros((2, 3), dtype=object), False),
        (np.array([1, 2], dtype=object), False),
        ([], False),
        ([1, 2], False),
        ("text", False),
        (None, False),
    ],
)
def test_is_ragged(X, ragged):
    assert is_ragged(X) == ragged


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([np.ones((2, 1)), [[1], [2]]], r"X\[1\] is no array"),
        ([np.ones((2, 2)), np.ones((2, 3))], r"X\[1\] has 3 features, but X\[0\] has 2"),
        ([np.ones((2, 2)), np.ones((0, 2))], r"X\[1\] has no time step"),
        ([np.ones((2, 2)), np.ones((2, 2, 1))], r"X\[1\] has 3 dimensions"),
        ([np.ones((2, 2)), np.ones((2, 2)) * 1j], r"X\[1\] must hold real numbers.*complex"),
        ([np.ones((2, 1)), np.array([["a"]])], r"X\[1\] must .* <U1\. Name words by categorical_f"),
        ([np.ones((2, 1)), np.array([["a"]], object)], r"X\[1\] must .*'a'.* Name words by categ"),
        ([np.zeros((2, 1), "M8[s]")], r"X\[0\] must .* datetime64\[s\]\. Make numbers of times"),
        (
            [np.ones((2, 2)), np.array([[1, 2], [3, np.nan], [4, 5]])],
            r"X contains NaN: sequence 1, time step 1, feature 1",
        ),
        ([np.ones((2, 2)), np.array([[1, np.inf]])], r"infinity.*: sequence 1, time step 0, fea"),
    ],
)
def test_errors_in_lists_name_the_sequence(items, message):
    with pytest.raises(ValueError, match=message):
        from_list(items)


def test_a_time_among_objects_is_named_with_its_cure():
    with pytest.raises(TypeError, match=r"but X\[0\]\[0, 1\] is .*Make numbers of times"):
        from_list([np.array([[1, date(2026, 1, 5)]])])


@pytest.mark.parametrize("make", [tuple, list])
@pytest.mark.parametrize(
    ("values", "other"),
    [
        (np.ones((3, 4, 2)), np.array([4, 1, 2])),
        (np.ones((3, 4, 2)), [4, 1, 2]),
        (np.ones((3, 4, 1)), np.ones((3, 4), bool)),
        (np.ones((3, 4)), np.array([4, 1, 2])),
    ],
)
def test_values_beside_their_lengths_are_no_sequences(values, other, make):
    message = r"X is a pair of shapes \(3, 4.* with NaN beyond .* or \[x\[:n\] for x, n in zip\(\*X"
    with pytest.raises(ValueError, match=message):
        from_list(make((values, other)))


def test_two_sequences_are_no_pair():
    for one, other in (
        (np.ones((3, 1)), np.array([4, 1, 2])),
        (np.ones(3), np.ones(3)),
        (np.ones((3, 2)), np.ones((3, 2))),
    ):
        assert from_list((one, other)).lengths.tolist() == [3, 3]


def test_errors_in_padded_arrays():
    X = np.ones((3, 4, 2))
    X[1, 1] = np.nan
    with pytest.raises(ValueError, match="X contains NaN: sequence 1, time step 1, feature 0"):
        from_padded(X)
    X[1, 1:] = np.nan
    X[1, 1, 0] = 5
    with pytest.raises(ValueError, match="X contains NaN: sequence 1, time step 1, feature 1"):
        from_padded(X)
    X[1] = np.nan
    with pytest.raises(ValueError, match=r"X\[1\] has no time step"):
        from_padded(X)
    with pytest.raises(ValueError, match=r"\(0, 4, 2\)"):
        from_padded(np.ones((0, 4, 2)))
    with pytest.raises(ValueError, match=r"\(3, 0, 2\)"):
        from_padded(np.ones((3, 0, 2)))


def test_columns_that_are_no_whole_steps():
    with pytest.raises(ValueError, match="7 columns, which n_step_features=2 does not divide"):
        from_flat(np.ones((3, 7)), 2)
    with pytest.raises(ValueError, match="1 columns, which n_step_features=2"):
        from_flat(np.ones((3, 1)), 2)


def test_rows_with_nan_name_the_step():
    X = np.ones((3, 6))
    X[2, 3] = np.nan
    with pytest.raises(ValueError, match="NaN: sequence 2, time step 1, feature 1"):
        from_flat(X, 2)
