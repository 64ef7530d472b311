"""What ``verbose=True`` prints."""

from __future__ import annotations

from skrnn.training.monitor import Monitor


def print_epoch(monitor: Monitor) -> None:
    """
    Print a line about the last epoch.

    Parameters
    ----------
    monitor : Monitor
        The history up to it.
    """
    line = f"Epoch {len(monitor.loss_curve)}, loss = {monitor.loss_curve[-1]:.6f}"
    if monitor.validation_scores:
        line += f", validation score = {monitor.validation_scores[-1]:.6f}"
    print(line)  # noqa: T201 - the library's only print
