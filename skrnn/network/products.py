"""Products of matrices, added one step after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.linalg import blas

from skrnn.types import FloatArray

LARGE = 2**16
"""Elements of a matrix from which on NumPy's product and a sum take no longer than SciPy's one."""

# To find them with get_blas_funcs takes longer than a small product.
_GEMM = {"f": blas.sgemm, "d": blas.dgemm}
_GEMV = {"f": blas.sgemv, "d": blas.dgemv}


def add_product(
    total: FloatArray, left: FloatArray, right: FloatArray, scratch: FloatArray | None = None
) -> None:
    """
    Add ``left right'`` to a matrix.

    SciPy adds in place, which is quicker for small matrices, but keeps Python's lock meanwhile. For
    large ones NumPy takes no longer, for all its detour, and lets other threads run.

    Parameters
    ----------
    total : array of shape (R, C)
        Contiguous; changed.
    left : array of shape (R, B)
        In the precision of `total`.
    right : array of shape (C, B)
        In the precision of `total`.
    scratch : array of shape (R, C), optional
        Free to use. None leaves the product to SciPy whatever its size.
    """
    if scratch is not None and total.size >= LARGE:
        np.matmul(left, right.T, out=scratch)
        total += scratch
        return
    gemm = _GEMM[total.dtype.char]
    # BLAS reads columns first, so that it is handed the transpose of everything.
    gemm(1.0, right.T, left.T, beta=1.0, c=total.T, trans_a=1, overwrite_c=1)


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
    for l_t, r_t in zip(left[::-1], right[::-1], strict=True):
        add_product(total, l_t, r_t)


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
    gemv = _GEMV[total.dtype.char]
    ones = np.ones(steps.shape[2], total.dtype)
    for step in steps[::-1]:
        gemv(1.0, step.T, ones, beta=1.0, y=total, trans=1, overwrite_y=1)


def take_apart(matrix: FloatArray, blocks: Sequence[FloatArray]) -> None:
    """
    Write the columns of a matrix back to the blocks that it was put together from.

    Parameters
    ----------
    matrix : array of shape (R, C)
        Blocks side by side.
    blocks : sequence of arrays of shape (R, C_i)
        To be written.
    """
    for block in blocks:
        width = block.shape[1]
        block[...] = matrix[:, :width]
        matrix = matrix[:, width:]
