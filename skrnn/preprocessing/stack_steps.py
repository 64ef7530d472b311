"""Several time steps joined into one, so that long sequences become short ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.formats import Versioned
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.x_format import XFormat, as_container, has_rows, width_of
from skrnn.preprocessing.names import input_names
from skrnn.preprocessing.steps import in_width, is_for_steps
from skrnn.rules import among, check_parameters, setting, whole
from skrnn.sequences.arrays import as_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.collections import as_sequences
from skrnn.sequences.sequences import Sequences
from skrnn.types import IntArray


@dataclass(eq=False, repr=False)
class StackSteps(  # type: ignore[call-arg]
    Versioned, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """
    Join several consecutive time steps into one, whose features are those of all of them.

    A sequence of shape (T, D) becomes one of shape (ceil(T / n_steps), n_steps * D), so nothing is
    lost, and a network has `n_steps` times fewer steps to remember what it read, and to compute.
    Within a new step, the oldest step comes first. The last new step ends where the sequence ends;
    where `n_steps` does not divide T, the first one is filled up with copies of the sequence's
    first step.

    X may have any form that the estimators of skrnn take:

    - 2-D of shape (n_samples, n_timesteps * n_step_features). The result is 3-D, of shape
      (n_samples, ceil(n_timesteps / n_steps), n_steps * n_step_features): were it 2-D, the
      `n_step_features` of the estimator that follows would have to agree with it, and an estimator
      with another one would be wrong without a word. For a 3-D X it needs none.
    - 3-D of shape (n_samples, n_timesteps, n_features). Steps at the end of a sequence that are NaN
      in every feature are padding. So are they in the result, which is of shape (n_samples,
      ceil(n_timesteps / n_steps), n_steps * n_features): each sequence is joined by its own length.
    - A list or an object array of arrays of shape (n_timesteps_i, n_features), or (n_timesteps_i,)
      with one feature; the arrays of the result have two dimensions.

    Values must be finite numbers; they stay in float32 if they are, else they become float64. It
    stands before a classifier, or a regressor of one target or several for each sequence. Targets
    of single steps do not fit to joined ones, so it cannot be fitted before a tagger. There is no
    `set_output`, since sequences are no tables.

    Parameters
    ----------
    n_steps : "auto" or int, default="auto"
        How many steps make a new one, at most a million. "auto" takes as many as leave about 32,
        over which networks learn well; over hundreds, gradients vanish. That is the median length
        of the sequences that `fit` sees, divided by 32 and rounded, or 1 if this is 0.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns.

    Attributes
    ----------
    n_steps_ : int
        How many steps make a new one.
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was a data frame with string names.
    x_format_ : XFormat
        What X was like in `fit`, and has to be.

    See Also
    --------
    PerStep : Apply a transformer of scikit-learn to each time step.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.preprocessing import StackSteps
    >>> StackSteps(n_steps=2).fit_transform([np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0])])
    [array([[1., 1.],
           [2., 3.]]), array([[4., 5.]])]
    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(2, size=200)
    >>> X = rng.normal(size=(200, 500))
    >>> X[:, :100] += y[:, None]  # long before the end
    >>> network = RNNSequenceClassifier(16, cell="lstm", random_state=0)
    >>> model = make_pipeline(StackSteps(), network).fit(X[:100], y[:100])
    >>> model[0].n_steps_, model[0].transform(X).shape
    (16, (200, 32, 16))
    >>> print(f"{model.score(X[100:], y[100:]):.1f}")
    1.0
    """

    # Networks that learnt nothing of hundreds of steps did of about so many, as was measured.
    _n_steps_left: ClassVar[int] = 32

    n_steps: int | str = setting("auto", among(["auto"]), whole(1, 1_000_000))
    n_step_features: int = setting(1, whole(1))
    n_steps_: int = field(init=False)
    x_format_: XFormat = field(init=False)

    def fit(self, X: Any, y: Any = None) -> Self:
        """
        Note the form of X, and decide how many steps make a new one.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays, default=None
            Not needed; must not have a target for each step. A 3-D y and a list of arrays have
            one, and so has a 2-D y beside a 3-D or ragged X whose sequences all have as many steps
            as y has columns (in a 3-D X, with the padding). The columns of any other 2-D y are
            outputs for a sequence, and beside a 2-D X, all are.

        Returns
        -------
        self
            The transformer, fitted. If that fails, it is left as it was.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it may not have.
        ValueError
            If X is of no accepted form, or holds NaN that is no padding or infinity; if
            `n_step_features` does not divide the columns of X; if y has a target for each step.
        """
        with unchanged_on_error(self):
            check_parameters(self)
            X = as_container(X)
            self.x_format_, sequences = XFormat.learn(self, X, self.n_step_features)
            if y is not None and _is_for_steps(as_sequences(y), sequences.lengths, X):
                raise ValueError(
                    "y has a target for each time step, but a step that StackSteps joins of "
                    "several has no single target. Leave StackSteps out, before a tagger for "
                    "instance; sequence_pipeline does so with n_steps=None."
                )
            if self.n_steps == "auto":
                self.n_steps_ = max(1, round(np.median(sequences.lengths) / self._n_steps_left))
            else:
                self.n_steps_ = int(self.n_steps)
            return self

    def transform(self, X: Any) -> Any:
        """
        Join the steps of each sequence.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        array of shape (n_samples, n_new_steps, n_steps * n_features) or list of arrays
            The new steps: for a ragged X in its form, else 3-D.

        Raises
        ------
        NotFittedError
            If `fit` was not called before.
        ValueError
            If X is of no accepted form, or has other features than that of the fit; if it is 2-D
            and that was not, or the other way round; if it holds NaN that is no padding or
            infinity.
        """
        check_is_fitted(self)
        sequences = self.x_format_.check(self, X := as_container(X))
        new, _ = self.__skrnn_join__(sequences)
        width = int(sequences.lengths[0]) if has_rows(X) else width_of(X)
        return in_width(new.steps, new.lengths, width and -(-width // self.n_steps_), X)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """
        Return the names of the features of a new step.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the features of X; by default x0, x1 and so on. For 2-D X, where each column
            has a name of its own, and several make a feature, they are not part of the result, but
            must be those of the fit.

        Returns
        -------
        ndarray of str of shape (n_steps * n_features,)
            In the order of the last axis: for two steps of two features, "x0_lag1", "x1_lag1",
            "x0_lag0" and "x1_lag0". A lag counts steps back from the last of the new step.
        """
        check_is_fitted(self)
        names = input_names(self, input_features)
        if self.x_format_.on_rows:
            names = np.array([f"x{i}" for i in range(self.x_format_.n_features)], dtype=object)
        lags = reversed(range(self.n_steps_))
        return np.array([f"{name}_lag{lag}" for lag in lags for name in names], dtype=object)

    def __skrnn_join__(self, sequences: Sequences) -> tuple[Sequences, IntArray]:
        """
        Join the steps of each sequence from its end on; before its start is its first one.

        Return as well which steps those within the new ones are, one after the other.
        """
        lengths = -(-sequences.lengths // self.n_steps_)
        filled = lengths * self.n_steps_
        ends = sequences.starts + sequences.lengths
        rows = np.arange(filled.sum()) + np.repeat(ends - np.cumsum(filled), filled)
        rows = np.maximum(rows, np.repeat(sequences.starts, filled))
        return Sequences(sequences.steps[rows].reshape(lengths.sum(), -1), lengths), rows

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _is_for_steps(y: Any, lengths: IntArray, X: Any) -> bool:
    """Tell whether y has targets for steps; real numbers of 2-D y are outputs, however many."""
    if not is_for_steps(y, lengths, X):
        return False
    return is_ragged(y) or as_array(y, "y").ndim > 2 or as_array(y, "y").dtype.kind != "f"
