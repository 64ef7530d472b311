"""What scikit-learn and its users take for granted."""

import pickle
from dataclasses import replace
from functools import partial
from typing import Any
from unittest import mock

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skrnn.preprocessing import FillSteps, PerStep, StackSteps, sequences_from_frame, to_frame
from tests.campaign.comparisons import (
    assert_raises,
    assert_rounded,
    assert_same_fit,
    assert_same_weights,
    left,
)
from tests.campaign.data import FORMS, OF_ROWS, RAGGED
from tests.campaign.law import law


@law()
def the_form_of_x_changes_no_bit(c):
    forms = FORMS if len(set(c.lengths)) == 1 else RAGGED
    if c.is_tagger and max(c.lengths) > 1:  # for which a row is a step
        forms = [form for form in forms if form not in OF_ROWS]
    form = c.choose(*(form for form in forms if form != c.form))
    of_step = {} if c.is_tagger else {"n_step_features": c.n_features}
    other = c.fit(form=form, **of_step)
    assert_same_fit(other, c.fitted)
    assert_rounded(c, c.said(other, form=form), c.said(c.fitted))


@law()
def the_place_of_x_in_memory_changes_no_bit(c):
    def elsewhere(array):
        view = np.flip(np.flip(array).copy())
        view.flags.writeable = False
        return view

    given = c.given(replace(c.data, x=[elsewhere(x) for x in c.data.x]))
    if c.form in {"3-D", "rows", "NaN-padded"}:
        given["X"] = elsewhere(given["X"])
    assert_same_fit(c.make().fit(**given), c.fitted)


@law()
def hyperparameters_go_round(c):
    params = c.model.get_params()
    assert clone(c.fitted).get_params() == c.fitted.get_params() == params
    assert c.make().set_params(**params).get_params() == params
    assert type(c.model)().set_params(**params).get_params() == params


@law()
def numbers_of_numpy_are_taken_for_those_of_python(c):
    kinds: dict[type, Any] = {bool: np.bool_, int: np.int64, float: np.float64}
    params = c.model.get_params(deep=False).items()
    of_numpy = {name: kinds[type(v)](v) for name, v in params if type(v) in kinds}
    assert_same_fit(c.fit(**of_numpy), c.fitted)


@law()
def a_pickle_says_and_learns_the_same(c):
    fitted = c.copy_of_fitted().set_params(warm_start=True)
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(c.said(loaded), c.said(fitted))
    assert_same_fit(loaded.fit(**c.given()), fitted.fit(**c.given()))


@law(lambda c: c.n_validation == 0)
def a_pipeline_that_changes_nothing_changes_no_bit(c):
    steps = [
        FillSteps(n_step_features=c.n_features),
        PerStep(FunctionTransformer(), n_step_features=c.n_features),
    ]
    if not c.per_step:
        steps.append(StackSteps(1, n_step_features=c.n_features))
    pipeline = make_pipeline(*steps, c.make())
    given = c.data.given(c.form)
    weights = {f"{pipeline.steps[-1][0]}__sample_weight": given.pop("sample_weight")}
    pipeline.fit(**given, **weights)
    assert_same_weights(pipeline[-1], c.fitted)
    np.testing.assert_array_equal(c.said(pipeline), c.said(c.fitted))


@law(lambda c: c.per_step or not c.is_regressor or c.n_values == 1 or len(set(c.lengths)) > 1)
def a_table_has_the_sequences(c):
    """Beside sequences of one length, several numbers of each may seem to be those of steps."""
    X, y, _ = c.data.given(c.form).values()
    n_columns = c.n_values if c.is_regressor else 1
    names = {
        "features": [f"x{i}" for i in range(c.n_features)],
        "target": "y" if n_columns == 1 else [f"y{i}" for i in range(n_columns)],
        "sequence": "sequence",
        "time": "time",
    }
    table = to_frame(X, y, n_step_features=c.n_features, **names)
    table = table.sample(frac=1, random_state=c.seed % 2**32)
    cut = sequences_from_frame(table, target_per_step=c.per_step, **names)
    for place, i in enumerate(cut.ids):
        np.testing.assert_array_equal(cut.X[place], c.data.x[i])
        np.testing.assert_array_equal(np.ravel(cut.y[place]), np.ravel(c.data.y[i]))


@law()
def an_error_changes_nothing(c):
    wrong = [x.copy() for x in c.data.x]
    no_number = np.inf if "categorical_features" in c.parameters else np.nan  # which is missing
    wrong[c.choose(*range(len(wrong)))][0, 0] = no_number
    given, part = c.given(), c.data.given(c.form)
    nan = replace(c.data, x=wrong).given(c.form)["X"]
    faults = [{"X": nan}, {"y": given["y"][:-1]}, {"sample_weight": -1.0}]
    if c.n_validation > 0:
        faults += [{"X_val": nan}, {"y_val": None}]
    for estimator in (c.make(), c.copy_of_fitted().set_params(warm_start=True)):
        before = left(estimator)
        calls = [partial(estimator.fit, **given | fault) for fault in faults]
        if c.takes_steps:
            calls += [partial(estimator.partial_fit, **part | fault) for fault in faults[:3]]
        for call in calls:
            assert_raises(ValueError, call)
            assert left(estimator) == before
        with mock.patch("skrnn.training.report.EpochLine.show", side_effect=MemoryError):
            assert_raises(MemoryError, estimator.fit, **given)
        assert left(estimator) == before
