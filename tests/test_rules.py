from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from skrnn.rules import (
    BOOLEAN,
    NOTHING,
    SEED,
    InvalidParameterError,
    among,
    check,
    check_parameters,
    instance,
    real,
    setting,
    whole,
)


@dataclass
class Owner:
    size: Any = setting(1, whole(1), among(["full", "auto"]), NOTHING)
    shape: Any = setting(None, NOTHING)


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (whole(1), [1, 7, np.int64(3), 2**63 - 1], [0, -1, 1.0, True, "1", None, np.float64(2)]),
        (whole(1), [1], [b"a", 2**63, 10**40, 10**5000, Fraction(2), Decimal(2), np.array(2)]),
        (whole(1, 3), [1, 3], [0, 4]),
        (real(0), [0, 0.5, np.float32(3), 1], [-1e-9, np.nan, np.inf, False, "1", None]),
        (real(0), [Fraction(1, 3), np.longdouble(1)], [Decimal(1), 10**400, b"1", np.array(1.0)]),
        (real(0, 1), [], [Fraction(10**20 - 1, 10**20), np.nextafter(np.longdouble(1), 0)]),
        (real(0, ends="()"), [1e-9], [0, 0.0, -1, np.nan]),
        (real(0, 1), [0, 0.5], [1, 1.5, -0.1]),
        (real(0, 1, ends="()"), [0.5], [0, 1]),
        (among(["a", "b"]), ["a", "b"], ["c", 1, None, ["a"]]),
        (instance(Owner), [Owner(1)], [Owner, 1]),
        (BOOLEAN, [True, False], [0, 1, None]),
        (NOTHING, [None], [0, False]),
        (SEED[0], [0, 2**32 - 1, np.uint8(3)], [-1, 2**32, 1.0, True, "a"]),
        (SEED[1], [np.random.RandomState(0)], [np.random.default_rng(0), np.random]),
    ],
)
def test_rules(rule, good, bad):
    assert all(rule.admits(value) for value in good)
    assert not any(rule.admits(value) for value in bad)


def test_the_error_names_parameter_owner_value_and_remedy():
    message = (
        r"^The 'size' parameter of Owner must be an int in the range \[1, 2\*\*63\), a str among "
        r"\{'auto', 'full'\} or None. Got 0 instead.$"
    )
    with pytest.raises(InvalidParameterError, match=message):
        check_parameters(Owner(0))


def test_some_of_the_fields_are_checked():
    with pytest.raises(InvalidParameterError, match="'shape' parameter of Owner"):
        check_parameters(Owner(shape=1))
    check_parameters(Owner(shape=1), "size")


def test_the_error_is_a_value_error_and_a_type_error():
    assert issubclass(InvalidParameterError, ValueError)
    assert issubclass(InvalidParameterError, TypeError)


def test_intervals_read_as_in_mathematics():
    assert real(0, 1).words == "a float in the range [0, 1)"
    assert real(0, 1, ends="()").words == "a float in the range (0, 1)"
    assert real(0, 1e6, ends="(]").words == "a float in the range (0, 1000000.0]"
    assert whole(1).words == "an int in the range [1, 2**63)"
    assert whole(1, 9).words == "an int in the range [1, 9]"


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (10**40, f"Got {10**40} instead"),
        (10**400, r"Got 10*\.\.\. \(401 characters\) instead"),
        (10**5000, "Got a value of type int, with too many digits to print, instead"),
        ([0] * 1000, r"Got \[0, 0, .*\.\.\. \(3000 characters\) instead"),
    ],
    ids=["40 digits", "400 digits", "5000 digits", "list"],
)
def test_a_long_value_is_cut(value, got):
    with pytest.raises(InvalidParameterError, match=rf"^size must be an int .* or None\. {got}\.$"):
        check("size", value, whole(1), NOTHING)
