from dataclasses import dataclass

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, SelectKBest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer, QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from skrnn import RNNSequenceClassifier
from skrnn.export import to_onnx
from skrnn.export.transformers import parts_of, simplified
from skrnn.preprocessing import PerStep
from tests.export.cases import SETTINGS, X_NEW, X, check_agreement, make_y, run

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
ROWS = np.random.default_rng(0).normal(size=(30, 8)).astype(np.float32)
Y_ROWS = np.where(ROWS[:, 0] > 0, "up", "down")
KMEANS = KMeans(3, n_init=1, random_state=0)


def fit(transformer):
    """Return a fitted pipeline on 2-D X."""
    return make_pipeline(transformer, RNNSequenceClassifier(**SETTINGS)).fit(ROWS, Y_ROWS)


def fit_steps(transformer):
    """Return a fitted pipeline on 3-D X."""
    model = make_pipeline(PerStep(transformer), RNNSequenceClassifier(**SETTINGS))
    return model.fit(X, make_y("classifier"))


@pytest.mark.parametrize(
    ("transformer", "named"),
    [
        (LinearDiscriminantAnalysis(), r"LinearDiscriminantAnalysis\(\)"),
        (make_pipeline(KMEANS, StandardScaler()), r"KMeans\(.*\)"),
        (FeatureUnion([("means", KMEANS)]), r"KMeans\(.*\)"),
        (ColumnTransformer([("means", KMEANS, [0, 1])]), r"KMeans\(.*\)"),
    ],
    ids=["alone", "Pipeline", "FeatureUnion", "ColumnTransformer"],
)
def test_a_transformer_that_predicts_is_refused(transformer, named):
    """Of it, skl2onnx writes what it predicts."""
    with pytest.raises(ValueError, match=rf"^{named} transforms and predicts"):
        to_onnx(fit(transformer))


def test_a_transformer_of_steps_that_predicts_is_refused():
    with pytest.raises(ValueError, match=r"^KMeans\(.*\) transforms and predicts"):
        to_onnx(fit_steps(KMEANS))


@pytest.mark.parametrize(
    ("transformer", "why"),
    [
        (ColumnTransformer([("all", StandardScaler(), [*range(1, 8), 0])]), "another order"),
        (ColumnTransformer([("all", "passthrough", [0, 0, *range(2, 8)])]), "another order"),
        (make_pipeline(Normalizer("max")), "has norm='max'"),
        (ColumnTransformer([("one", Normalizer("max"), [2])]), "has norm='max'"),
    ],
)
def test_what_skl2onnx_gets_wrong_is_refused(transformer, why):
    with pytest.raises(ValueError, match=why):
        to_onnx(fit(transformer))


def test_quantiles_of_a_constant_are_refused():
    constant = ROWS.copy()
    constant[:, 3] = 5
    network = RNNSequenceClassifier(**SETTINGS)
    model = make_pipeline(QuantileTransformer(n_quantiles=5), network).fit(constant, Y_ROWS)
    with pytest.raises(
        ValueError, match=r"QuantileTransformer\(.*\) was fitted on a column that is"
    ):
        to_onnx(model)


S = StandardScaler()


@pytest.mark.parametrize(
    "transformer",
    [
        *(
            ColumnTransformer([("some", part, columns)], remainder=remainder)
            for part, columns, remainder in [
                (S, [True, False, True], "drop"),
                (S, np.array([False, True, True]), "passthrough"),
                ("passthrough", np.array([2, 0]), "drop"),
                (S, [-1], "passthrough"),
                (S, slice(1, None), "drop"),
                (S, slice(-2, 3), "passthrough"),
                (S, [], "passthrough"),
                (Pipeline([("idle", "passthrough"), ("scale", S)]), [0, 1], "drop"),
                (make_pipeline(None), [0, 2], S),
            ]
        ),
        FeatureUnion([("scaled", S), ("dropped", "drop"), ("same", "passthrough")]),
        FeatureUnion([("scaled", make_pipeline("passthrough", S))]),
    ],
    ids=repr,
)
def test_columns_and_idle_parts_in_every_spelling(transformer):
    model = fit_steps(transformer)
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))


def test_a_selector_predicts_but_is_known():
    model = fit(RFE(DecisionTreeClassifier(), n_features_to_select=3))
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


@pytest.mark.parametrize(
    "transformer",
    [make_pipeline("passthrough", StandardScaler(), None), make_pipeline(None, "passthrough")],
)
def test_steps_that_do_nothing_within_others(transformer):
    model = fit_steps(transformer)
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))
    model = fit(transformer)
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


def test_a_pipeline_with_a_constructor_of_its_own():
    class Scaled(Pipeline):
        def __init__(self):
            network = RNNSequenceClassifier(**SETTINGS)
            super().__init__([("scale", StandardScaler()), ("idle", None), ("net", network)])

    model = Scaled().fit(ROWS, Y_ROWS)
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))
    assert [name for name, _ in model.steps] == ["scale", "idle", "net"]


def test_a_transformer_without_a_hash():
    @dataclass
    class Own(TransformerMixin, BaseEstimator):
        a: float = 1.0

    pipeline = make_pipeline(Own(), None, StandardScaler())
    assert [name for name, _ in simplified(pipeline).steps] == ["own", "standardscaler"]


def test_searches_within_a_pipeline():
    network = GridSearchCV(RNNSequenceClassifier(**SETTINGS), {"readout": ["max"]}, cv=2)
    model = make_pipeline(StandardScaler(), network).fit(ROWS, Y_ROWS)
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


@pytest.mark.parametrize("transformer", [StandardScaler(), PerStep(StandardScaler())])
def test_a_transformer_that_is_not_fitted(transformer):
    network = RNNSequenceClassifier(**SETTINGS).fit(ROWS, Y_ROWS)
    model = Pipeline([("transform", transformer), ("network", network)])
    with pytest.raises(NotFittedError, match=f"This {type(transformer).__name__} instance"):
        to_onnx(model)


def test_a_selector_of_the_first_column_alone_is_refused():
    """skl2onnx writes an invalid model for it."""
    selected = fit(SelectKBest(k=1))
    assert selected[0].get_support(indices=True).tolist() == [0]
    with pytest.raises(ValueError, match=r"SelectKBest\(k=1\) selects the first column alone"):
        to_onnx(selected)
    check_agreement(two := fit(SelectKBest(k=2)), ROWS, run(to_onnx(two), ROWS))


class Repeats(TransformerMixin, BaseEstimator):
    """Has steps, and is no pipeline."""

    def __init__(self, steps=3):
        self.steps = steps

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X


def test_a_parameter_by_the_name_of_a_pipelines_is_none():
    assert list(parts_of(model := fit(Repeats()))) == [model[0], model[1], model]
    assert simplified(model[0]) is model[0]
