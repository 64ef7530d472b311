"""All or nothing: what a failed fit leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sklearn.base import BaseEstimator


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """
    Give an estimator its attributes back if anything fails within a block.

    They may be replaced, but not changed in place.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        estimator.__dict__ = before  # at once: another Ctrl-C must not find it half-done
        raise
