"""Sums over time of products, one step after the other."""

from __future__ import annotations

import numpy as np
from scipy.linalg import get_blas_funcs

from skrnn.types import FloatArray


def add_products(total: FloatArray, left: FloatArray, right: FloatArray) -> None:
    """
    Add ``sum_t left_t right_t'`` to a matrix, from the last step to the first.

    One product over all steps would first copy both factors into another order, and its rounding
    would depend on how many steps there are. This way the sum has the same bits however time is cut
    into parts, as long as the last part comes first.

    Parameters
    ----------
    total : array of shape (R, C)
        Contiguous; changed.
    left : array of shape (T, R, B)
        In the precision of `total`.
    right : array of shape (T, C, B)
        In the precision of `total`.
    """
    gemm = get_blas_funcs("gemm", dtype=total.dtype)
    for l_t, r_t in zip(left[::-1], right[::-1], strict=True):
        # BLAS reads columns first, so that it is handed the transpose of everything.
        gemm(1.0, r_t.T, l_t.T, beta=1.0, c=total.T, trans_a=1, overwrite_c=1)


def add_steps(total: FloatArray, steps: FloatArray) -> None:
    """
    Add the sum over steps and sequences to a vector, from the last step to the first.

    Parameters
    ----------
    total : array of shape (R,)
        Contiguous; changed.
    steps : array of shape (T, R, B)
        In the precision of `total`.
    """
    gemv = get_blas_funcs("gemv", dtype=total.dtype)
    ones = np.ones(steps.shape[2], total.dtype)
    for step in steps[::-1]:
        gemv(1.0, step.T, ones, beta=1.0, y=total, trans=1, overwrite_y=1)
