"""A classifier of sequences: one label for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sklearn.utils import Tags

from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.labeller import BaseSequenceLabeller
from skrnn.estimators.targets.label_sets import LabelSets, is_indicator
from skrnn.estimators.targets.labels import Labels
from skrnn.network.pooling import POOLS
from skrnn.rules import among, real, setting, whole


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class RNNSequenceClassifier(BaseSequenceLabeller):
    """
    A recurrent network that reads a sequence and names its class, or its classes.

    The network takes one time step after another; a linear map of the state after the last one, or
    of a summary of all states, gives the probabilities through softmax. The cross-entropy is
    minimised by backpropagation through time: the gradients of the shared weights are summed over
    the steps.

    X may have any of these forms:

    - 2-D of shape (n_samples, n_timesteps * n_step_features), array or data frame: each row is one
      sequence, a step's features next to each other. `n_step_features` says how many there are.
    - 3-D of shape (n_samples, n_timesteps, n_features).
    - 3-D whose sequences end in time steps that are NaN in every feature: padding, ignored.
    - A list or an object array of arrays of shape (n_timesteps_i, n_features). An item of one
      dimension is a sequence with one feature.

    And y either of these:

    - 1-D: one label for each sequence. They are strings, whole numbers, booleans or datetime64, all
      of one of these types.
    - An indicator of shape (n_samples, n_labels), array, table, list of rows or sparse, of zeros
      and ones: which of several labels a sequence has, any number of them at once, as in
      `MLPClassifier`. It is never taken for labels of steps. Probabilities are then the logistic
      function of scores, each label's by itself, and their cross-entropies are averaged;
      `predict` returns an indicator, `score` is the share of sequences whose labels are all right,
      and early stopping watches the share of labels that are.

    The network computes in float32 if the first X it is fitted on has that type, else in float64.

    Parameters
    ----------
    readout : {"last", "mean", "max"}, default="last"
        What the class is read off: the top layer's state after the last step, or the mean or
        maximum of its states. The direction that reads backwards takes its last step at the
        beginning of the sequence.
    target_replication : float, default=0.0
        Part w, in [0, 1], of a sequence's loss that is the average over all its steps of the cost
        of what would be read off there, had the sequence ended; the rest, 1 - w, is the cost at
        the last step. With `bidirectional`, "there" is after as many steps of each direction.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the
    IEEE 78, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(size=(n, 2)) for n in rng.integers(5, 15, size=100)]
    >>> y = ["up" if x[0, 0] > 0 else "down" for x in X]  # decided by the first step
    >>> model = RNNSequenceClassifier(32, learning_rate=0.01, tol=0.001, random_state=0)
    >>> model.fit(X, y).predict(X[:3])
    array(['up', 'down', 'down'], dtype='<U4')
    """

    readout: str = setting("last", among(POOLS))
    target_replication: float = setting(0.0, real(0, 1, ends="[]"))
    n_step_features: int = setting(1, whole(1))

    def _target_of(self, y: Any) -> Labels:
        kind = LabelSets if is_indicator(y) else Labels
        return kind(class_weight=self.class_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
