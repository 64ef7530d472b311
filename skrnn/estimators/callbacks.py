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

        parent = None

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


__all__ = ["CallbackSupportMixin", "place_of", "whole_fit", "with_callbacks"]


def place_of(task: Any) -> str:
    """
    Say which fit of a search a task is, which scikit-learn's searches tell from 1.9 on.

    Nothing, if there is none or it does not tell, as `cross_validate` does not.
    """
    places: list[str] = []
    while (whole := task.parent) is not None:
        if not whole.sequential_subtasks:
            of_all = "" if whole.max_subtasks is None else f"/{whole.max_subtasks}"
            places.insert(0, f"fit {task.task_id + 1}{of_all}")
        elif task.task_name == "halving-iteration":
            places.insert(0, f"iter {task.task_id}")  # as in cv_results_
        elif task.source_task_name == "refit-with-best-params":
            places.insert(0, "refit")
        task = whole
    return ", ".join(places)


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
