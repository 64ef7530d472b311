import numpy as np
import pandas as pd
import pytest
import skl2onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier
from skrnn.export import register
from skrnn.preprocessing import PerStep
from tests.export.cases import SETTINGS, X, make, make_y, run

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FRAME = pd.DataFrame(
    np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32), columns=["a", "b", "c"]
)
ROWS, NO_ZIPMAP = FRAME.to_numpy(), {"zipmap": False}


@pytest.fixture(autouse=True)
def _registered():
    register()


def test_an_input_for_each_column():
    y, columns = np.arange(30) % 2, {name: FRAME[[name]].to_numpy() for name in FRAME}
    network = RNNSequenceClassifier(**SETTINGS)
    joined = ColumnTransformer([("scale", StandardScaler(), ["c", "a"])])
    model = make_pipeline(joined, network).fit(FRAME, y)
    proto = skl2onnx.to_onnx(model, FRAME[:1], options=NO_ZIPMAP)
    said = run(proto, **columns)
    np.testing.assert_allclose(said["probabilities"], model.predict_proba(FRAME), atol=1e-6)
    for alone in (network.fit(FRAME, y), make_pipeline(PerStep(StandardScaler()), network)):
        with pytest.raises(ValueError, match=r"reads one X, but .* gives it 3 inputs: a, b, c\."):
            skl2onnx.to_onnx(alone.fit(FRAME, y), FRAME[:1])


def test_what_a_model_before_it_predicts():
    means = KMeans(2, n_init=1, random_state=0)
    for reader in (RNNSequenceClassifier(**SETTINGS), PerStep(StandardScaler())):
        model = make_pipeline(means, reader).fit(ROWS, np.arange(30) % 2)
        with pytest.raises(ValueError, match=r"gives it 2 inputs: label, scores\."):
            skl2onnx.to_onnx(model, ROWS[:1])


def test_rows_of_another_width_than_those_of_the_fit():
    """Twice as wide, they must not be twice as many."""
    any_width = [("X", skl2onnx.common.data_types.FloatTensorType([None, None]))]
    model = RNNSequenceClassifier(**SETTINGS).fit(ROWS, np.arange(30) % 2)
    proto = skl2onnx.convert_sklearn(model, initial_types=any_width, options=NO_ZIPMAP)
    assert len(run(proto, ROWS)["label"]) == 30
    with pytest.raises(Exception, match="cannot be reshaped"):
        run(proto, np.hstack([ROWS, ROWS]))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_raw_scores(n_classes):
    model = make("classifier", y=np.arange(9) % n_classes)
    said = run(skl2onnx.to_onnx(model, X[:1], options=NO_ZIPMAP | {"raw_scores": True}), X)
    scores = model.decision_function(X)
    expected = scores if n_classes == 3 else np.column_stack([-scores, scores])
    np.testing.assert_allclose(said["probabilities"], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(said["label"], model.predict(X))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_classifier_that_is_calibrated(n_classes):
    network = RNNSequenceClassifier(**SETTINGS | {"max_iter": 20})
    model = CalibratedClassifierCV(network, cv=2).fit(ROWS, np.arange(30) % n_classes)
    said = run(skl2onnx.to_onnx(model, ROWS[:1], options=NO_ZIPMAP), ROWS)
    np.testing.assert_allclose(said["probabilities"], model.predict_proba(ROWS), atol=1e-5)


def test_whole_numbers():
    counts = np.random.default_rng(0).integers(0, 9, size=X.shape)
    model = make_pipeline(PerStep(StandardScaler()), RNNSequenceClassifier(**SETTINGS))
    model.fit(counts, make_y("classifier"))
    proto = skl2onnx.to_onnx(model, counts[:1], options=NO_ZIPMAP)
    said = run(proto, counts)
    np.testing.assert_allclose(said["probabilities"], model.predict_proba(counts), atol=1e-5)


@pytest.mark.parametrize("scaler", [StandardScaler(), make_pipeline(StandardScaler(), PCA(2))])
@pytest.mark.parametrize("by", [type, id])
def test_options_reach_the_transformer_within_per_step(by, scaler):
    """How StandardScaler divides is one: by a Scaler, unless they say something else."""
    model = make_pipeline(PerStep(scaler), RNNSequenceClassifier(**SETTINGS))
    model.fit(X, make_y("classifier"))
    inner = model[0].transformer_
    key = by(inner[0] if hasattr(inner, "named_steps") else inner)
    operators = {
        how: {node.op_type for node in skl2onnx.to_onnx(model, X[:1], options=options).graph.node}
        for how, options in (("std", NO_ZIPMAP), ("div", {key: {"div": "div"}}))
    }
    assert "Scaler" in operators["std"]
    assert "Scaler" not in operators["div"]
    with pytest.raises(ValueError, match=r"Unexpected value \['by nothing'\]"):
        skl2onnx.to_onnx(model, X[:1], options={key: {"div": "by nothing"}})
