"""What the steps of one sequence contribute, in a picture."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from skrnn.inspection.attribution import attributions_beside
from skrnn.inspection.axes import image_of_steps, legend_above, new_axes
from skrnn.types import FloatArray


class AttributionDisplay:
    """
    Features by time for one sequence, coloured by what they contribute, and above them its course.

    Red speaks for what is explained and blue against it, up to the largest value of each of both
    pictures. The steps of the course are coloured by what they contribute with all features. Use
    `from_estimator` to make one.

    Parameters
    ----------
    steps : array of shape (n_timesteps, n_features)
        The sequence.
    attributions : array of shape (n_timesteps, n_features)
        What each value contributes.
    feature_names : array-like of str of shape (n_features,) or None, default=None
        Names for the rows and the legend; None for x0, x1 and so on.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The axes of the features.
    sequence_ax_ : matplotlib Axes
        Those of the sequence.
    figure_ : matplotlib Figure
        The figure.
    image_, sequence_image_ : matplotlib AxesImage
        What features and whole steps contribute.
    colorbar_ : matplotlib Colorbar
        What features contribute, in numbers.
    lines_ : list of matplotlib Line2D
        The course of each feature.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import AttributionDisplay
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> display = AttributionDisplay.from_estimator(model, X[:1])
    >>> display.attributions.shape
    (5, 2)
    """

    def __init__(
        self, steps: FloatArray, attributions: FloatArray, feature_names: Any = None
    ) -> None:
        self.steps = steps
        self.attributions = attributions
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        target: Any = None,
        *,
        method: str = "integrated_gradients",
        feature_names: Any = None,
        ax: Any = None,
        image_kw: dict[str, Any] | None = None,
    ) -> Self:
        """
        Explain what is said of one sequence, and draw it.

        Parameters
        ----------
        estimator : classifier, regressor or tagger of skrnn, or a pipeline that ends in one
            Fitted. Of a pipeline, the course is that of the features that `attributions` is about,
            such as scaled ones.
        X : array-like or list of one array
            One sequence in a form that `predict` takes, such as ``X[3:4]``.
        target : label or int, default=None
            What is to be explained, as `attributions` takes it.
        method : {"integrated_gradients", "gradient", "occlusion"}, default="integrated_gradients"
            How, as `attributions` takes it.
        feature_names : array-like of str of shape (n_features,), default=None
            Names for the rows and the legend; None for x0, x1 and so on.
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own.
        image_kw : dict, default=None
            Passed on to ``ax.imshow`` for the features.

        Returns
        -------
        AttributionDisplay
            The display, drawn.
        """
        contributions, sequences, _ = attributions_beside(estimator, X, target, method)
        if len(sequences) != 1:
            raise ValueError(f"X must be one sequence, such as X[:1], but it has {len(sequences)}.")
        display = cls(sequences.steps, contributions, feature_names)
        return display.plot(ax=ax, image_kw=image_kw)

    def plot(self, *, ax: Any = None, image_kw: dict[str, Any] | None = None) -> Self:
        """
        Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None for a figure of its own. The upper third goes to the sequence, the
            right edge to the colour bar.
        image_kw : dict, default=None
            Passed on to ``ax.imshow`` for the features.

        Returns
        -------
        AttributionDisplay
            The display itself.
        """
        n_steps, n_features = self.steps.shape
        names = self.feature_names
        names = [f"x{i}" for i in range(n_features)] if names is None else list(names)
        if len(names) != n_features:
            raise ValueError(
                f"feature_names must name the {n_features} features that the network reads, but "
                f"names {len(names)}."
            )
        self.ax_, self.figure_ = new_axes(ax)
        self.image_, self.sequence_ax_, self.colorbar_ = image_of_steps(
            self.ax_, self.attributions.T, image_kw
        )
        self.colorbar_.set_label("Contribution")
        if n_features <= 20:
            self.ax_.set_yticks(range(n_features), names)
        self.lines_ = [
            self.sequence_ax_.plot(np.arange(1, n_steps + 1), course, label=name, marker=".")[0]
            for name, course in zip(names, self.steps.T, strict=True)
        ]
        of_steps = self.attributions.sum(axis=1)
        largest = float(np.abs(of_steps).max()) or 1.0
        bottom, top = self.sequence_ax_.get_ylim()
        self.sequence_image_ = self.sequence_ax_.imshow(
            of_steps[None],
            extent=(0.5, n_steps + 0.5, bottom, top),
            aspect="auto",
            cmap=self.image_.get_cmap(),
            vmin=-largest,
            vmax=largest,
            alpha=0.6,
        )
        self.sequence_ax_.set(ylabel="Value")
        if 1 < n_features <= 20:
            legend_above(self.sequence_ax_)
        return self
