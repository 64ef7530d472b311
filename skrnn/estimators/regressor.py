"""A regressor of sequences: numbers for each, or for each of their steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.constraints import learns_quantiles, takes_steps
from skrnn.estimators.hyperparameters import documented
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.targets.numbers import Numbers
from skrnn.network.losses import REGRESSION_LOSSES, RegressionLoss
from skrnn.network.pooling import POOLS
from skrnn.rules import among, real, setting, whole
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.spec import choice
from skrnn.types import FloatArray


@documented
@dataclass(eq=False, repr=False, kw_only=True)
class RNNSequenceRegressor(RegressorMixin, BaseSequenceEstimator):
    """
    A recurrent network that reads a sequence and predicts numbers, at its end or at every step.

    The network takes one time step after another; a linear map of the state gives the prediction.
    The loss is minimised by backpropagation through time: the gradients of the shared weights are
    summed over the steps.

    X may have any of these forms:

    - 2-D of shape (n_samples, n_timesteps * n_step_features), array or data frame: each row is one
      sequence, a step's features next to each other. `n_step_features` says how many there are.
    - 3-D of shape (n_samples, n_timesteps, n_features).
    - 3-D whose sequences end in time steps that are NaN in every feature: padding, ignored.
    - A list or an object array of arrays of shape (n_timesteps_i, n_features). An item of one
      dimension is a sequence with one feature.

    And y any of these:

    - 1-D of shape (n_samples,): a number for each sequence.
    - 2-D of shape (n_samples, n_outputs): several for each sequence. It is never taken for steps;
      one number for each step is ``y[:, :, None]``. A list of lists of numbers is such a table.
    - 3-D of shape (n_samples, n_timesteps, n_outputs): several for each step. Where X is padded,
      the values there are ignored.
    - A list or an object array of arrays of shape (n_timesteps_i,) or (n_timesteps_i, n_outputs):
      one or several for each step.

    Predictions have the shape of y. Those of steps come in the form of X: an array for 2-D and 3-D
    X, a list of arrays for a list, an object array for one; if this X or that of the fit is 3-D
    with padding, a list.

    The network computes in float32 if the first X it is fitted on has that type, else in float64.

    Targets are standardised inside, each output by its weighted mean and standard deviation in the
    first call of `fit` or `partial_fit` (for "poisson", divided by its mean), and predictions are
    in the units of y. With default parameters, targets in the tens or hundreds are hardly learnt
    otherwise; ``benchmarks/regression.py`` measures it. An output that was constant so far is
    predicted as that constant. Where there were fewer than ten targets, or nearly equal ones,
    `partial_fit` and warm starts go on to learn mean and deviation from theirs.

    Parameters
    ----------
    loss : {"absolute_error", "huber", "poisson", "quantile", "squared_error"} or \
