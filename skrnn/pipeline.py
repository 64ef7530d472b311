"""A pipeline for sequences from one word."""

from __future__ import annotations

from typing import Any, Literal

from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.estimators.regressor import RNNSequenceRegressor
from skrnn.estimators.tagger import RNNSequenceTagger
from skrnn.preprocessing.fill_steps import FillSteps
from skrnn.preprocessing.per_step import PerStep
from skrnn.preprocessing.stack_steps import StackSteps
from skrnn.rules import InvalidParameterError, shown

ESTIMATORS: dict[str, type[BaseSequenceEstimator]] = {
    "classifier": RNNSequenceClassifier,
    "regressor": RNNSequenceRegressor,
    "tagger": RNNSequenceTagger,
}


def sequence_pipeline(
    estimator: Any,
    *,
    n_steps: int | Literal["auto"] | None = "auto",
    n_step_features: int = 1,
    fill: Literal["forward", "linear", "mean"] | None = None,
) -> Pipeline:
    """
    Make a pipeline that scales each feature, joins steps of long sequences, and fits a network.

    It is an ordinary `Pipeline` of `PerStep` with a `StandardScaler`, `StackSteps` unless it ends
    in a tagger, and the network, with the names that `make_pipeline` gives: a search reaches
    ``stacksteps__n_steps`` and ``rnnsequenceclassifier__hidden_layer_sizes``.

    Parameters
    ----------
    estimator : {"classifier", "regressor", "tagger"} or estimator
        What it ends in: one of skrnn's with default parameters, or the estimator given. Its seed
        and all else is set by name: ``set_params(rnnsequenceclassifier__random_state=0)``.
    n_steps : int, "auto" or None, default="auto"
        Steps that are joined into one, see `StackSteps`. By default some 32 are left, which makes
        long sequences quick to learn and short ones stay as they are. None leaves `StackSteps` out,
        as where a regressor has targets for steps; for a tagger it always is.
    n_step_features : int, default=1
        Features of a step where X is 2-D; for a tagger, whose rows are single steps, all columns.
    fill : {"forward", "linear", "mean"} or None, default=None
        How `FillSteps`, then put first, fills gaps. None leaves it out: NaN may be a fault, and is
        an error that says where. ``fillsteps__add_indicator=True`` may be set by name if X is not
        2-D.

    Returns
    -------
    Pipeline
        Not fitted.

    Raises
    ------
    InvalidParameterError
        If `estimator` is neither one of the words nor an estimator.

    See Also
    --------
    skrnn.preprocessing.FillSteps : How gaps are filled.
    skrnn.preprocessing.StackSteps : What is done to long sequences.
    skrnn.preprocessing.PerStep : Other transformers than a scaler.

    Examples
    --------
    >>> from skrnn import sequence_pipeline
    >>> from skrnn.datasets import make_motifs
    >>> X, y = make_motifs(400, n_timesteps=500, random_state=0)
    >>> model = sequence_pipeline("classifier")
    >>> model = model.set_params(rnnsequenceclassifier__random_state=0).fit(X[:300], y[:300])
    >>> print(f"{model.score(X[300:], y[300:]):.1f}")
    1.0
    """
    if isinstance(estimator, str) and estimator in ESTIMATORS:
        last = ESTIMATORS[estimator]()
        if not isinstance(last, RNNSequenceTagger):
            last.set_params(n_step_features=n_step_features)
    elif hasattr(estimator, "fit") and not isinstance(estimator, type):
        last = estimator
    else:
        words = ", ".join(map(repr, ESTIMATORS))
        raise InvalidParameterError(
            f"estimator must be one of {words}, or an instance of an estimator. Got "
            f"{shown(estimator)}."
        )
    steps: list[Any] = [PerStep(StandardScaler(), n_step_features)]
    if fill is not None:
        steps.insert(0, FillSteps(fill, n_step_features=n_step_features))
    if n_steps is not None and not isinstance(last, RNNSequenceTagger):
        steps.append(StackSteps(n_steps, n_step_features))
    return make_pipeline(*steps, last)
