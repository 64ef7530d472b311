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
    Train from several beginnings; return the best and why it ended, unless it converged.

    One that diverges is passed over, unless all do, which raises the error of the first; Ctrl-C
    ends the last of them, as it does `train`, and none follows. `begin` gets the number of a
    beginning, from 1, `run` trains in place, and of equal ones the first is best.
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
