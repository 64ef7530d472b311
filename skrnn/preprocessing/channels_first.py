"""Collections whose arrays have channels before time, turned round."""

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
from skrnn.estimators.x_format import XFormat, as_container, has_rows, width_of
from skrnn.preprocessing.names import input_names
from skrnn.preprocessing.steps import in_width
from skrnn.sequences.arrays import as_array, as_floats, is_array
from skrnn.sequences.check import is_ragged
from skrnn.sequences.steps import ListOfArrays
from skrnn.types import FloatArray


@dataclass(eq=False, repr=False)
class ChannelsFirst(  # type: ignore[call-arg]
    Versioned, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """
    Turn collections of (channels, time) round, as sktime, aeon and PyTorch have them.

    It stands first in a pipeline, and hands on sequences of shape (n_timesteps, n_features), with a
    feature for each channel. X may be:

    - 3-D of shape (n_samples, n_channels, n_timesteps). The result is 3-D. What is NaN in every
      channel at the end of a sequence is padding there.
    - A list or an object array of arrays of shape (n_channels, n_timesteps_i), or (n_timesteps_i,)
      with one channel. The result has the same form.
    - A nested DataFrame, with a row for each sequence, a column for each channel and a Series or an
      array in each cell ("nested_univ" in sktime); the result is a list. Indices of the cells are
      ignored.
    - A list of DataFrames with a row for each time step ("df-list"), which need not be turned; the
      result is a list of arrays.
    - 2-D of shape (n_samples, n_timesteps), with one channel ("numpyflat"). The result is 3-D.

    Other NaN than padding is handed on, for `FillSteps` to fill; float32 stays float32. There is no
    `set_output`, since sequences are no tables. ONNX models are made of the pipeline without it.

    Attributes
    ----------
    n_features_in_ : int
        Channels, or columns of a 2-D X.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was of data frames with string names.
    x_format_ : XFormat
        What X was like in `fit`, once turned round, and has to be.

    See Also
    --------
    sequences_from_frame : Cut a long table, with a row for each time step, into sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import ChannelsFirst
    >>> X = np.zeros((20, 3, 50))  # three channels of 50 steps
    >>> ChannelsFirst().fit_transform(X).shape
    (20, 50, 3)
    >>> import pandas as pd
    >>> nested = pd.DataFrame({"heart": [pd.Series([60.0, 61]), pd.Series([70.0, 71, 73])]})
    >>> [x.shape for x in ChannelsFirst().fit_transform(nested)]
    [(2, 1), (3, 1)]
    """

    x_format_: XFormat = field(init=False)

    def fit(self, X: Any, y: Any = None) -> Self:
        """
        Note the form of X, and how many channels it has.

        Parameters
        ----------
        X : array-like, list of arrays or DataFrame
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays, default=None
            Not needed.

        Returns
        -------
        self
            The transformer, fitted. If that fails, it is left as it was.

        Raises
        ------
        ValueError
            If X is of no accepted form, or holds infinity; if sequences differ in their channels,
            or channels of a sequence in their steps.
        """
        with unchanged_on_error(self):
            self.x_format_, _ = XFormat.learn(self, _turned(X), 1, gaps=True)
            return self

    def transform(self, X: Any) -> Any:
        """
        Turn each sequence round.

        Parameters
        ----------
        X : array-like, list of arrays or DataFrame
            n_samples sequences: 2-D if `fit` saw 2-D X, else of any other form.

        Returns
        -------
        array of shape (n_samples, n_timesteps, n_channels) or list of arrays
            The sequences, time first.

        Raises
        ------
        NotFittedError
            If `fit` was not called before.
        ValueError
            If X is of no accepted form, or has other channels than that of the fit; if it is 2-D
            and that was not, or the other way round; if it holds infinity.
        """
        check_is_fitted(self)
        turned = _turned(X)
        sequences = self.x_format_.check(self, turned)
        width = int(sequences.lengths[0]) if has_rows(turned) else width_of(turned)
        steps = sequences.steps.copy() if has_rows(turned) else sequences.steps  # no view of X
        return in_width(steps, sequences.lengths, width, turned)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """
        Return the names of the features of a step.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,), default=None
            Names of the channels; by default those of the data frames that `fit` saw, else x0, x1
            and so on. For 2-D X, whose columns are time steps, they are not part of the result,
            but must be those of the fit.

        Returns
        -------
        ndarray of str of shape (n_channels,)
            The names of the channels.
        """
        check_is_fitted(self)
        names = input_names(self, input_features)
        return np.array(["x0"], dtype=object) if self.x_format_.on_rows else names

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _turned(X: Any) -> Any:
    """Return X in a form that the estimators take; a 2-D X, with one channel, as it is."""
    if getattr(getattr(X, "index", None), "nlevels", 1) > 1:
        raise ValueError(
            f"X has an index of {X.index.nlevels} levels, as a long table with a row for each time "
            f"step. Cut it by skrnn.preprocessing.sequences_from_frame(X.reset_index(), ...)."
        )
    if hasattr(X, "iloc") and len(X.shape) == 2 and X.size > 0 and is_array(X.iloc[0, 0]):
        rows = enumerate(X.to_numpy(dtype=object))
        return [type(X)(_side_by_side(cells, i), columns=X.columns) for i, cells in rows]
    if is_ragged(X):
        items = ListOfArrays(map(_turned_item, X))
        _check_channels(items)
        return items if isinstance(X, list | tuple) else np.asarray(items)
    X = as_container(X)
    return X if has_rows(X) else np.array(np.swapaxes(X, 1, 2), order="C")  # no view


def _turned_item(item: Any) -> Any:
    """Return one sequence time first; of what is none, those say what is wrong who read it."""
    if hasattr(item, "columns") or not is_array(item):
        return item
    array = as_array(item, "X")
    return array.T if array.ndim == 2 else array


def _check_channels(items: list[Any]) -> None:
    """Raise an error for the first sequence, time first, that has other channels than X[0]."""
    for i, item in enumerate(items):
        if np.ndim(item) == np.ndim(items[0]) == 2 and np.shape(item)[1] != np.shape(items[0])[1]:
            raise ValueError(
                f"X[{i}] has {item.shape[1]} channels, but X[0] has {items[0].shape[1]}: each item "
                f"must have shape (n_channels, n_timesteps). If they have time first, leave "
                f"ChannelsFirst out."
            )


def _side_by_side(cells: npt.NDArray[Any], row: int) -> FloatArray:
    """Return one row of a nested table, each cell with the steps of a channel: (T, channels)."""
    channels = []
    for i, cell in enumerate(cells):
        if not is_array(cell) or cell.ndim != 1:
            raise ValueError(
                f"X.iloc[{row}, {i}] must be a Series or an array with the steps of a channel, as "
                f"X.iloc[0, 0] is, but it is a {type(cell).__name__}."
            )
        channels.append(as_floats(np.asarray(cell), f"X.iloc[{row}, {i}]"))
        if len(channels[i]) != len(channels[0]):
            raise ValueError(
                f"X.iloc[{row}, {i}] has {len(channels[i])} time steps, but X.iloc[{row}, 0] has "
                f"{len(channels[0])}; all channels of a sequence must have the same number."
            )
    return np.stack(channels, axis=1)
