"""Gaps in sequences, filled along time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.formats import Versioned
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.x_format import XFormat, as_container
from skrnn.preprocessing.gaps import Gaps
from skrnn.preprocessing.names import input_names, names_of_columns
from skrnn.preprocessing.steps import in_form
from skrnn.rules import BOOLEAN, NOTHING, Rule, among, check_parameters, setting, whole
from skrnn.sequences.sequences import Sequences
from skrnn.types import FloatArray

_NAME = Rule("a str", lambda value: isinstance(value, str))


@dataclass(eq=False, repr=False)
class FillSteps(  # type: ignore[call-arg]
    Versioned, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """
    Fill gaps in sequences along time, and say where they were.

    A gap is a value that is NaN. Each feature of each sequence is filled by itself. What comes
    before its first known value has the mean of all known values of that feature in the training
    data, so that nothing is learnt of sequences to predict, and in a Pipeline nothing of the test
    part of a fold.

    X may have any form that the estimators of skrnn take, and comes back in that form. Steps at the
    end of a sequence in a 3-D X that are NaN in every feature are padding and stay it; what a known
    value follows is a gap. (So of one feature, a gap at the end is padding.) Rows of a 2-D X and
    arrays of a list have no padding: whatever is NaN in them is filled.

    float32 stays float32. It stands before a scaler, so that what is filled in is scaled as well.
    There is no `set_output`, since sequences are no tables.

    Parameters
    ----------
    method : {"forward", "linear", "mean"}, default="forward"
        "forward" repeats the last known value, which a model can do as well when steps come one by
        one. "linear" draws a line to the next known value, so it looks ahead; beyond the last one
        it repeats that. "mean" takes the training mean everywhere.
    add_indicator : bool, default=False
        Whether to append a feature for each one, which is 1 where a value was missing and 0 where
        it was known. So a network can tell what was filled in, and learn what missing means. All
        features have one, so that the width does not depend on where the training data have gaps.
    add_elapsed : bool, default=False
        Whether to append, for each feature, the time since it was known last before this step; 0 at
        the first step. It is in steps, or in the units of `times`.
    times : int, str or None, default=None
        Which feature of a step is its time: its number, or its name where X is a list of data
        frames. None counts steps. It must be known at each step and may not decrease within a
        sequence. It stays a feature. In float32, which has seven digits, let it begin anew with
        each sequence.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns. What follows
        needs twice as many with `add_indicator` or `add_elapsed`, three times with both.

    Attributes
    ----------
    means_ : ndarray of shape (n_step_features,)
        Mean of the known values of each feature.
    times_ : int or None
        Number of the feature that is the time.
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was of data frames with string names.
    x_format_ : XFormat
        What X was like in `fit`, and has to be.

    See Also
    --------
    PerStep : Apply an imputer of scikit-learn, which knows no order of steps, to each step.

    References
    ----------
    Z. Che, S. Purushotham, K. Cho, D. Sontag, Y. Liu, "Recurrent neural networks for multivariate
    time series with missing values", Scientific Reports 8, 2018: filling forward, indicators and
    the time elapsed, there with a decay that is learnt.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import FillSteps
    >>> X = [np.array([np.nan, 2.0, np.nan, np.nan, 8.0]), np.array([5.0, np.nan])]
    >>> [x[:, 0] for x in FillSteps().fit_transform(X)]
    [array([5., 2., 2., 2., 8.]), array([5., 5.])]
    >>> FillSteps("linear").fit_transform(X)[0][:, 0]
    array([5., 2., 4., 6., 8.])
    >>> FillSteps(add_indicator=True, add_elapsed=True).fit_transform(X)[0]
    array([[5., 1., 0.],
           [2., 0., 1.],
           [2., 1., 1.],
           [2., 1., 2.],
           [8., 0., 3.]])
    """

    method: str = setting("forward", among(["forward", "linear", "mean"]))
    add_indicator: bool = setting(False, BOOLEAN)
    add_elapsed: bool = setting(False, BOOLEAN)
    times: int | str | None = setting(None, whole(0), _NAME, NOTHING)
    n_step_features: int = setting(1, whole(1))
    means_: FloatArray = field(init=False)
    times_: int | None = field(init=False)
    x_format_: XFormat = field(init=False)

    def fit(self, X: Any, y: Any = None) -> Self:
        """
        Learn the mean of the known values of each feature.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays, default=None
            Not needed.

        Returns
        -------
        self
            The transformer, fitted. If that fails, it is left as it was.

        Raises
        ------
        InvalidParameterError
            If a parameter has a value that it may not have.
        ValueError
            If X is of no accepted form, or holds infinity; if a feature is never known; if
            `n_step_features` does not divide the columns of X; if there is no feature `times`, or
            it lacks a value or decreases.
        """
        with unchanged_on_error(self):
            check_parameters(self)
            X = as_container(X)
            self.x_format_, sequences = XFormat.learn(self, X, self.n_step_features, gaps=True)
            names: list[Any] = list(range(sequences.n_features))
            if not self.x_format_.on_rows:
                names = list(getattr(self, "feature_names_in_", names))
            self.times_ = self._place_of_time(names)
            self._read_times(sequences)
            known = ~np.isnan(sequences.steps)
            n_known = known.sum(axis=0)
            if not n_known.all():
                raise ValueError(
                    f"Feature {names[np.argmin(n_known)]} is missing at all {len(known)} time "
                    f"steps of X, so that there is nothing to fill it with. Leave it out."
                )
            self.means_ = np.sum(sequences.steps, axis=0, where=known, dtype=np.float64) / n_known
            return self

    def transform(self, X: Any) -> Any:
        """
        Fill the gaps of each sequence.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        array or list of arrays
            The steps without gaps, in the form of X, with what was to be appended: first all
            indicators, then all times elapsed.

        Raises
        ------
        NotFittedError
            If `fit` was not called before.
        ValueError
            If X is of no accepted form, or has other features than that of the fit; if it is 2-D
            and that was not, or the other way round; if it holds infinity; if a time is missing or
            decreases.
        """
        check_is_fitted(self)
        sequences = self.x_format_.check(self, X := as_container(X))
        gaps = Gaps(sequences, self._read_times(sequences))
        parts: list[npt.NDArray[Any]] = [gaps.filled(self.means_, self.method)]
        if self.add_indicator:
            parts.append(gaps.missing)
        if self.add_elapsed:
            parts.append(gaps.elapsed())
        new = np.concatenate(parts, axis=1, dtype=sequences.steps.dtype, casting="same_kind")
        return in_form(new, sequences.lengths, X)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """
        Return the names of the features that `transform` returns.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the features of X. By default, those of the columns of the data frame that
            `fit` saw; if it was none, x0, x1 and so on.

        Returns
        -------
        ndarray of str
            For 3-D and ragged X, those of the features of a step, such as "x0", "x0_missing" and
            "x0_elapsed". For 2-D X one for each column, step by step.
        """
        check_is_fitted(self)
        steps = input_names(self, input_features).reshape(-1, self.x_format_.n_features)
        endings = [""]
        endings += ["_missing"] if self.add_indicator else []
        endings += ["_elapsed"] if self.add_elapsed else []
        names = [[f"{name}{ending}" for ending in endings for name in step] for step in steps]
        return names_of_columns([np.array(step, dtype=object) for step in names])

    def _place_of_time(self, names: list[Any]) -> int | None:
        """Return the number of the feature that is the time, of features with names or numbers."""
        if self.times is None:
            return None
        places: list[Any] = names if isinstance(self.times, str) else list(range(len(names)))
        if self.times not in places:
            raise ValueError(
                f"times must be a feature of a step, and these are {names}; got {self.times!r}."
            )
        return places.index(self.times)

    def _read_times(self, sequences: Sequences) -> FloatArray:
        """Return the time of each step, (m,), after a check."""
        if self.times_ is None:
            return np.arange(len(sequences.steps), dtype=np.float64)
        times = sequences.steps[:, self.times_]
        missing = np.isnan(times)
        if missing.any():
            raise ValueError(
                f"The time must be known at each step, but feature {self.times!r} of X is NaN: "
                f"{sequences.place(int(np.argmax(missing)))}."
            )
        falls = np.append(False, times[1:] < times[:-1])
        falls[sequences.starts] = False
        if falls.any():
            row = int(np.argmax(falls))
            raise ValueError(
                f"The time may not decrease within a sequence, but feature {self.times!r} of X "
                f"does, from {times[row - 1]} to {times[row]}: {sequences.place(row)}. Sort the "
                f"steps."
            )
        return times

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
