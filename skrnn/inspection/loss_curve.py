"""The course of training in a picture."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from skrnn.inspection.axes import legend_above, new_axes
from skrnn.inspection.task import target_of
from skrnn.types import FloatArray


class LossCurveDisplay:
    """
    Training loss by epoch, with loss and score of the validation set where there is one.

    Use `from_estimator` to make one.

    Parameters
    ----------
    loss_curve : array-like of shape (n_epochs,)
        Training loss.
    validation_scores : array-like of shape (n_scores,) or None, default=None
        Score on the validation set after the last n_scores epochs, fewer than all where a warm
        start has added the validation; drawn along an axis of its own, on the right.
    name : str or None, default=None
        What the curve belongs to, for the legend.
    validation_loss_curve : array-like of shape (n_scores,) or None, default=None
        Loss on the validation set, after the same epochs.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the loss.
    score_ax_ : matplotlib Axes or None
        The axes of the validation score.
    figure_ : matplotlib Figure
        The figure.
    line_ : matplotlib Line2D
        The loss.
    validation_line_, score_line_ : matplotlib Line2D or None
        The validation loss and score.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import LossCurveDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(model)
    >>> display.ax_.get_ylabel()
    'Training loss'
    """

    def __init__(
        self,
        loss_curve: Any,
        validation_scores: Any = None,
        name: str | None = None,
        validation_loss_curve: Any = None,
    ) -> None:
        self.validation_loss_curve = validation_loss_curve
        self.loss_curve: FloatArray = np.asarray(loss_curve)
        self.validation_scores = validation_scores
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        ax: Any = None,
        name: str | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> Self:
        """
        Draw the course of a fit.

        Parameters
        ----------
        estimator : classifier, regressor or tagger of skrnn
            Fitted.
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own. Those of an earlier display compare both.
        name : str, default=None
            What the curve belongs to, for the legend; None for the name of the class.
        line_kw : dict, default=None
            Passed on to ``ax.plot`` for the loss.

        Returns
        -------
        LossCurveDisplay
            The display, drawn.
        """
        target_of(estimator)  # raises an error if it is not fitted
        name = type(estimator).__name__ if name is None else name
        validated = getattr(estimator, "validation_loss_curve_", None)  # older models have none
        display = cls(estimator.loss_curve_, estimator.validation_scores_, name, validated)
        return display.plot(ax=ax, line_kw=line_kw)

    def plot(self, *, ax: Any = None, line_kw: dict[str, Any] | None = None) -> Self:
        """
        Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own.
        line_kw : dict, default=None
            Passed on to ``ax.plot`` for the loss.

        Returns
        -------
        LossCurveDisplay
            The display itself.
        """
        self.ax_, self.figure_ = new_axes(ax)
        epochs = np.arange(1, len(self.loss_curve) + 1)
        settings = {"label": self.name} | (line_kw or {})
        (self.line_,) = self.ax_.plot(epochs, self.loss_curve, **settings)
        self.ax_.set(xlabel="Epoch", ylabel="Training loss")
        self.score_ax_ = self.score_line_ = self.validation_line_ = None
        style = {"color": self.line_.get_color()}
        if (losses := self.validation_loss_curve) is not None:
            self.ax_.set_ylabel("Training loss, validation loss (dotted)")
            last = epochs[len(epochs) - len(losses) :]
            (self.validation_line_,) = self.ax_.plot(last, losses, linestyle=":", **style)
        if (scores := self.validation_scores) is not None:
            self.score_ax_ = _score_axes(self.ax_)
            last = epochs[len(epochs) - len(scores) :]
            (self.score_line_,) = self.score_ax_.plot(last, scores, linestyle="--", **style)
        if self.name is not None:
            legend_above(self.ax_)
        return self


def _score_axes(ax: Any) -> Any:
    """Return the axes of an earlier display's validation score, or new ones that share x."""
    label = "Validation score (dashed)"
    for other in ax.get_shared_x_axes().get_siblings(ax):
        if other.get_ylabel() == label and other.bbox.bounds == ax.bbox.bounds:
            return other
    twin = ax.twinx()
    twin.set_ylabel(label)
    return twin
