"""Who is told how a fit goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from skrnn.estimators.callbacks import CallbackSupportMixin, place_of
from skrnn.network.parameters import Parameters
from skrnn.training.dataset import Dataset
from skrnn.training.loop import Ending, train
from skrnn.training.monitor import Validation
from skrnn.training.progress import Progress, Recipe
from skrnn.training.report import EpochLine, announce, worker
from skrnn.training.starts import best_of


class Watch:
    """
    Tells scikit-learn's callbacks of a fit and of its epochs, and whoever wants a line of each.

    To callbacks, a fit is a task, and each epoch a task within it, with tasks for several starts in
    between; a callback that returns True at the end of an epoch ends the start, and at the end of a
    start the fit, which `stopped` then says. `n_epochs` is None if that is yet to be seen, and
    `fitted` returns the attributes of an estimator trained as far as this.
    """

    def __init__(
        self,
        estimator: CallbackSupportMixin,
        data: tuple[Any, Any, Any],
        *,
        n_starts: int,
        n_epochs: int | None,
        fitted: Callable[[Progress], dict[str, Any]],
    ) -> None:
        X, y, sample_weight = data
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._about = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fitted = fitted
        self.n_starts, self._n_epochs, self._n_begun = n_starts, n_epochs, 0
        self.stopped = False
        n_parts = n_epochs if n_starts == 1 else n_starts
        self._fit = estimator._init_callback_context(max_subtasks=n_parts)  # noqa: SLF001
        self._fit.call_on_fit_task_begin(**self._about)

    @contextmanager
    def start(self, n_epochs: int, place: str | None) -> Iterator[Callable[[Progress], bool]]:
        """
        Watch a start, with lines that begin with a place, or none.

        Yield a function to be called after each epoch, which tells whether it shall be the last.
        """
        several = self.n_starts > 1
        self._n_begun += 1
        task = self._begin(self._fit, "start", self._n_epochs) if several else self._fit
        epoch, n_left = self._begin(task, "epoch"), n_epochs
        last: Progress | None = None

        def after_epoch(progress: Progress) -> bool:
            nonlocal epoch, n_left, last
            line.show(progress)
            last, n_left = progress, n_left - 1
            stop = self._end(epoch, progress)
            if not stop and n_left > 0 and not progress.monitor.is_done:
                epoch = self._begin(task, "epoch")
            return stop

        places = filter(None, [place, f"start {self._n_begun}/{self.n_starts}" if several else ""])
        n_later, shown = (self.n_starts - self._n_begun) * n_epochs, place is not None
        with EpochLine(", ".join(places), n_epochs, n_later, shown=shown) as line:
            yield after_epoch
        if several and last is not None:
            self.stopped = self._end(task, last)

    def train(
        self,
        recipe: Recipe,
        first: Progress,
        data: Dataset,
        n_epochs: int,
        judge: Callable[[Parameters], Validation] | None,
        *,
        verbose: bool,
    ) -> tuple[Progress, str | None]:
        """Train from each beginning; return the best, and what there is to warn of."""
        place = None
        if verbose:
            place = place_of(self._fit) or worker()
            announce(place, " ".join(repr(self._about["estimator"]).split()))
        begin = partial(Progress.begin, recipe, first.seed, data.sequences.steps.dtype)

        def run(progress: Progress) -> Ending:
            with self.start(n_epochs, place) as after_epoch:
                ending = train(recipe, progress, data, n_epochs, judge, after_epoch)
            return Ending(None, interrupted=True) if self.stopped else ending

        return best_of(first, self.n_starts, begin, run)

    def end(self, progress: Progress) -> None:
        """End the fit."""
        self._end(self._fit, progress)

    def _begin(self, task: Any, name: str, n_parts: int | None = 0) -> Any:
        """Begin a part of a task."""
        part = task.subcontext(task_name=name, max_subtasks=n_parts)
        return part.call_on_fit_task_begin(**self._about)

    def _end(self, task: Any, progress: Progress) -> bool:
        """End a task and return whether a callback wants no other to follow."""
        stop: bool = task.call_on_fit_task_end(
            **self._about, reconstruction_attributes=lambda: self._fitted(progress)
        )
        return stop
