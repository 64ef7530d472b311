"""What a training is told as."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn.training.progress import Progress
from skrnn.version import __version__


def attributes_of(progress: Progress, n_before: int) -> dict[str, Any]:
    """Return an estimator's attributes after a training whose first epochs were earlier fits'."""
    monitor = progress.monitor
    is_validated = len(monitor.validation_scores) > 0
    return {
        "_progress": progress,
        "skrnn_version_": __version__,
        "parameters_": progress.best,
        "n_iter_": progress.n_epochs - n_before,
        "t_": progress.n_seen,
        "loss_curve_": list(monitor.loss_curve),
        "gradient_norm_curve_": np.array(monitor.gradient_norms),
        "clip_rate_curve_": list(monitor.clip_rates),
        "loss_": monitor.loss_curve[-1],
        "best_loss_": None if is_validated else monitor.best_loss,
        "validation_loss_curve_": list(monitor.validation_losses) if is_validated else None,
        "validation_scores_": list(monitor.validation_scores) if is_validated else None,
        "best_validation_score_": monitor.score_of_best,
    }
