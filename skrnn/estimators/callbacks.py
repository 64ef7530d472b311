"""Where scikit-learn's callbacks come from, or what stands in for them."""

from __future__ import annotations

from functools import wraps
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


def whole_fit(method: Any) -> Any:
    """Tell callbacks of a fit without parts; undo it if it fails, or if they do."""

    @with_callbacks
    def told(self: Any, X: Any, y: Any, fit_params: dict[str, Any]) -> Any:
        task = self._init_callback_context()
        task.call_on_fit_task_begin(estimator=self, X=X, y=y)
        fitted = method(self, X, y, **fit_params)
        task.call_on_fit_task_end(estimator=self, X=X, y=y)
        return fitted

    @wraps(method)
    def undone_on_error(self: Any, X: Any, y: Any = None, **fit_params: Any) -> Any:
        with unchanged_on_error(self):  # around what takes callbacks down, which may fail too
            return told(self, X, y, fit_params)

    return undone_on_error
