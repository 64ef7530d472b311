import sys

import numpy as np
import pandas as pd
import pytest
import skl2onnx
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    MaxAbsScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.export import register, to_onnx
from skrnn.preprocessing import PerStep
from tests.export.cases import (
    KINDS,
    LENGTHS,
    LENGTHS_NEW,
    QUANTILES,
    SETTINGS,
    X_NEW,
    X,
    check_agreement,
    make_y,
    perturb,
    run,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
ROWS = np.random.default_rng(0).normal(5, 3, size=(30, 8)).astype(np.float32)
Y_ROWS = np.where(ROWS[:, 0] > 5, "up", "down")


def make_rows(**settings):
    """Return a fitted pipeline on 2-D X."""
    network = RNNSequenceClassifier(n_step_features=2, **SETTINGS | settings)
    model = make_pipeline(StandardScaler(), network).fit(ROWS, Y_ROWS)
    perturb(model[-1])
    return model


def make_steps(kind, transformer, X=X, **settings):
    """Return a fitted pipeline on padded 3-D X."""
    network = KINDS[kind](**SETTINGS | settings)
    model = make_pipeline(PerStep(transformer), network).fit(X, make_y(kind))
    perturb(model[-1])
    return model


def test_a_pipeline_on_rows():
    model = make_rows()
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_pipeline_of_steps(kind):
    settings = {} if kind == "tagger" else {"readout": "max"}
    model = make_steps(kind, StandardScaler(), bidirectional=True, **settings)
    lengths = LENGTHS_NEW if model[-1].network_.per_step else None
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW), lengths)
    zeros = np.nan_to_num(X_NEW)
    said = run(to_onnx(model, lengths=True), zeros, lengths=LENGTHS_NEW)
    check_agreement(model, X_NEW, said, lengths)


@pytest.mark.parametrize("kind", ["classifier", "classifier of several", "tagger"])
def test_log_probabilities_of_a_pipeline(kind):
    model = make_steps(kind, StandardScaler())
    said = run(to_onnx(model, output="log_proba", lengths=True), X_NEW, lengths=LENGTHS_NEW)
    assert list(said) == ["label", "log_probabilities"]
    check_agreement(model, X_NEW, said, LENGTHS_NEW if kind == "tagger" else None)


@pytest.mark.parametrize(
    "transformer",
    [
        PCA(2),
        Binarizer(),  # of NaN, it makes numbers
        make_pipeline(StandardScaler(), PCA(2)),
        ColumnTransformer([("scale", StandardScaler(), [0, 2])], remainder="passthrough"),
    ],
    ids=lambda transformer: type(transformer).__name__,
)
def test_transformers_of_steps(transformer):
    model = make_steps("classifier", transformer, readout="mean")
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))


@pytest.mark.parametrize("scaler", [MaxAbsScaler(), RobustScaler(), StandardScaler()])
def test_scalers_need_no_operators_but_onnx_own(scaler):
    """Others than onnxruntime have none of ai.onnx.ml."""
    of_rows = make_pipeline(scaler, RNNSequenceRegressor(**SETTINGS)).fit(ROWS, ROWS[:, :2])
    for model, new in ((make_steps("classifier", scaler), X_NEW), (of_rows, ROWS)):
        proto = to_onnx(model)
        assert {node.domain for node in proto.graph.node} <= {""}
        check_agreement(model, new, run(proto, new))


def test_steps_of_rows_whose_features_change_their_number():
    steps = PerStep(PCA(1), n_step_features=2)
    model = make_pipeline(steps, RNNSequenceClassifier(**SETTINGS)).fit(ROWS, Y_ROWS)
    check_agreement(model, ROWS, run(to_onnx(model), ROWS))


def test_two_transformers_of_steps():
    model = make_pipeline(
        PerStep(StandardScaler()), PerStep(PCA(2)), RNNSequenceClassifier(**SETTINGS)
    ).fit(X, make_y("classifier"))
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))


@pytest.mark.parametrize("opset", [14, 18, 21])
def test_opsets(opset):
    model = make_steps("regressor of steps", StandardScaler(), readout="max", bidirectional=True)
    proto = to_onnx(model, target_opset=opset, lengths=True)
    assert max(o.version for o in proto.opset_import) <= opset
    said = run(proto, X_NEW, lengths=LENGTHS_NEW)
    check_agreement(model, X_NEW, said, LENGTHS_NEW)


@pytest.mark.parametrize("kind", ["regressor", "regressor of steps"])
@pytest.mark.parametrize("loss", QUANTILES, ids=repr)
def test_quantiles_of_a_pipeline(loss, kind):
    model = make_steps(kind, StandardScaler(), loss=loss)
    said = run(to_onnx(model), X_NEW)
    assert list(said) == ["variable", "quantiles"][: loss.n_scores]
    scaled = model[:-1].transform(X_NEW)
    check_agreement(model[-1], scaled, said, LENGTHS_NEW if "steps" in kind else None)


