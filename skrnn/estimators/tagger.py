"""A tagger of sequences: a label for each of their steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.labeller import BaseSequenceLabeller
from skrnn.estimators.targets.step_labels import StepLabels


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
    >>> print(f"{model.score(X, y):.1f}")
    1.0
    >>> model.predict(X[:1])[0][:3]
    array(['above', 'below', 'below'], dtype='<U5')
    """

    readout: ClassVar[str] = "last"
    target_replication: ClassVar[float] = 0.0
    n_step_features: ClassVar[None] = None  # a row is one step

    def _target_of(self, y: Any) -> StepLabels:
        return StepLabels(class_weight=self.class_weight, on_rows=self.x_format_.on_rows)
