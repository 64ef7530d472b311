import numpy as np
import pytest

from skrnn.rules import (
    BOOLEAN,
    NOTHING,
    InvalidParameterError,
    among,
    check_parameters,
    instance,
    real,
    whole,
)


class Owner:
    def __init__(self, size):
        self.size = size


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        (whole(1), [1, 7, np.int64(3)], [0, -1, 1.0, True, "1", None, np.float64(2)]),
        (real(0), [0, 0.5, np.float32(3), 1], [-1e-9, np.nan, np.inf, False, "1", None]),
        (real(0, ends="()"), [1e-9], [0, 0.0, -1, np.nan]),
        (real(0, 1), [0, 0.5], [1, 1.5, -0.1]),
        (real(0, 1, ends="()"), [0.5], [0, 1]),
        (among(["a", "b"]), ["a", "b"], ["c", 1, None, ["a"]]),
        (instance(Owner), [Owner(1)], [Owner, 1]),
        (BOOLEAN, [True, False], [0, 1, None]),
        (NOTHING, [None], [0, False]),
    ],
)
def test_rules(rule, good, bad):
    assert all(rule.admits(value) for value in good)
    assert not any(rule.admits(value) for value in bad)


def test_the_error_names_parameter_owner_value_and_remedy():
    message = (
        r"^The 'size' parameter of Owner must be an int in the range \[1, inf\), a str among "
        r"\{'auto', 'full'\} or None. Got 0 instead.$"
    )
    with pytest.raises(InvalidParameterError, match=message):
        check_parameters(Owner(0), {"size": (whole(1), among(["full", "auto"]), NOTHING)})


def test_the_error_is_a_value_error_and_a_type_error():
    assert issubclass(InvalidParameterError, ValueError)
    assert issubclass(InvalidParameterError, TypeError)


def test_intervals_read_as_in_mathematics():
    assert real(0, 1).words == "a float in the range [0, 1)"
    assert real(0, 1, ends="()").words == "a float in the range (0, 1)"
