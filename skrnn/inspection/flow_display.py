"""How far a gradient reaches back, in a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from skrnn.inspection.axes import legend_above, new_axes
from skrnn.inspection.flow import gradient_flow
from skrnn.types import FloatArray


class GradientFlowDisplay:
    """
    Norm of dLoss/dh_t by the distance of step t from the readout, a line per layer.

    The scale is logarithmic: a gradient that vanishes or explodes by a constant factor per step is
    a straight line, down or up. Use `from_estimator` to make one.

    Parameters
    ----------
    flow : dict of str to array of shape (n_distances,)
        What `gradient_flow` returns.
    name : str or None, default=None
        What the lines belong to, for the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes.
    figure_ : matplotlib Figure
        The figure.
    lines_ : list of matplotlib Line2D
        One for each layer and direction, in the order of `flow`.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import GradientFlowDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(6, 50, 2)), [0, 1] * 3
    >>> model = RNNSequenceClassifier(8, cell="elman", random_state=0)
    >>> display = GradientFlowDisplay.from_estimator(model, X, y)
    >>> display.ax_.get_yscale()
    'log'
    """

    def __init__(self, flow: Mapping[str, FloatArray], name: str | None = None) -> None:
        self.flow = flow
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        ax: Any = None,
        name: str | None = None,
        line_kw: dict[str, Any] | None = None,
    ) -> Self:
        """
        Measure the gradient and draw it.

        Parameters
        ----------
        estimator : classifier, regressor or tagger of skrnn
            Fitted or not; if not, the gradient is that at the beginning of training.
        X : array-like or list of arrays
            Sequences.
        y : array-like of shape (n_samples,)
            Their targets.
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own. Those of an earlier display compare both.
        name : str, default=None
            What the lines belong to, for the legend.
        line_kw : dict, default=None
            Passed on to ``ax.plot``.

        Returns
        -------
        GradientFlowDisplay
            The display, drawn.
        """
        display = cls(gradient_flow(estimator, X, y), name)
        return display.plot(ax=ax, line_kw=line_kw)

    def plot(self, *, ax: Any = None, line_kw: dict[str, Any] | None = None) -> Self:
        """
        Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own.
        line_kw : dict, default=None
            Passed on to ``ax.plot``.

        Returns
        -------
        GradientFlowDisplay
            The display itself.
        """
        self.ax_, self.figure_ = new_axes(ax)
        layers = [key for key in self.flow if key != "distance"]
        self.lines_ = []
        for layer in layers:
            parts = [self.name] if self.name is not None else []
            if len(layers) > 1 or not parts:
                parts.append(layer)
            settings = {"label": ", ".join(parts)} | (line_kw or {})
            self.lines_ += self.ax_.plot(self.flow["distance"], self.flow[layer], **settings)
        self.ax_.set(xlabel="Steps from the readout", ylabel="Norm of dLoss/dh")
        if any((self.flow[layer] > 0).any() for layer in layers):  # one class: no loss, no gradient
            self.ax_.set_yscale("log")
        legend_above(self.ax_)
        return self