RegressionLoss, default="squared_error"
        The cost of an error, averaged over outputs: half its square; its absolute value, for
        medians; "huber", half its square up to 1.35 standard deviations of y and linear beyond, for
        outliers; half the Poisson deviance, for counts and rates, of predictions that are always
        positive; or the pinball loss, for quantiles: ``Quantile([0.05, 0.5, 0.95])`` learns three
        at once, which do not cross. An object such as ``Huber(threshold=0.5)`` sets details, which
        a search reaches as ``loss__threshold``. A warm start goes on in the units of the first fit,
        so that it cannot change from or to "poisson", nor to another number of quantiles.
    readout : {"last", "mean", "max"}, default="last"
        What predictions are read off: the top layer's state after the last step, or the mean or
        maximum of its states. With targets for steps, the state after the step, or the mean or
        maximum of those so far. The direction that reads backwards takes its last step at the
        beginning of the sequence.
    target_replication : float, default=0.0
        Part w, in [0, 1], of a sequence's loss that is the average over all its steps of the cost
        of what would be read off there, had the sequence ended; the rest, 1 - w, is the cost at
        the last step. With `bidirectional`, "there" is after as many steps of each direction. Not
        with targets for steps.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns.

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        The units in which targets are learnt: predictions are ``target_mean_ + target_scale_ * z``,
        where z is what the network says, or its exponential for "poisson", whose mean is 0, or what
        `Quantile` makes of it. An output that was constant has a scale of 0.

    References
    ----------
    P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the
    IEEE 78, 1990.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(n, 1)) for n in rng.integers(5, 15, size=200)]
    >>> y = [x.sum() for x in X]
    >>> model = RNNSequenceRegressor(32, learning_rate=0.01, tol=1e-3, random_state=0).fit(X, y)
    >>> print(f"{model.score(X, y):.1f}")
    1.0
    """

    loss: str | RegressionLoss = choice("squared_error", REGRESSION_LOSSES, RegressionLoss)
    readout: str = setting("last", among(POOLS))
    target_replication: float = setting(0.0, real(0, 1, ends="[]"))
    n_step_features: int = setting(1, whole(1))

    @available_if(takes_steps)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """
        Train for one epoch, beginning or going on with everything as it was.

        Called with the same data as often as `fit` takes epochs, with an int as `random_state`, it
        gives the same model, bit for bit, unless that held some out; `n_init` has no part in it.
        Targets are standardised as in the first call, or in those before ten targets have come that
        are not nearly equal. ``early_stopping=True``, which needs all data at once, is refused;
        "auto" holds nothing out here. With ``optimizer="lbfgs"``, there is no such method.

        Nobody knows how many calls there will be, so the learning rate goes on in cycles, as the
        data of the first call ask for, and never ends. The model is at its best where a cycle ends:
        after n calls for which ``schedule_.rests(n, 0)``. For a stream that is read while it comes,
        ``schedule="constant"`` keeps the rate as it is.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays
            Their targets, as `fit` takes them.
        sample_weight : array-like of shape (n_samples,), or like y, default=None
            Their weights, as `fit` takes them.

        Returns
        -------
        self
            The estimator. If training fails, or by Ctrl-C, it is left as it was.
        """
        with unchanged_on_error(self):
            self._fit_one_epoch(X, y, sample_weight)
            return self

    def predict(self, X: Any) -> Any:
        """
        Predict the targets of each sequence, or of each step.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs), or of steps in the form of X
            Predictions in the units of y.
        """
        return self._predict(X, self.target_.predict)

    @available_if(learns_quantiles)
    def predict_quantiles(self, X: Any) -> Any:
        """
        Predict all quantiles of the targets of each sequence, or of each step.

        Only with ``loss="quantile"`` or a `Quantile`, by whose levels they are in order. `predict`
        returns the one whose level is nearest to 0.5; of two as near, the lower. A `Pipeline` has
        no such method: ``pipeline[-1].predict_quantiles(pipeline[:-1].transform(X))``.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        ndarray of shape (n_samples, n_levels) or (n_samples, n_outputs, n_levels), or of steps in \
the form of X
            Quantiles in the units of y; along the last axis, none is below the one before.
        """
        return self._predict(X, self.target_.quantiles)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """
        Return the coefficient of determination R^2 over all sequences, or all steps.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.
        y : array-like or list of arrays
            Their targets, as `fit` takes them.
        sample_weight : array-like of shape (n_samples,), or like y, default=None
            Their weights, as `fit` takes them.

        Returns
        -------
        float
            At most 1, averaged over outputs; 0 is what their mean would reach.
        """
        return self._score(X, y, sample_weight)

    @property
    def target_mean_(self) -> FloatArray:
        """What is added to predictions."""
        origin: FloatArray = self.target_.units.origin
        return origin

    @property
    def target_scale_(self) -> FloatArray:
        """What predictions are multiplied with before."""
        size: FloatArray = self.target_.units.size
        return size

    def _target_of(self, y: Any) -> Numbers:
        return Numbers(per_step=is_ragged(y) or as_array(y, "y").ndim == 3, cost=self.loss)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        loss = REGRESSION_LOSSES.get(self.loss) if isinstance(self.loss, str) else self.loss
        tags.target_tags.positive_only = getattr(loss, "relative", False)  # fit names a wrong one
        return tags
