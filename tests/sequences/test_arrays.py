from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skrnn.sequences.arrays import as_array, as_floats, is_array
from tests.estimators.forms import NoArray


@pytest.mark.parametrize(
    "values",
    [
        np.ones(3),
        [1, 2, 3],
        (1, 2, 3),
        range(3),
        deque([1, 2, 3]),
        memoryview(np.ones(3)),
        pd.Series([1, 2, 3]),
        pl.Series([1, 2, 3]),
    ],
    ids=lambda values: type(values).__name__,
)
def test_what_is_an_array(values):
    assert as_array(values, "y").shape == (3,)
    assert as_floats(values, "y").dtype == np.float64


def test_an_array_is_not_copied():
    values = np.ones(3, np.float32)
    assert as_array(values, "y") is values
    assert np.shares_memory(as_floats(values, "y"), values)


def test_every_real_number_becomes_a_float():
    values = np.array([Fraction(1, 2), Decimal("0.5"), 1, True, np.float32(2), None], dtype=object)
    np.testing.assert_array_equal(as_floats(values, "y"), [0.5, 0.5, 1, 1, 2, np.nan])
    assert as_floats(np.array([np.longdouble("1e400")]), "y") == np.inf


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (
            {"a": 1},
            TypeError,
            r"^y must be an array .* is a dict. Give its values .*list\(y.values",
        ),
        (iter([1]), TypeError, r"^y must be an array .* is a list_iterator. .* list\(y\)\.$"),
        (pd.DataFrame({"a": [1]}).groupby("a"), TypeError, "^y must.*sequences_from_frame"),
        (pl.DataFrame({"a": [1]}).group_by("a"), TypeError, "^y must.*sequences_from_frame"),
        ([[1, 2], [3]], ValueError, "^y is a list of lists of different lengths"),
        (NoArray((3,)), ValueError, "^y must be an array.* It says: call detach first$"),
        ([np.ones(2), NoArray((3,))], ValueError, "^y must be an array"),
    ],
    ids=["dict", "iterator", "groups of pandas", "of polars", "lists", "no array", "in a list"],
)
def test_what_is_no_array(values, kind, message):
    with pytest.raises(kind, match=message):
        as_array(values, "y")


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (np.ones(2) + 1j, ValueError, "^y must hold real numbers; its dtype is complex128"),
        (["a"], ValueError, "^y must hold real numbers; its dtype is <U1"),
        (np.zeros(2, "M8[s]"), ValueError, "^y must hold real numbers; its dtype is datetime64"),
        ([1.0, 10**400], ValueError, r"^y must hold real numbers, but y\[1\] is 10*\.\.\. \(401 c"),
        (np.array([[1], ["a"]], object), ValueError, r"but y\[1, 0\] is 'a': could not convert"),
        ([1.0, {}], TypeError, r"^y must hold real numbers, but y\[1\] is {}"),
        (np.array([1.0, 1j], object), TypeError, r"^y must hold real numbers, but y\[1\] is 1j"),
    ],
    ids=str,
)
def test_what_holds_no_real_numbers(values, kind, message):
    with pytest.raises(kind, match=message):
        as_floats(values, "y")


def test_items_of_a_list():
    assert is_array(np.ones(1))
    assert is_array(pd.DataFrame())
    assert is_array(NoArray((2,)))
    for item in (1.0, np.float64(1), [1], "a", np.array(1), None):
        assert not is_array(item)
