"""Products of matrices, added one step after the other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import blas

from skrnn.types import FloatArray

LARGE = 2**16
"""Elements of a matrix from which on NumPy's product and a sum take no longer than SciPy's one."""

# To find them with get_blas_funcs takes longer than a small product.
_GEMM = {"f": blas.sgemm, "d": blas.dgemm}
_NORM = {"f": blas.snrm2, "d": blas.dnrm2}


def adder(
    total: FloatArray, left: FloatArray, scratch: FloatArray | None = None
) -> Callable[[FloatArray], object]:
    """
    Return a function that adds ``left right'`` to a matrix.

    That is (R, C) += (R, B) (B, C), all of one precision; `left` is read when it is called. SciPy
    adds in place, which is quicker for small matrices, but keeps Python's lock meanwhile. For large
    ones NumPy takes no longer, for all its detour by `scratch` (R, C), and lets other threads run.
    Without scratch, the product is SciPy's whatever its size, and the matrix must be contiguous.
    """
    if scratch is not None and (total.size >= LARGE or not total.flags.c_contiguous):

        def add_by_numpy(right: FloatArray) -> None:
            np.matmul(left, right.T, out=scratch)
            np.add(total, scratch, out=total)

        return add_by_numpy

    # BLAS reads columns first, so that it is handed the transpose of everything.
    gemm, left_t, total_t = _GEMM[total.dtype.char], left.T, total.T

    def add_by_scipy(right: FloatArray) -> None:
        # alpha, a, b, beta, c, trans_a, trans_b, overwrite_c: to name them takes as long again.
        gemm(1.0, right.T, left_t, 1.0, total_t, 1, 0, 1)

    return add_by_scipy


def add_products(total: FloatArray, left: FloatArray, right: FloatArray) -> None:
    """
    Add ``sum_t left_t right_t'`` to (R, C), from the last step to the first; (T, R, B), (T, C, B).

    One product over all steps would first copy both factors into another order, and its rounding
    would depend on how many steps there are. This way the sum has the same bits however time is cut
    into parts, as long as the last part comes first.
    """
    for l_t, r_t in zip(left[::-1], right[::-1], strict=True):
        adder(total, l_t)(r_t)


def norm(vector: FloatArray) -> float:
    """Return the Euclidean norm by BLAS, which unlike NumPy survives squares that overflow."""
    return float(_NORM[vector.dtype.char](vector))
