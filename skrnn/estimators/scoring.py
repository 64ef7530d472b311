"""What early stopping watches: the estimator's own score, the loss, or a scorer."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from operator import itemgetter
from typing import Any

import numpy as np
from sklearn.metrics import check_scoring

from skrnn.estimators.holdout import HeldOut
from skrnn.estimators.targets.target import Target
from skrnn.estimators.x_format import as_container, taken, width_of
from skrnn.network.parameters import Parameters
from skrnn.rules import shown
from skrnn.sequences.collections import as_sequences
from skrnn.training.inference import NonFiniteError, predict_rows
from skrnn.training.monitor import Validation
from skrnn.types import FloatArray, IntArray


def judge_of(estimator: Any, target: Target, held: HeldOut) -> Callable[[Parameters], Validation]:
    """Return what tells how parameters do on what is held out, by the forward pass of the score."""
    data, network, scoring, loss = held.data, estimator.network_, estimator.scoring, target.loss
    weights = data.weights.steps[:, 0]
    watches_loss = isinstance(scoring, str) and scoring == "loss"
    ask = None if scoring is None or watches_loss else _scorer(estimator, target, held)

    def judge(parameters: Parameters) -> Validation:
        losses: list[float] = []

        def rows_of(read: Callable[[FloatArray], Any]) -> Any:
            costs = []

            def tell(scores: FloatArray, rows: IntArray) -> None:
                counts = weights[rows] > 0  # what others cost may be infinite
                right, parts = data.targets.steps[rows[counts]], weights[rows[counts]]
                of_all = scores.T.compress(counts, axis=1)[None]
                costs.append(loss(of_all, right.T[None], parts[None])[0][0])

            rows = predict_rows(network, parameters, data.sequences, read, tell)
            losses.append(float(sum(costs) / weights.sum()))
            return rows

        score = None if ask is None else ask(parameters, rows_of)
        if scoring is None:
            score = target.score(rows_of(target.decide), data)
        elif not losses:
            rows_of(lambda scores: scores[:, :0])
        score = -losses[0] if score is None else score
        if not np.isfinite(score):
            raise NonFiniteError(
                f"scoring={shown(scoring)} must give a finite number, but gives {score} of the "
                f"held-out sequences. Give others as X_val and y_val, or scale the inputs."
            )
        return Validation(score, losses[0])

    return judge


def _scorer(estimator: Any, target: Target, held: HeldOut) -> Callable[..., float]:
    """
    Return what asks a scorer, given parameters and what reads the scores of all that is held out.

    One with a name gets y and predictions as rows (m, ...), of all steps that have a target; one of
    the user's own gets X and y in the form in which they came.
    """
    scoring, weights = estimator.scoring, held.data.weights.steps[:, 0]
    X = held.X if held.members is None else taken(as_container(held.X), held.members)
    y = taken(held.y, held.members)
    in_form: Callable[[Any], Any] = itemgetter(slice(None))
    if isinstance(scoring, str):
        in_form = itemgetter(there := target.there(weights))
        y = as_sequences(y)
        y = in_form(target.check(y, held.data.sequences.lengths, width_of(as_container(X)), there))
    elif target.has_time:
        _, in_form = estimator.x_format_.read(estimator, X)
    scorer = check_scoring(estimator, scoring)
    takes_weights = (weights != 1).any() and "sample_weight" in signature(scorer).parameters
    weighed = {"sample_weight": in_form(weights)} if takes_weights else {}

    def ask(parameters: Parameters, rows_of: Callable[..., Any]) -> float:
        view = _view(estimator, parameters, X, lambda read: in_form(rows_of(read)))
        try:
            return float(scorer(view, X, y, **weighed))
        except NonFiniteError:
            raise
        except Exception as error:
            cure = ""
            if target.has_time:
                cure = " (for labels of steps, give make_scorer(skrnn.metrics.step_f1_score))"
            elif weighed and isinstance(error, TypeError):
                cure = " (if its metric knows no weights, give a function of estimator, X and y)"
            raise ValueError(
                f"scoring={shown(scoring)} failed on the held-out sequences{cure}: {error}"
            ) from error

    return ask


def _view(estimator: Any, parameters: Parameters, X: Any, of_X: Callable[..., Any]) -> Any:
    """
    Return an estimator with a copy of parameters, which can do no harm to the training.

    Of this X, `of_X` says what it would predict, while neither has got other parameters. What is
    saved of it is an ordinary estimator, without the two methods of its own.
    """
    view = object.__new__(type(estimator))
    known = {"n_features_in_", "feature_names_in_", "x_format_", "network_", "_target"}
    known |= set(estimator.get_params(deep=False))
    ordinary, state = view._predict, view.__getstate__

    def predict(other: Any, read: Callable[[FloatArray], Any]) -> Any:
        is_now = other is X and np.array_equal(view.parameters_.flat, parameters.flat)
        return of_X(read) if is_now else ordinary(other, read)

    def saved() -> dict[str, Any]:
        return {name: value for name, value in state().items() if name not in methods}

    methods = {"_predict": predict, "__getstate__": saved}
    vars(view).update({name: value for name, value in vars(estimator).items() if name in known})
    vars(view).update(methods, parameters_=parameters.copy())
    return view
