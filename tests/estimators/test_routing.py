"""Weights and validation sets on their way through pipelines and searches."""

import numpy as np
import pytest
import sklearn
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.metrics import step_accuracy_score
from skrnn.preprocessing import PerStep
from tests.estimators.forms import FORMS, make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ALL, Y = make_forms()
SETTINGS = {"hidden_layer_sizes": 6, "max_iter": 5, "random_state": 0}


@pytest.fixture(autouse=True)
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


def parts_of(form):
    X = ALL[form]
    return X[:40], Y[:40], X[40:], Y[40:]


def halve(X):
    return [x / 2 for x in X] if isinstance(X, list) else X / 2


@pytest.mark.parametrize("form", FORMS)
def test_a_validation_set_goes_through_the_steps_of_a_pipeline(form):
    X, y, X_val, y_val = parts_of(form)
    settings = SETTINGS | {"n_step_features": 2}
    network = RNNSequenceClassifier(**settings).set_fit_request(X_val=True, y_val=True)
    steps = [("halve", FunctionTransformer(halve)), ("network", network)]
    pipeline = Pipeline(steps, transform_input=["X_val"]).fit(X, y, X_val=X_val, y_val=y_val)
    alone = RNNSequenceClassifier(**settings).fit(halve(X), y, X_val=halve(X_val), y_val=y_val)
    assert pipeline[-1].validation_scores_ == alone.validation_scores_
    np.testing.assert_array_equal(pipeline.predict_proba(X), alone.predict_proba(halve(X)))


def test_a_validation_set_is_scaled_like_the_rest():
    X, y, X_val, y_val = parts_of("rows")
    settings = SETTINGS | {"n_step_features": 2}
    network = RNNSequenceClassifier(**settings).set_fit_request(X_val=True, y_val=True)
    steps = [("scale", StandardScaler()), ("network", network)]
    pipeline = Pipeline(steps, transform_input=["X_val"])
    pipeline.fit(100 * X + 5, y, X_val=100 * X_val + 5, y_val=y_val)
    assert pipeline[-1].validation_scores_[-1] == pipeline.score(100 * X_val + 5, y_val)


def test_a_validation_set_of_its_own_in_a_search():
    X, y, X_val, y_val = parts_of("list")
    network = RNNSequenceClassifier(**SETTINGS).set_fit_request(X_val=True, y_val=True)
    search = GridSearchCV(network, {"alpha": [0.0, 0.1]}, cv=2, refit=True)
    search.fit(X, y, X_val=X_val, y_val=y_val)
    assert len(search.best_estimator_.validation_scores_) == 5
    assert search.best_estimator_.score(X_val, y_val) == max(
        search.best_estimator_.validation_scores_
    )


def test_weights_reach_a_transformer_of_steps():
    X, weights = ALL["list"], np.linspace(0.5, 3, len(Y))
    weighed = StandardScaler().set_fit_request(sample_weight=True)
    network = RNNSequenceClassifier(**SETTINGS).set_fit_request(sample_weight=True)
    pipeline = make_pipeline(PerStep(weighed), network).fit(X, Y, sample_weight=weights)
    alone = PerStep(StandardScaler()).fit(X, sample_weight=weights)
    np.testing.assert_array_equal(pipeline[0].transformer_.mean_, alone.transformer_.mean_)
    unweighed = PerStep(StandardScaler()).fit(X)
    assert not np.allclose(pipeline[0].transformer_.mean_, unweighed.transformer_.mean_)


def per_sequence(X):
    return np.linspace(0.5, 3, len(X))


def per_step(X):
    return [np.linspace(0.5, 3, len(x)) for x in X]


@pytest.mark.parametrize(
    ("estimator", "weigh", "scoring"),
    [
        (RNNSequenceClassifier, per_sequence, "accuracy"),
        (RNNSequenceClassifier, per_sequence, None),
        (RNNSequenceRegressor, per_sequence, "r2"),
        (RNNSequenceTagger, per_sequence, None),
        (RNNSequenceTagger, per_step, None),
        (RNNSequenceTagger, per_step, make_scorer(step_accuracy_score)),
    ],
)
def test_weights_reach_fits_and_scores_of_a_search(estimator, weigh, scoring):
    X = ALL["list"]
    labels = [np.where(x[:, 0] > 0, "up", "down") for x in X]
    y = {RNNSequenceRegressor: [x[:, 0].sum() for x in X], RNNSequenceTagger: labels}
    y, weights = y.get(estimator, Y), weigh(X)
    network = estimator(**SETTINGS).set_fit_request(sample_weight=True)
    if scoring is None:
        network.set_score_request(sample_weight=True)
    elif isinstance(scoring, str):
        scoring = sklearn.metrics.get_scorer(scoring).set_score_request(sample_weight=True)
    else:
        scoring.set_score_request(sample_weight=True)
    folds = KFold(2)
    search = GridSearchCV(network, {"alpha": [0.1]}, cv=folds, scoring=scoring)
    search.fit(X, y, sample_weight=weights)
    for fold, (train, test) in enumerate(folds.split(X)):
        parts = [[[part[i] for i in rows] for part in (X, y, weights)] for rows in (train, test)]
        alone = estimator(**SETTINGS, alpha=0.1).fit(*parts[0])
        assert search.cv_results_[f"split{fold}_test_score"] == pytest.approx(
            alone.score(*parts[1]), abs=1e-12
        )
