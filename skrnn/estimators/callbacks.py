"""Where scikit-learn's callbacks come from, or what stands in for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from skrnn.estimators.rollback import unchanged_on_error

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9, where nobody can be told

    class _Task:
        """A task that goes unnoticed."""

        def subcontext(self, **about: Any) -> Self:
            return self

        def call_on_fit_task_begin(self, **about: Any) -> Self:
            return self

        def call_on_fit_task_end(self, **about: Any) -> bool:
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An estimator that takes no callbacks."""

        def _init_callback_context(self, **about: Any) -> _Task:
            return _Task()

    def with_callbacks(method: Any) -> Any:
        """Return the method: no callback has to be taken down after it."""
        return method


__all__ = ["CallbackSupportMixin", "whole_fit", "with_callbacks"]


@contextmanager
def whole_fit(estimator: CallbackSupportMixin, X: Any, y: Any) -> Iterator[None]:
    """Tell callbacks of a fit without parts, in a method `with_callbacks`; undo it if it fails."""
    task = estimator._init_callback_context()  # noqa: SLF001
    task.call_on_fit_task_begin(estimator=estimator, X=X, y=y)
    with unchanged_on_error(estimator):  # and not before: to be taken down, callbacks leave a note
        yield
        task.call_on_fit_task_end(estimator=estimator, X=X, y=y)
