"""Sums of products in place: the same, whichever library multiplies."""

import numpy as np
import pytest

from skrnn.network.products import LARGE, add_products, adder, norm

TOLERANCE = {np.float32: 1e-4, np.float64: 1e-12}


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("n_rows", [3, LARGE // 100 + 1])
@pytest.mark.parametrize("spare", [True, False])
def test_a_product_is_added_whatever_its_size(n_rows, spare, dtype):
    rng = np.random.default_rng(0)
    total, left, right = (
        rng.normal(size=shape).astype(dtype) for shape in ((n_rows, 100), (n_rows, 7), (100, 7))
    )
    scratch = np.full_like(total, np.nan) if spare else None
    expected = total.astype(float) + left.astype(float) @ right.astype(float).T
    adder(total, left, scratch)(right)
    if spare:  # what is large is left to NumPy
        assert np.isfinite(scratch).all() == (n_rows > 3) == (total.size >= LARGE)
    np.testing.assert_allclose(total, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_sums_over_steps(dtype):
    rng = np.random.default_rng(0)
    total, left, right = (
        rng.normal(size=shape).astype(dtype) for shape in ((4, 5), (6, 4, 3), (6, 5, 3))
    )
    before = total.copy()
    add_products(total, left, right)
    expected = before + np.einsum("tib,tjb->ij", left, right)
    np.testing.assert_allclose(total, expected, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_norm_survives_squares_that_overflow(dtype):
    large = np.sqrt(np.finfo(dtype).max)
    np.testing.assert_allclose(norm(np.array([3 * large, 4 * large], dtype)), 5 * large, rtol=1e-6)