def test_steps_that_do_nothing_and_pipelines_within():
    network = RNNSequenceRegressor(**SETTINGS)
    inner = Pipeline([("scale", "passthrough"), ("network", network)])
    for model in (inner, make_pipeline(None, StandardScaler(), "passthrough", inner)):
        model.fit(ROWS, ROWS[:, :2])
        check_agreement(model, ROWS, run(to_onnx(model), ROWS))


def test_a_search_over_pipelines():
    search = GridSearchCV(make_rows(), {"standardscaler__with_mean": [False]}, cv=2)
    search.fit(ROWS, Y_ROWS)
    check_agreement(search, ROWS, run(to_onnx(search), ROWS))


def test_notes_of_a_pipeline():
    notes = {note.key: note.value for note in to_onnx(make_rows()).metadata_props}
    assert notes["classes"] == '["down", "up"]'
    assert notes["estimator"] == "RNNSequenceClassifier"


def test_names_of_features_are_those_of_the_pipeline():
    frame = pd.DataFrame(ROWS[:, :3], columns=["a", "b", "c"])
    model = make_pipeline(PCA(2), RNNSequenceClassifier(**SETTINGS)).fit(frame, Y_ROWS)
    notes = {note.key: note.value for note in to_onnx(model).metadata_props}
    assert notes["feature_names"] == '["a", "b", "c"]'


def test_a_model_is_the_same_each_time():
    model = make_steps("tagger", StandardScaler())
    first, second = (to_onnx(model, lengths=True).SerializeToString() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("others", [[], [PerStep(PCA(2))]])
def test_a_transformer_that_takes_steps_for_features(others):
    model = make_pipeline(FunctionTransformer(), *others, RNNSequenceClassifier(**SETTINGS))
    model.fit(X, make_y("classifier"))
    assert model.n_features_in_ == X.shape[1]
    check_agreement(model, X_NEW, run(to_onnx(model), X_NEW))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("zipmap", [True, False])
def test_skl2onnx_by_itself(dtype, zipmap):
    model, rows = make_rows(), ROWS.astype(dtype)
    register()
    expected = model.predict_proba(rows)
    for estimator, given in ((model, rows), (model[-1], model[:-1].transform(rows))):
        proto = skl2onnx.to_onnx(estimator, given[:1], options={"zipmap": zipmap})
        labels, probabilities = run(proto, given).values()
        np.testing.assert_array_equal(labels, model.predict(rows))
        if zipmap:
            probabilities = [[row["down"], row["up"]] for row in probabilities]
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)


def test_skl2onnx_with_a_column_for_each_class():
    model = make_rows()
    register()
    said = run(skl2onnx.to_onnx(model, ROWS[:1], options={"zipmap": "columns"}), ROWS)
    np.testing.assert_allclose(said["sup"], model.predict_proba(ROWS)[:, 1], atol=1e-5)


def test_skl2onnx_in_float64_up_to_the_network():
    """Scaling in float32 would leave nothing of a feature that is far from zero."""
    far = X.astype(float) + 1e9
    model = make_steps("tagger", StandardScaler(), far)
    register()
    for options in (None, {"zipmap": True}):
        proto = skl2onnx.to_onnx(model, far[:1], options=options)
        check_agreement(model, far, run(proto, far), LENGTHS)
    single = run(to_onnx(model), far.astype(np.float32))["probabilities"]
    assert np.nanmax(abs(single[0] - model.predict_proba(far)[0])) > 0.01


def test_what_skl2onnx_cannot_convert():
    class Own(StandardScaler):
        pass

    model = make_pipeline(Own(), RNNSequenceClassifier(**SETTINGS)).fit(ROWS, Y_ROWS)
    with pytest.raises(RuntimeError, match="Own"):
        to_onnx(model)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_categories_of_steps(dtype):
    """None of which is zero, in which padding may not be encoded then."""
    codes = np.random.default_rng(0).integers(1, 5, size=(9, 5, 1)).astype(np.float32)
    codes[np.isnan(X[:, :, :1])] = np.nan
    encoder = PerStep(OneHotEncoder(sparse_output=False, dtype=dtype))
    model = make_pipeline(encoder, RNNSequenceTagger(**SETTINGS))
    model.fit(codes, [row[:n, 0] > 2 for row, n in zip(codes, LENGTHS, strict=True)])
    check_agreement(model, codes, run(to_onnx(model), codes), LENGTHS)


def test_not_fitted():
    with pytest.raises(NotFittedError):
        to_onnx(make_pipeline(StandardScaler(), RNNSequenceClassifier()))


def test_ends_in_something_else():
    with pytest.raises(TypeError, match=r"ends in, a StandardScaler\."):
        to_onnx(make_pipeline(RNNSequenceClassifier(), StandardScaler()))


def test_without_skl2onnx(monkeypatch):
    model = make_rows()
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    for call in (register, lambda: to_onnx(model)):
        with pytest.raises(ImportError, match=r"pipeline needs skl2onnx.*'skrnn\[onnx\]'"):
            call()
    to_onnx(model[-1])  # which needs onnx alone
