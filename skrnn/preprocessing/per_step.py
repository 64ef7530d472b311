"""Any transformer of scikit-learn, applied to time steps."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Self

import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.utils import Tags, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.callbacks import CallbackSupportMixin, whole_fit
from skrnn.estimators.formats import Versioned
from skrnn.estimators.rollback import unchanged_on_error
from skrnn.estimators.x_format import XFormat, as_container
from skrnn.preprocessing.inner import TRANSFORMER, inner_has, takes_gaps
from skrnn.preprocessing.names import input_names, names_of_columns
from skrnn.preprocessing.read_steps import read_new_steps, read_steps
from skrnn.preprocessing.steps import in_form, with_steps
from skrnn.preprocessing.words import Steps
from skrnn.rules import check_parameters, obeying, setting, whole


@dataclass(eq=False, repr=False)
class PerStep(  # type: ignore[call-arg]
    CallbackSupportMixin, Versioned, TransformerMixin, BaseEstimator, auto_wrap_output_keys=None
):
    """
    Apply a transformer to the time steps of sequences, of equal length or not.

    scikit-learn's transformers take a table. This hands them one whose rows are the time steps of
    all sequences, one below the other, and puts what they return into the form of X again. So
    ``PerStep(StandardScaler())`` scales each feature over all steps of the training data, and
    within a Pipeline it learns from the training part of each fold alone.

    X may have any form that the estimators of skrnn take, and comes back in that form, with as many
    time steps as before:

    - 2-D of shape (n_samples, n_timesteps * n_step_features); the result has n_timesteps times as
      many columns as the transformer returns.
    - 3-D of shape (n_samples, n_timesteps, n_features). Steps at the end of a sequence that are NaN
      in every feature are padding; the transformer does not see them, and they stay NaN.
    - A list or an object array of arrays of shape (n_timesteps_i, n_features), or (n_timesteps_i,)
      with one feature; the arrays of the result have two dimensions.
    - Words and categories in any of these forms, lists of lists of strings, of tuples or of dicts,
      and data frames in a list. The transformer is given the steps as an array of objects, as one
      data frame, or as a list of dicts: for OneHotEncoder, OrdinalEncoder, a ColumnTransformer that
      names columns, DictVectorizer.

    Values must be finite numbers. Only a transformer that takes NaN, such as ``SimpleImputer()`` or
    ``StandardScaler()``, is given other NaN than padding as well; what it leaves, an estimator
    refuses. Rows and lists have no padding: each NaN is given. To treat features in different ways,
    give a ColumnTransformer that names columns by their place, or those of frames. There is no
    `set_output`, since sequences are no tables.

    Parameters
    ----------
    transformer : transformer
        What to apply, for instance ``StandardScaler()``, ``PCA(3)``, ``OneHotEncoder()``,
        ``SelectKBest()`` or a Pipeline of them. It is cloned, and must return a row for each row.
        A search reaches its parameters as ``transformer__with_mean``.
    n_step_features : int, default=1
        Features of a time step where X is 2-D; must divide its number of columns. If the
        transformer changes the number, an estimator that follows needs the new one.

    Attributes
    ----------
    transformer_ : transformer
        The fitted clone.
    n_features_in_ : int
        Columns of a 2-D X, features of a step otherwise.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, where X was a data frame with string names.
    x_format_ : XFormat
        What X was like in `fit`, and has to be.

    See Also
    --------
    FillSteps : Fill gaps along time.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.preprocessing import PerStep
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal([0, 5000], [1, 300], size=(n, 2)) for n in rng.integers(5, 15, size=100)]
    >>> y = np.array(["high" if x[:, 1].mean() > 5000 else "low" for x in X])
    >>> scaled = PerStep(StandardScaler()).fit_transform(X)
    >>> scaled[0].shape == X[0].shape, np.concatenate(scaled).std(axis=0)
    (True, array([1., 1.]))
    >>> network = RNNSequenceClassifier(16, learning_rate=0.02, tol=0.001, random_state=0)
    >>> model = make_pipeline(PerStep(StandardScaler()), network).fit(X[:70], y[:70])
    >>> print(f"{model.score(X[70:], y[70:]):.1f}")
    0.9
    """

    transformer: Any = field(metadata=obeying(TRANSFORMER))
    n_step_features: int = setting(1, whole(1))
    transformer_: Any = field(init=False)
    x_format_: XFormat = field(init=False)

    @whole_fit
    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> Self:
        """
        Fit a clone of the transformer to the steps of all sequences.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays, default=None
            What the transformer gets with them. A label for each sequence becomes one for each of
            its steps. So do the rows of a 2-D y; but beside a 3-D or ragged X whose sequences all
            have as many steps as y has columns (in a 3-D X, with the padding), it has a label for
            each step. A 3-D y, and a list of arrays, have something for each step.
        **fit_params : dict
            Passed on to the transformer. A `sample_weight` has a number for each sequence, which is
            that of each of its steps, or one for each step.

        Returns
        -------
        self
            The transformer, fitted. If that fails, it is left as it was.
        """
        steps, _, y, fit_params = self._learn(X, y, fit_params)
        self.transformer_ = clone(self.transformer).fit(steps.values, y, **fit_params)
        return self

    @whole_fit
    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """
        Fit a clone of the transformer and return what its own `fit_transform` makes of the steps.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in any form that the class accepts.
        y : array-like or list of arrays, default=None
            As `fit` takes it.
        **fit_params : dict
            As `fit` takes them.

        Returns
        -------
        array or list of arrays
            The new steps, in the form of X.
        """
        steps, X, y, fit_params = self._learn(X, y, fit_params)
        transformer = clone(self.transformer)
        if hasattr(transformer, "fit_transform"):  # which may differ, as TargetEncoder's does
            new = transformer.fit_transform(steps.values, y, **fit_params)
        else:
            new = transformer.fit(steps.values, y, **fit_params).transform(steps.values)
        self.transformer_ = transformer
        return in_form(new, steps.lengths, X)

    @available_if(inner_has("partial_fit"))
    def partial_fit(self, X: Any, y: Any = None, **fit_params: Any) -> Self:
        """
        Let the transformer learn from more sequences.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences, in the form of the first call.
        y : array-like or list of arrays, default=None
            As `fit` takes it.
        **fit_params : dict
            As `fit` takes them.

        Returns
        -------
        self
            The transformer.
        """
        with unchanged_on_error(self):
            if hasattr(self, "transformer_"):
                steps, X = read_steps(self, X)
                y, fit_params = with_steps(y, fit_params, steps.lengths, X)
                transformer = deepcopy(self.transformer_)  # it may fail half-way
            else:
                transformer = clone(self.transformer)
                steps, _, y, fit_params = self._learn(X, y, fit_params)
            self.transformer_ = transformer.partial_fit(steps.values, y, **fit_params)
            return self

    def transform(self, X: Any) -> Any:
        """
        Return what the transformer makes of each step.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences: 2-D if `fit` saw 2-D X, else 3-D or ragged.

        Returns
        -------
        array or list of arrays
            The new steps, in the form of X.
        """
        check_is_fitted(self)
        steps, X = read_steps(self, X)
        return in_form(self.transformer_.transform(steps.values), steps.lengths, X)

    @available_if(inner_has("inverse_transform"))
    def inverse_transform(self, X: Any) -> Any:
        """
        Return the steps that the transformer would turn into those of X.

        Parameters
        ----------
        X : array-like or list of arrays
            n_samples sequences in a form that `transform` returns.

        Returns
        -------
        array or list of arrays
            The steps as they were, in the form of X.
        """
        check_is_fitted(self)
        sequences = read_new_steps(self, X := as_container(X))
        steps = self.transformer_.inverse_transform(sequences.steps)
        return in_form(steps, sequences.lengths, X)

    @available_if(inner_has("get_feature_names_out"))
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
            For 3-D and ragged X, those of the transformer. For 2-D X one for each column: what the
            transformer makes of the names of a step's columns, after ``"step0_"`` and so on if it
            is the same at several steps.
        """
        check_is_fitted(self)
        names_of: Callable[[Any], npt.NDArray[Any]] = self.transformer_.get_feature_names_out
        if self.x_format_.on_rows:
            columns = input_names(self, input_features).reshape(-1, self.x_format_.n_features)
            names = names_of_columns([names_of(step) for step in columns])
        else:
            names = names_of(input_names(self, input_features))
        return names

    def _learn(
        self, X: Any, y: Any, fit_params: dict[str, Any]
    ) -> tuple[Steps, Any, Any, dict[str, Any]]:
        """Note the form of X; return its steps, itself, and what goes with them."""
        check_parameters(self)
        steps, X = read_steps(self, X, reset=True)
        return steps, X, *with_steps(y, fit_params, steps.lengths, X)

    def get_metadata_routing(self) -> MetadataRouter:
        """
        Say that whatever the transformer requests is passed on to it.

        Returns
        -------
        MetadataRouter
            Of this and the transformer within.
        """
        same = MethodMapping()
        for method in ("fit", "fit_transform", "partial_fit"):
            same.add(caller=method, callee=method)
        router = MetadataRouter(owner=type(self).__name__)
        return router.add(transformer=self.transformer, method_mapping=same)

    def __sklearn_tags__(self) -> Tags:
        tags, inner = super().__sklearn_tags__(), get_tags(self.transformer)
        tags.input_tags.three_d_array = True
        tags.input_tags.positive_only = inner.input_tags.positive_only
        tags.input_tags.allow_nan = takes_gaps(self.transformer, surely=True)
        tags.target_tags.required = inner.target_tags.required
        if inner.transformer_tags is not None:
            tags.transformer_tags.preserves_dtype = inner.transformer_tags.preserves_dtype
        return tags
