"""exp, tanh and logistic of the compiled engine, against what a higher precision says of them."""

import re

import numpy as np
import pytest

from skrnn.network.compiled import functions

numba = pytest.importorskip("numba")
pytest.importorskip("skrnn.network.compiled.loops")  # which tells Numba of them

NAMES = ("exp", "tanh", "logistic")
HIGHER = {np.float32: np.float64, np.float64: np.longdouble}
every_precision = pytest.mark.parametrize("dtype", HIGHER)
every_function = pytest.mark.parametrize("name", NAMES)
tanh, exp, logistic = functions.tanh, functions.exp, functions.logistic


@numba.njit(error_model="numpy")
def fill(x, of_exp, of_tanh, of_logistic):
    for j in range(x.size):
        of_exp[j] = exp(x[j])
    for j in range(x.size):
        of_tanh[j] = tanh(x[j])
    for j in range(x.size):
        of_logistic[j] = logistic(x[j])


def values(name, x):
    results = {each: np.empty_like(x) for each in NAMES}
    fill(x, *results.values())
    return results[name]


def truth(name, x):
    with np.errstate(all="ignore"):
        e = np.exp(x)
        if name == "logistic":
            return np.where(x < 0, e / (1 + e), 1 / (1 + np.exp(-x)))
        return e if name == "exp" else np.tanh(x)


def grid(dtype):
    """Return numbers of every size, and closer ones where functions bend and saturate."""
    of_bits = {np.float32: np.uint32, np.float64: np.uint64}[dtype]
    largest = np.array(np.inf, dtype).view(of_bits)
    sizes = np.linspace(0, float(largest) * (1 - 1e-9), 300_001).astype(of_bits).view(dtype)
    close = [np.linspace(0, end, 100_001, dtype=dtype) for end in (1, 20, 120, 760)]
    x = np.concatenate([sizes, *close])
    return np.concatenate([x, -x])


@every_function
@every_precision
def test_within_two_units_in_the_last_place(name, dtype):
    x = grid(dtype)
    expected = truth(name, x.astype(HIGHER[dtype]))
    with np.errstate(over="ignore"):
        finite = np.isfinite(expected.astype(dtype))
    found = values(name, x)
    assert found.dtype == dtype
    assert (found[~finite] == np.inf).all()
    unit = np.spacing(np.abs(expected[finite].astype(dtype)))
    assert (np.abs(found[finite] - expected[finite]) / unit).max() <= 2


@every_precision
def test_saturation_is_exact(dtype):
    ends = np.array([-np.inf, -1e4, 1e4, np.inf], dtype)
    np.testing.assert_array_equal(values("tanh", ends), [-1, -1, 1, 1])
    np.testing.assert_array_equal(values("logistic", ends), [0, 0, 1, 1])
    np.testing.assert_array_equal(values("exp", ends), [0, 0, np.inf, np.inf])


@every_precision
def test_tanh_of_what_is_tiny_is_itself(dtype):
    info = np.finfo(dtype)
    x = np.array([0.0, -0.0, info.smallest_subnormal, -info.smallest_subnormal, info.tiny], dtype)
    found = values("tanh", x)
    np.testing.assert_array_equal(found, x)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(x))


@every_function
@every_precision
def test_nan(name, dtype):
    assert np.isnan(values(name, np.array([np.nan, -np.nan], dtype))).all()


@every_function
@every_precision
def test_the_compiler_changes_no_bit(name, dtype):
    x = np.random.default_rng(0).normal(scale=20, size=300).astype(dtype)
    plain = [getattr(functions, name)(number) for number in x]
    np.testing.assert_array_equal(values(name, x), np.array(plain, dtype))


@every_precision
def test_vector_instructions(dtype):
    values("exp", np.ones(4, dtype))
    code = "".join(fill.inspect_llvm().values())
    kind = {np.float32: "float", np.float64: "double"}[dtype]
    assert len(re.findall(rf"fdiv <\d+ x {kind}>", code)) >= 2  # tanh, logistic
