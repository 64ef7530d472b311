"""What X may have been meant to be, where it is read as something of which little can be learnt."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.exceptions import DataDimensionalityWarning

from skrnn.estimators.x_format import has_rows, width_of
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.step_array import step_width


def advise(estimator: Any, X: Any, sequences: Sequences) -> None:
    """Warn if all sequences have one step, so that recurrence does nothing, unless asked for."""
    is_given = step_width(X) is None and (has_rows(X) or width_of(X) is not None)
    if sequences.n_steps_of_each != 1 or not is_given:  # by the user, and not as a list
        return
    of_step = estimator.n_step_features
    if not has_rows(X):
        cure = (
            "If X has shape (n_samples, n_channels, n_timesteps), put "
            "skrnn.preprocessing.ChannelsFirst first, or give X.transpose(0, 2, 1)."
        )
    elif of_step is None or of_step == 1:
        cure = (
            "If the rows of X are the steps of one long sequence, give [X], and [y] if y has a "
            "value for each step; of several, skrnn.preprocessing.sequences_from_frame."
        )
    else:
        return
    warnings.warn(
        f"Every sequence of X has one time step, so that {type(estimator).__name__} has nothing "
        f"to remember. {cure}",
        DataDimensionalityWarning,
        stacklevel=7,
    )
