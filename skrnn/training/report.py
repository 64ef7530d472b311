"""What ``verbose=True`` shows."""

from __future__ import annotations

import shutil
import sys
from time import perf_counter
from typing import Self

from skrnn.training.monitor import Monitor
from skrnn.training.progress import Progress

SECONDS_BETWEEN_LINES = 60.0


class EpochLine:
    """
    A line about the last epoch, of `n_steps` time steps, for use in a ``with`` statement.

    A terminal has one line, which changes. Elsewhere, such as in a log file, there is a line after
    the first epoch, after epochs 2, 4, 8 and so on, after each minute, and about the last one.
    """

    def __init__(self, n_steps: int, title: str = "", *, shown: bool = True) -> None:
        self._n_steps, self._title, self._shown = n_steps, title, shown
        self._is_live = shown and getattr(sys.stdout, "isatty", bool)()
        self._now = self._printed_at = perf_counter()
        self._printed = self._unprinted = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._unprinted:
            self._print(self._unprinted + "\n")
        elif self._is_live and self._printed:
            self._print("\n")

    def show(self, progress: Progress) -> None:
        """Tell of the epoch that led here."""
        if not self._shown:
            return
        monitor = progress.monitor
        before, self._now = self._now, perf_counter()
        line = self._title + describe(monitor, self._n_steps / max(self._now - before, 1e-9))
        n_epochs = len(monitor.loss_curve)
        is_power_of_two = n_epochs & (n_epochs - 1) == 0
        is_due = self._now - self._printed_at >= SECONDS_BETWEEN_LINES
        if self._is_live:
            line = line[: shutil.get_terminal_size().columns - 1]  # two lines could not be undone
            self._print("\r" + line.ljust(len(self._printed)))
            self._printed = line
        elif not self._printed or is_power_of_two or is_due:
            self._print(line + "\n")
            self._printed, self._unprinted = line, ""
        else:
            self._unprinted = line

    def _print(self, text: str) -> None:
        """Print, and note when."""
        say(text, end="")
        self._printed_at = self._now


def say(text: str, end: str = "\n") -> None:
    """Print at once, whatever else is yet to come."""
    print(text, end=end, flush=True)  # noqa: T201 - the library's only print


def describe(monitor: Monitor, steps_per_second: float) -> str:
    """Describe the last epoch in less than 80 characters, without an end of line."""
    line = f"Epoch {len(monitor.loss_curve)}: loss {monitor.loss_curve[-1]:.6f}"
    if monitor.validation_scores:
        line += f", validation {monitor.validation_scores[-1]:.4f}"
    median_norm, _ = monitor.gradient_norms[-1]
    return line + f", norm {median_norm:.3g}, {steps_per_second:,.0f} steps/s"
