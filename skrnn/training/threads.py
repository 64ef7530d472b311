"""One thread for BLAS while a network runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController  # scikit-learn depends on it

_HELD = Lock()


@cache
def _controller() -> ThreadpoolController:
    """Find the BLAS libraries, which takes longer than to limit them."""
    return ThreadpoolController().select(user_api="blas")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """
    Keep BLAS to one thread within a block.

    Two threads sum a product in another order than one, so that without this the same seed would
    give one model in a plain fit and another in the workers of a parallel search. As the number
    belongs to the whole process, only the first of several Python threads limits and restores it:
    if each restored what it found, the limit could outlast them all; once it ends, the others go on
    with as many BLAS threads as before.
    """
    if not _HELD.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1):
            yield
    finally:
        _HELD.release()
