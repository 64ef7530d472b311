"""`sequence_pipeline`: an ordinary pipeline for any form of X, from one word."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import (
    InvalidParameterError,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
    sequence_pipeline,
)
from skrnn.datasets import make_motifs
from skrnn.preprocessing import PerStep, StackSteps
from tests.estimators.forms import make_forms

FORMS, Y = make_forms()
NUMBERS = np.array([x[:, 0].sum() for x in FORMS["list"]])
KINDS = {
    "classifier": (RNNSequenceClassifier, Y),
    "regressor": (RNNSequenceRegressor, NUMBERS),
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def small(pipeline):
    """Make its network small and its fit short."""
    last = pipeline.steps[-1][0]
    return pipeline.set_params(**{f"{last}__hidden_layer_sizes": 4, f"{last}__max_iter": 3})


@pytest.mark.parametrize("word", KINDS)
def test_it_is_an_ordinary_pipeline(word):
    pipeline, (kind, _) = sequence_pipeline(word), KINDS[word]
    assert type(pipeline) is Pipeline
    assert [type(step) for _, step in pipeline.steps] == [PerStep, StackSteps, kind]
    assert [name for name, _ in pipeline.steps] == ["perstep", "stacksteps", kind.__name__.lower()]
    assert isinstance(pipeline["perstep"].transformer, StandardScaler)
    assert pipeline[-1].get_params() == kind().get_params()
    assert pipeline["stacksteps"].get_params() == StackSteps().get_params()
    assert clone(pipeline).get_params().keys() == pipeline.get_params().keys()


def test_a_tagger_has_its_steps_as_they_are():
    pipeline = sequence_pipeline("tagger")
    assert [name for name, _ in pipeline.steps] == ["perstep", "rnnsequencetagger"]
    steps = [np.where(x[:, 0] > 0, "up", "down") for x in FORMS["list"]]
    fitted = small(pipeline).fit(FORMS["list"], steps)
    assert [len(said) for said in fitted.predict(FORMS["list"])] == list(map(len, steps))
    assert len(sequence_pipeline(RNNSequenceTagger(4))) == 2


@pytest.mark.parametrize("word", KINDS)
@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_x(word, form):
    X, y = FORMS[form], KINDS[word][1]
    pipeline = small(sequence_pipeline(word, n_steps=2, n_step_features=2)).fit(X, y)
    assert pipeline.predict(X).shape == (len(y),)
    assert np.isfinite(pipeline.score(X, y))


@pytest.mark.parametrize("n_steps", ["auto", 3, None])
def test_rows_are_read_as_the_sequences_that_they_are(n_steps):
    rows, features = FORMS["rows"], 2
    sequences = rows.reshape(len(rows), -1, features)
    settings = {"n_steps": n_steps, "n_step_features": features}
    by_rows, by_steps = (
        small(sequence_pipeline("classifier", **settings))
        .set_params(rnnsequenceclassifier__random_state=0)
        .fit(X, Y)
        .predict_proba(X)
        for X in (rows, sequences)
    )
    np.testing.assert_array_equal(by_rows, by_steps)


def test_a_search_reaches_in_by_ordinary_names():
    pipeline = small(sequence_pipeline("classifier", n_step_features=2))
    grid = {"stacksteps__n_steps": [1, 2], "rnnsequenceclassifier__cell": ["elman", "gru"]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(FORMS["list"], Y)
    assert search.best_params_.keys() == grid.keys()


def test_an_estimator_of_ones_own_is_kept_as_it_is():
    own = RNNSequenceClassifier(5, cell="elman")
    assert sequence_pipeline(own)[-1] is own
    other = LogisticRegression()
    assert sequence_pipeline(other, n_steps=None)[-1] is other


def test_numbers_for_steps_go_without_stacking():
    X = FORMS["3-D"]
    y = X[:, :, :1].cumsum(axis=1)
    with pytest.raises(ValueError, match="sequence_pipeline does so with n_steps=None"):
        sequence_pipeline("regressor").fit(X, y)
    fitted = small(sequence_pipeline("regressor", n_steps=None)).fit(X, y)
    assert fitted.predict(X).shape == y.shape


@pytest.mark.parametrize("fill", ["forward", "linear", "mean"])
@pytest.mark.parametrize("form", FORMS)
def test_gaps_are_filled_first_where_asked(form, fill):
    X = [x.copy() for x in FORMS[form]] if form == "list" else FORMS[form].copy()
    X[0] = np.where(X[0] == X[0].flat[0], np.nan, X[0])
    plain, filling = (
        small(sequence_pipeline("classifier", n_step_features=2, **settings)).set_params(
            rnnsequenceclassifier__random_state=0
        )
        for settings in ({}, {"fill": fill})
    )
    with pytest.raises(ValueError, match=r"X contains NaN: sequence 0, time step 0, feature 0"):
        plain.fit(X, Y)
    assert [name for name, _ in filling.steps[:2]] == ["fillsteps", "perstep"]
    assert np.isfinite(filling.fit(X, Y).predict_proba(X)).all()
    of_all, as_before = (model.fit(FORMS[form], Y) for model in (filling, plain))
    np.testing.assert_array_equal(
        of_all.predict_proba(FORMS[form]), as_before.predict_proba(FORMS[form])
    )


def test_a_tagger_and_indicators_of_gaps():
    X = [x.copy() for x in FORMS["list"]]
    X[3][0, 1] = np.nan
    pipeline = small(sequence_pipeline("tagger", fill="forward"))
    pipeline.set_params(fillsteps__add_indicator=True)
    assert len(pipeline.fit(X, [x[:, 0] > 0 for x in X]).predict(X)[3]) == len(X[3])
    with pytest.raises(InvalidParameterError, match="'method' parameter of FillSteps"):
        sequence_pipeline("classifier", fill="median").fit(X, Y)


@pytest.mark.parametrize("wrong", ["clasifier", RNNSequenceClassifier, None, 3])
def test_other_words_are_refused(wrong):
    with pytest.raises(InvalidParameterError, match="'classifier', 'regressor', 'tagger'"):
        sequence_pipeline(wrong)


def test_one_word_learns_long_noisy_sequences():
    X, y = make_motifs(500, n_timesteps=400, random_state=0)
    pipeline = sequence_pipeline("classifier")
    pipeline.set_params(rnnsequenceclassifier__random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = cross_val_score(pipeline, X, y, cv=2)
    assert scores.min() > 0.9
