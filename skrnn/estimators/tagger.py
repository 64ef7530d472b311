"""A tagger of sequences: a label for each of their steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from sklearn.utils import column_or_1d

from skrnn.estimators.data import has_rows
from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.labeller import BaseSequenceLabeller
from skrnn.estimators.labels import check_labels
from skrnn.estimators.limits import LABEL_RULES, RULES
from skrnn.estimators.numbers import check_numbers
from skrnn.rules import Rules
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.steps import check_number, take_apart
from skrnn.types import FloatArray, IntArray


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class RNNSequenceTagger(BaseSequenceLabeller):
    """
    A recurrent network that reads a sequence and names the class of each step.

    A linear map of the state after a step gives its probabilities through softmax: a network that
    reads in one direction knows what came before, one that is `bidirectional` the whole sequence.
    The cross-entropy, averaged over all steps, is minimised by backpropagation through time.

    X may have any of these forms, and y goes with it:

    - 3-D of shape (n_samples, n_timesteps, n_features); y of shape (n_samples, n_timesteps).
    - A list or an object array of arrays of shape (n_timesteps_i, n_features), an item of one
      dimension having one feature; y a list of arrays of shape (n_timesteps_i,).
    - 3-D whose sequences end in time steps that are NaN in every feature, which is padding; y of
      shape (n_samples, n_timesteps), whatever it has there being ignored, or a list of arrays.
    - 2-D of shape (n_samples, n_features), array or data frame: sequences of one step; y of shape
      (n_samples,).

    Labels are strings, whole numbers, booleans or datetime64. `predict` returns them in the form of
    X: an array for 2-D and 3-D X, a list of arrays for a list, an object array for one; if this X
    or that of the fit is 3-D with padding, a list of arrays. `sample_weight` has a number for each
    sequence, or is like y. For probabilities from folds, use
    `skrnn.metrics.cross_val_predict_proba`: scikit-learn's `cross_val_predict` takes the steps of a
    table y for targets of their own.

    The network computes in float32 if the first X it is fitted on has that type, else in float64.

    References
    ----------
    A. Graves, J. Schmidhuber, "Framewise phoneme classification with bidirectional LSTM and other
    neural network architectures", Neural Networks 18, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceTagger
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(n, 1)) for n in rng.integers(5, 15, size=100)]
    >>> y = [np.where(x[:, 0].cumsum() > 0, "above", "below") for x in X]
    >>> model = RNNSequenceTagger(16, learning_rate=0.03, tol=0.001, random_state=0).fit(X, y)
    >>> bool(model.score(X, y) > 0.95)
    True
    >>> model.predict(X[:1])[0][:3]
    array(['above', 'below', 'below'], dtype='<U5')
    """

    _rules: ClassVar[Rules] = {**RULES, **LABEL_RULES}
    _per_step = True

    readout: ClassVar[str] = "last"
    target_replication: ClassVar[float] = 0.0

    def _features_of_step(self, X: Any) -> int:
        return int(X.shape[-1]) if has_rows(X) and X.shape else 1  # a row is one step

    def _predict(self, X: Any, read: Callable[[FloatArray], Any] | None = None) -> Any:
        values = super()._predict(X, read)
        return values[:, 0] if self._x_format.on_rows else values

    def _check_targets(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        form = () if y is None or is_ragged(y) else as_array(y, "y").shape
        if self._x_format.on_rows and (many := _several(y, form)):
            raise ValueError(
                f"X is 2-D, so that each row is a sequence of one step, but y {many}. Give X of "
                f"shape (n_samples, n_timesteps, n_features): with one feature, X[:, :, None]."
            )
        if y is None:
            raise ValueError("A tagger requires y to be passed, but the target y is None.")
        if self._x_format.on_rows:
            labels = column_or_1d(y, warn=True)
            check_number(len(labels), len(lengths), "y")
        elif len(form) == 1:
            raise ValueError(
                f"y has shape {form}, but must have a label for each time step: an array of shape "
                f"(n_samples, n_timesteps), or a list with an array for each sequence. For one "
                f"label per sequence, use RNNSequenceClassifier."
            )
        else:
            labels = take_apart(y, lengths, width, "y")
        if labels.ndim > 1:
            raise ValueError(f"y must have one label for each step, not {labels.shape[1:]} values.")
        if labels.dtype.kind == "f":
            owners = np.repeat(np.arange(len(lengths)), lengths)
            check_numbers(labels, there, owners, positive=False)
        known = check_labels(labels[there])
        labels = np.zeros(len(there), known.dtype)  # where there is none, none that anyone reads
        labels[there] = known
        return labels


def _several(y: Any, form: tuple[int, ...]) -> str:
    """Say where y, of a shape if it is not ragged, has not one label for each sequence."""
    if form[1:] not in {(), (1,)}:
        return f"has shape {form}"
    sizes = [np.size(item) for item in y] if is_ragged(y) else []
    return next((f"has {n} labels in y[{i}]" for i, n in enumerate(sizes) if n != 1), "")
