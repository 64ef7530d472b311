"""What happens within a network as it reads one sequence, in a picture."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from skrnn.inspection.axes import image_of_steps, legend_above, new_axes
from skrnn.inspection.states import states_of
from skrnn.types import FloatArray


class HiddenStateDisplay:
    """
    Units by time for one sequence, and above them what the network says as it goes.

    Red is positive and blue negative, up to the largest value of the picture. An LSTM's memory is
    not shown. Class probabilities or predictions at a step are those that the network would give
    had the sequence ended there; with two directions, those after as many steps of each; but where
    steps have targets of their own, those of the step. Use `from_estimator` to make one.

    Parameters
    ----------
    hidden : array of shape (n_units, n_timesteps)
        States of a layer after each step.
    outputs : array of shape (n_timesteps, n_outputs)
        Class probabilities, or predictions, after each step.
    classes : array-like of shape (n_outputs,) or None, default=None
        The classes, for the legend; None for predictions.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the units.
    output_ax_ : matplotlib Axes
        Those of the probabilities or predictions.
    figure_ : matplotlib Figure
        The figure.
    image_ : matplotlib AxesImage
        The units.
    colorbar_ : matplotlib Colorbar
        Its values, beside it.
    lines_ : list of matplotlib Line2D
        The probability of each class, or the predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import HiddenStateDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> display = HiddenStateDisplay.from_estimator(model, X[0])
    >>> display.hidden.shape
    (4, 5)
    """

    def __init__(self, hidden: FloatArray, outputs: FloatArray, classes: Any = None) -> None:
        self.hidden = hidden
        self.outputs = outputs
        self.classes = classes

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        x: Any,
        *,
        layer: int = -1,
        ax: Any = None,
        image_kw: dict[str, Any] | None = None,
    ) -> Self:
        """
        Let a fitted network read a sequence and draw what happens.

        Parameters
        ----------
        estimator : classifier, regressor or tagger of skrnn
            Fitted.
        x : array-like
            One sequence, such as ``X[0]`` of an X that `predict` takes.
        layer : int, default=-1
            Which layer, from the input upwards; -1 is the top one. With two directions, the units
            of the one that reads backwards follow those of the other, both at the same step of x.
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own.
        image_kw : dict, default=None
            Passed on to ``ax.imshow``.

        Returns
        -------
        HiddenStateDisplay
            The display, drawn.
        """
        hidden, outputs = states_of(estimator, x, layer)
        return cls(hidden, outputs, getattr(estimator, "classes_", None)).plot(
            ax=ax, image_kw=image_kw
        )

    def plot(self, *, ax: Any = None, image_kw: dict[str, Any] | None = None) -> Self:
        """
        Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own. The upper third goes to the outputs, the
            right edge to the colour bar.
        image_kw : dict, default=None
            Passed on to ``ax.imshow``.

        Returns
        -------
        HiddenStateDisplay
            The display itself.
        """
        self.ax_, self.figure_ = new_axes(ax)
        self.image_, self.output_ax_, self.colorbar_ = image_of_steps(
            self.ax_, self.hidden, image_kw
        )
        self.ax_.set(ylabel="Unit")
        self.colorbar_.set_label("State")
        steps = np.arange(1, self.hidden.shape[1] + 1)
        names = range(self.outputs.shape[1]) if self.classes is None else self.classes
        self.lines_ = [
            self.output_ax_.plot(steps, values, label=str(name))[0]
            for name, values in zip(names, self.outputs.T, strict=True)
        ]
        if self.classes is None:
            self.output_ax_.set(ylabel="Prediction")
        else:
            self.output_ax_.set(ylabel="Probability", ylim=(-0.02, 1.02))
        if len(self.lines_) > 1 or self.classes is not None:
            legend_above(self.output_ax_)
        return self
