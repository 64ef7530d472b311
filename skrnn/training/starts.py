"""Several beginnings, of which the best is kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable

from skrnn.training.inference import NonFiniteError
from skrnn.training.loop import Ending
from skrnn.training.progress import Progress


def best_of(
    first: Progress,
    n_starts: int,
    begin: Callable[[int], Progress],
    run: Callable[[Progress], Ending],
) -> tuple[Progress, str | None]:
    """
    Train from several beginnings and return the best.

    One that diverges is passed over, unless all do. Ctrl-C ends the last of them, as it does
    `train`, and none follows.

    Parameters
    ----------
    first : Progress
        Where to begin first.
    n_starts : int
        How often to begin.
    begin : callable
        Returns the beginning of a number, from 1.
    run : callable
        Trains, in place.

    Returns
    -------
    best : Progress
        The one that its monitor prefers; of equal ones, the first.
    complaint : str or None
        Why its training ended, unless it converged.

    Raises
    ------
    NonFiniteError
        That of the first one, if all diverge.
    """
    best: Progress | None = None
    complaint, errors = None, []
    for start in range(n_starts):
        try:
            progress = begin(start) if start > 0 else first
            ending = run(progress)
        except NonFiniteError as error:
            errors.append(error)
            continue
        except KeyboardInterrupt:
            if best is None:
                raise
            warnings.warn(
                "Training interrupted by the user; the best so far is kept.", stacklevel=2
            )
            break
        if best is None or progress.monitor.is_better_than(best.monitor):
            best, complaint = progress, ending.complaint
        if ending.interrupted:
            break
    if best is None:
        raise errors[0]
    return best, complaint
