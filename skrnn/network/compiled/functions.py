"""
Functions of a number that a compiler turns into vector instructions, without any library.

::

    exp(x)      = 2^k (1 + p),  x = k ln 2 + r,  p = exp(r) - 1 = r + r^2 (1 / 2 + r / 6 + ...)
    logistic(x) = 1 - q,  q = 1 / (1 + exp(x)),  or q for -x
    tanh(x)     = 1 - 2 q,  q = 1 / (1 + exp(2 x)),  and near 0 x + x^3 (-1 / 3 + 2 / 15 x^2 - ...)

with whole k and small r. The terms of both series are those of the polynomials that err least where
they are used (Remez's algorithm). These are sums, products, quotients and bits in one fixed order:
results are the same on every machine, within two units in the last place of the truth, and NaN of
NaN. All constants have the type of the argument, since a literal would make float64 of float32.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Constants(NamedTuple):
    """
    What depends on the precision.

    ``ln 2`` is `high`, whose product with any k is exact, plus `low`. What is added to `bits` is
    rounded to a whole number k, and the last bits of the sum are those of 2^k's exponent. Up to
    `near`, tanh is its series. Beyond `far`, 2^k might overflow: exp takes two factors, logistic
    ``2^-less``, which is `little`, in place of 1. Beyond `end`, exp is 0 or infinite.
    """

    zero: Any
    one: Any
    per_log2: Any
    high: Any
    low: Any
    bits: Any
    near: Any
    far: Any
    less: Any
    little: Any
    end: Any
    of_exp: Any
    of_tanh: Any


def _in_precision(
    kind: type, rest: tuple[float, ...], of_exp: tuple[float, ...], of_tanh: tuple[float, ...]
) -> Constants:
    """Return constants of one type."""
    numbers = [0, 1, 1.4426950408889634, *rest]
    return Constants._make([*map(kind, numbers), *(tuple(map(kind, s)) for s in (of_exp, of_tanh))])


SINGLE = _in_precision(
    np.float32,
    (0.693359375, -0.00021219444005469057, 1.5 * 2**23 + 127, 0.55, 100, 50, 2.0**-50, 120),
    (
        0.5000000095052689, 0.16666519006037595, 0.041666206231751046, 0.00836886934515986,
        0.0013950461934996185,
    ),
    (
        -0.33333318051749966, 0.1333260191409226, -0.053853884175927395, 0.021077875071500836,
        -0.006282649914540966,
    ),
)  # fmt: skip
DOUBLE = _in_precision(
    np.float64,
    (
        0.6931471803691238, 1.9082149292705877e-10, 1.5 * 2**52 + 1023, 0.55, 1000, 500, 2.0**-500,
        760,
    ),
    (
        0.500000000000001, 0.16666666666666674, 0.04166666666652241, 0.008333333333322158,
        0.001388888894775187, 0.00019841269886741725, 2.4801487365579292e-05,
        2.755724216627274e-06, 2.7632650407727165e-07, 2.5110114092627445e-08,
    ),
    (
        -0.333333333333333, 0.13333333333326838, -0.053968253963881586, 0.02186948838919197,
        -0.008863232654300938, 0.0035920925484086257, -0.0014555460899720657,
        0.0005884574997016091, -0.0002334139123564869, 8.336181861517598e-05,
        -1.952213944359054e-05,
    ),
)  # fmt: skip


def constants(x: Any) -> Constants:
    """Return those of the type of a number."""
    return SINGLE if isinstance(x, np.float32) else DOUBLE


def power(bits: Any) -> Any:
    """Return the 2^k that the last bits of a number are the exponent of."""
    return power_in_single(bits) if isinstance(bits, np.float32) else power_in_double(bits)


def power_in_single(bits: Any) -> Any:
    """Return 2^k in float32."""
    return np.int32(np.float32(bits).view(np.int32) << 23).view(np.float32)


def power_in_double(bits: Any) -> Any:
    """Return 2^k in float64."""
    return np.int64(np.float64(bits).view(np.int64) << 52).view(np.float64)


def polynomial(x: Any, terms: Any) -> Any:
    """Return ``terms[0] + terms[1] x + ...``, those of even and odd powers side by side."""
    if len(terms) == 1:
        return terms[0]
    return polynomial(x * x, terms[::2]) + x * polynomial(x * x, terms[1::2])


def parts_of_exp(x: Any) -> Any:
    """Return k, its bits and p."""
    c = constants(x)
    bits = x * c.per_log2 + c.bits
    k = bits - c.bits
    r = (x - k * c.high) - k * c.low
    return k, bits, r + r * r * polynomial(r, c.of_exp)


def within(x: Any, low: Any, high: Any) -> Any:
    """Return the number, or the end that it is beyond."""
    x = max(x, low)
    return min(x, high)


def exp(x: Any) -> Any:
    """Return the exponential."""
    c = constants(x)
    k, _, p = parts_of_exp(within(x, -c.end, c.end))
    first = within(k, -c.far, c.far)
    return (c.one + p) * power(first + c.bits) * power((k - first) + c.bits)


def tanh(x: Any) -> Any:
    """Return the hyperbolic tangent."""
    c = constants(x)
    y = abs(x)
    _, bits, p = parts_of_exp(within(y + y, c.zero, c.less))
    two_k = power(bits)
    q = c.one / (two_k + (two_k * p + c.one))
    near = y + y * (y * y) * polynomial(y * y, c.of_tanh)
    return np.copysign(near if y < c.near else c.one - (q + q), x)


def logistic(x: Any) -> Any:
    """Return ``1 / (1 + exp(-x))``."""
    c = constants(x)
    k, bits, p = parts_of_exp(within(abs(x), c.zero, c.end))
    two_k = power(bits - c.less if k > c.far else bits)
    one = c.little if k > c.far else c.one
    q = one / (two_k + (two_k * p + one))
    return q if x < c.zero else c.one - q


def relu(x: Any) -> Any:
    """Return ``max(x, 0)``."""
    c = constants(x)
    return max(x, c.zero)


def tanh_slope(y: Any) -> Any:
    """Return the derivative where tanh is y."""
    return constants(y).one - y * y


def logistic_slope(y: Any) -> Any:
    """Return the derivative where the logistic function is y."""
    return y - y * y


def relu_slope(y: Any) -> Any:
    """Return the derivative where relu is y."""
    c = constants(y)
    return c.one if y > c.zero else c.zero


ALL = (
    *(polynomial, parts_of_exp, within),
    *(exp, tanh, logistic, relu, tanh_slope, logistic_slope, relu_slope),
)
"""Those that are compiled as they stand."""
