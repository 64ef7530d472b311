"""What ``verbose=True`` shows."""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import threading
from textwrap import fill
from time import perf_counter
from typing import Self

from skrnn.training.monitor import Monitor
from skrnn.training.progress import Progress

SECONDS_BETWEEN_LINES = 60.0
WIDTH = 79
"""Most characters of a line, whatever there is to tell."""

UNITS = {"s": 1, "min": 60, "h": 3600, "days": 86400}


class EpochLine:
    """
    A line about the last of `n_epochs` epochs, for use in a ``with`` statement.

    It begins with its `place`, such as the number of a start. A terminal has one line, which
    changes. Elsewhere, such as in a log file, and from workers, there is a line after the first
    epoch, after epochs 2, 4, 8 and so on, after each minute, and about the last one. The time left
    is that of `n_later` more epochs as well, at most, and as long as they take the same on average.
    """

    def __init__(
        self, place: str = "", n_epochs: int | None = None, n_later: int = 0, *, shown: bool = True
    ) -> None:
        self._place, self._n_epochs, self._n_later = place, n_epochs, n_later
        self._shown = shown
        self._is_live = shown and not worker() and getattr(sys.stdout, "isatty", bool)()
        self._now = self._printed_at = self._first_ended_at = perf_counter()
        self._n_shown = 0
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
        self._now = perf_counter()
        self._n_shown += 1
        if self._n_shown == 1:  # which takes longer, as memory is yet to be had
            self._first_ended_at = self._now
        columns = shutil.get_terminal_size().columns if self._is_live else WIDTH + 1
        line = self._describe(progress.monitor, min(WIDTH, columns - 1))  # two could not be undone
        n_epochs = progress.n_epochs
        is_power_of_two = n_epochs & (n_epochs - 1) == 0
        is_due = self._now - self._printed_at >= SECONDS_BETWEEN_LINES
        if self._is_live:
            self._print("\r" + line.ljust(len(self._printed)))
            self._printed = line
        elif not self._printed or is_power_of_two or is_due:
            self._print(line + "\n")
            self._printed, self._unprinted = line, ""
        else:
            self._unprinted = line

    def _describe(self, monitor: Monitor, width: int) -> str:
        """Describe the last epoch; what has no room in so many characters is left out."""
        n_epochs, n_left, of_all = len(monitor.loss_curve), 0, ""
        if self._n_epochs is not None:
            n_left = max(self._n_epochs - self._n_shown, 0)
            of_all = f"/{n_epochs + n_left}"
        place = f"{self._place}, epoch" if self._place else "epoch"
        line = f"{_begin(place)} {n_epochs}{of_all}: loss {monitor.loss_curve[-1]:#.5g}"
        more = []
        if monitor.validation_scores:
            more.append(f"validation {monitor.validation_scores[-1]:#.4g}")
        n_left = self._n_later + (0 if monitor.is_done else n_left)
        if n_left > 0 and self._n_shown > 1:
            per_epoch = (self._now - self._first_ended_at) / (self._n_shown - 1)
            more.append(f"< {duration(per_epoch * n_left)} left")
        more.append(f"norm {monitor.gradient_norms[-1][0]:.3g}")
        for part in more:
            if len(line) + len(part) + 2 <= width:
                line += f", {part}"
        return line[:width]

    def _print(self, text: str) -> None:
        """Print, and note when."""
        say(text, end="")
        self._printed_at = self._now


def announce(place: str, what: str) -> None:
    """Say what the lines that follow are about."""
    say(fill(f"{_begin(place)}: {what}" if place else what, WIDTH, subsequent_indent="    "))


def say(text: str, end: str = "\n") -> None:
    """Print at once and as a whole, whatever else is yet to come and whoever else prints."""
    print(text + end, end="", flush=True)  # noqa: T201 - the library's only print


def worker() -> str:
    """Return the name of the process or thread, unless it is the main one."""
    if multiprocessing.parent_process() is not None:
        return multiprocessing.current_process().name
    thread = threading.current_thread()
    return "" if thread is threading.main_thread() else thread.name


def duration(seconds: float) -> str:
    """Return the next whole number of seconds, minutes, hours or days that is longer."""
    unit = next((unit for unit, size in UNITS.items() if seconds < 100 * size), "days")
    return f"{int(seconds / UNITS[unit]) + 1} {unit}"


def _begin(text: str) -> str:
    """Return how a line begins with words."""
    return text[0].upper() + text[1:]
