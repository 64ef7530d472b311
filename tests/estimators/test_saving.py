"""Models that are saved and loaded: by pickle, joblib and skops, here and in another process."""

import io
import pickle
import subprocess
import sys
from functools import partial
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.base import clone
from sklearn.metrics import make_scorer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import skrnn
from skrnn import (
    GRU,
    LBFGS,
    LSTM,
    SGD,
    AbsoluteError,
    Adam,
    AdamW,
    Adaptive,
    Chrono,
    Constant,
    Cosine,
    Elman,
    Glorot,
    Huber,
    Identity,
    InverseScaling,
    OneCycle,
    Poisson,
    Quantile,
    RMSprop,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
    SquaredError,
    Uniform,
)
from skrnn.metrics import step_accuracy_score, step_f1_score
from skrnn.network.pooling import POOLS
from skrnn.preprocessing import ChannelsFirst, FillSteps, PerStep, StackSteps
from skrnn.saving import TRUSTED_TYPES
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.version import FORMAT
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SAVED = sorted((Path(__file__).parent / "saved").glob("*.skops"))
FORMS, Y = make_forms()
X = FORMS["list"]
NUMBERS = np.array([abs(x[:, 0]).sum() for x in X])
SETS = np.array([x.sum(axis=0) > 0 for x in X])
STEPS = [np.where(x[:, 0] > 0, "up", "down") for x in X]
SETTINGS = {"hidden_layer_sizes": (4, 3), "max_iter": 2, "random_state": 0}
MODELS = [
    RNNSequenceClassifier(**SETTINGS, early_stopping=True, class_weight={"up": 2, "down": 1}),
    RNNSequenceClassifier(
        **SETTINGS | {"random_state": np.random.RandomState(0)},
        cell=Elman("relu", recurrent_init=Identity()),
        optimizer=SGD(),
        readout="mean",
        schedule=Adaptive(),
    ),
    RNNSequenceClassifier(
        **SETTINGS,
        cell=GRU(update_bias=Chrono(9), recurrent_init=Glorot()),
        optimizer=LBFGS(),
        readout="max",
    ),
    RNNSequenceClassifier(**SETTINGS, bidirectional=True, optimizer=AdamW(), n_init=2),
    RNNSequenceRegressor(**SETTINGS, cell=LSTM(recurrent_init=Uniform()), schedule=OneCycle()),
    RNNSequenceRegressor(**SETTINGS, loss=Huber(), optimizer=RMSprop(), schedule=Cosine()),
    RNNSequenceRegressor(**SETTINGS, loss=Poisson(), schedule=InverseScaling()),
    RNNSequenceRegressor(**SETTINGS, loss=AbsoluteError(), optimizer=Adam(), schedule=Constant()),
    RNNSequenceRegressor(**SETTINGS, loss=SquaredError()),
    RNNSequenceRegressor(**SETTINGS, loss=Quantile((0.1, 0.5, 0.9)), early_stopping=True),
    RNNSequenceRegressor(**SETTINGS, loss=Quantile(np.array([0.1, 0.9])), optimizer="lbfgs"),
    RNNSequenceTagger(**SETTINGS, cell="lstm", scoring=make_scorer(step_f1_score)),
    RNNSequenceTagger(**SETTINGS, early_stopping=True, scoring=make_scorer(step_accuracy_score)),
    make_pipeline(
        FillSteps(), PerStep(StandardScaler()), StackSteps(2), RNNSequenceClassifier(**SETTINGS)
    ),
    RNNSequenceClassifier(**SETTINGS, categorical_features=[1]),
]


def targets_of(model):
    if getattr(model, "bidirectional", False):
        return SETS
    return {RNNSequenceRegressor: NUMBERS, RNNSequenceTagger: STEPS}.get(type(model), Y)


def joblib_dumps(model):
    buffer = io.BytesIO()
    joblib.dump(model, buffer)
    return buffer.getvalue()


WAYS = {
    "pickle": (pickle.dumps, pickle.loads),
    "joblib": (joblib_dumps, lambda saved: joblib.load(io.BytesIO(saved))),
    "skops": (skops.io.dumps, partial(skops.io.loads, trusted=TRUSTED_TYPES)),
}


def assert_same_predictions(one, other):
    for said, expected in zip(one.predict(X), other.predict(X), strict=True):
        np.testing.assert_array_equal(said, expected)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
def test_a_model_comes_back_bit_for_bit(model, way):
    dumps, loads = WAYS[way]
    model = clone(model).fit(X, targets_of(model))
    loaded = loads(dumps(model))
    assert_same_predictions(loaded, model)
    assert set(vars(loaded)) == set(vars(model))
    for copy in (loaded, model):
        last = copy[-1] if isinstance(copy, Pipeline) else copy
        last.set_params(warm_start=True)
        copy.fit(X, targets_of(model))
    assert_same_predictions(loaded, model)


@pytest.mark.parametrize("way", WAYS)
def test_a_model_that_is_not_fitted_comes_back_as_well(way):
    dumps, loads = WAYS[way]
    model = RNNSequenceClassifier(**SETTINGS, cell=GRU(update_bias=Chrono(9)))
    loaded = loads(dumps(model))
    assert repr(loaded) == repr(model)
    assert_same_predictions(loaded.fit(X, Y), model.fit(X, Y))


@pytest.mark.parametrize(
    ("way", "load"),
    [
        ("pickle", "import pickle; model = pickle.loads(saved)"),
        ("joblib", "import joblib, io; model = joblib.load(io.BytesIO(saved))"),
        (
            "skops",
            "import skops.io, skrnn.saving as s; model = skops.io.loads(saved, s.TRUSTED_TYPES)",
        ),
    ],
)
def test_another_process_predicts_the_same_bits(way, load, tmp_path):
    model = RNNSequenceClassifier(**SETTINGS, cell="lstm", bidirectional=True)
    model.fit(FORMS["3-D"], Y)
    (tmp_path / "model").write_bytes(WAYS[way][0](model))
    np.save(tmp_path / "X.npy", FORMS["3-D"])
    program = (
        f"saved = open('model', 'rb').read(); {load}; import sys, numpy;"
        f"sys.stdout.buffer.write(model.predict_proba(numpy.load('X.npy')).tobytes())"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=tmp_path)
    assert done.stdout == model.predict_proba(FORMS["3-D"]).tobytes()


def test_trusted_types_are_those_that_skops_asks_about():
    asked = set()
    turned = ChannelsFirst().fit([x.T for x in X])
    for fitted in (turned, *(clone(model).fit(X, targets_of(model)) for model in MODELS)):
        asked |= set(skops.io.get_untrusted_types(data=skops.io.dumps(fitted)))
    (earlier,) = (file for file in SAVED if file.stem == "format_1")
    pools = {f"skrnn.network.pooling.{kind.__name__}" for kind in POOLS.values()}
    losses = {f"skrnn.network.losses.{type(model.loss).__name__}" for model in MODELS[5:9]}
    asked |= {f"skrnn.training.optimizers.{kind.__name__}" for kind in OPTIMIZERS.values()}
    asked |= pools | losses | set(skops.io.get_untrusted_types(file=earlier))
    assert asked | {"numpy.dtype"} == set(TRUSTED_TYPES)  # which other versions may trust


class Wary(pickle.Unpickler):
    """Loads what skops would, arrays and scikit-learn, as those do who look before they load."""

    def find_class(self, module, name):
        is_array = name in ("_reconstruct", "scalar", "ndarray", "dtype")
        known = (module.startswith("numpy") and is_array) or module.startswith("sklearn")
        known = known or module in ("builtins", "copyreg")
        assert known or f"{module}.{name}" in TRUSTED_TYPES, f"{module}.{name}"
        return super().find_class(module, name)


@pytest.mark.parametrize("model", MODELS, ids=range(len(MODELS)))
def test_what_moves_in_training_is_saved_as_plain_numbers(model):
    model = clone(model)
    last = model[-1] if isinstance(model, Pipeline) else model
    last.set_params(random_state=None, warm_start=True)
    for _ in range(2):
        model.fit(X, targets_of(model))
        assert_same_predictions(Wary(io.BytesIO(pickle.dumps(model))).load(), model)


@pytest.mark.parametrize("mode", ["r", "r+"])
@pytest.mark.usefixtures("each_engine")
def test_a_memory_map_stays_as_it_was_when_training_goes_on(mode, tmp_path):
    model = RNNSequenceClassifier(**SETTINGS).fit(X, Y)
    joblib.dump(model, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode=mode)
    assert isinstance(mapped.parameters_.flat, np.memmap)
    assert_same_predictions(mapped, model)
    moved = mapped.partial_fit(X, Y).predict_proba(X)
    assert_same_predictions(joblib.load(tmp_path / "model"), model)
    np.testing.assert_array_equal(moved, model.partial_fit(X, Y).predict_proba(X))


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_what_earlier_versions_saved_is_still_of_use(file):
    saved = skops.io.load(file, trusted=TRUSTED_TYPES)
    classifier, regressor, tagger = saved["models"]
    said = [classifier.predict_proba(saved["X"]), regressor.predict(saved["X"])]
    for found, expected in zip(
        [*said, *tagger.predict_proba(saved["X"])],
        [*saved["said"][:2], *saved["said"][2]],
        strict=True,
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    for model in saved["models"]:
        y = {RNNSequenceRegressor: NUMBERS, RNNSequenceTagger: [x[:, 0] > 0 for x in X]}
        model.partial_fit(X, y.get(type(model), Y))
        assert model.n_iter_ == 3


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_what_earlier_versions_saved_goes_on_from_where_it_was(file):
    """Also what is not seen in predictions is where this version has it."""
    saved = skops.io.load(file, trusted=TRUSTED_TYPES)
    X, y = saved["X"], Y[:20]
    targets = y[:15], [x.sum() for x in X], [np.where(x[:, 0] > 0, 1, 0) for x in X]
    given = {"X_val": X[15:], "y_val": y[15:]}
    for model, target in zip(saved["models"], targets, strict=True):
        n = len(target)
        again = clone(model).fit(X[:n], target, **(given if n == 15 else {}))
        for found, expected in (
            (model.parameters_.flat, again.parameters_.flat),
            (model._progress.parameters.flat, again._progress.parameters.flat),
            *zip(model._progress.stepper.running, again._progress.stepper.running, strict=True),
        ):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        for name in ("order", "masks"):
            assert getattr(model._progress, name) == getattr(again._progress, name)
        assert model.parameters_.layout is model._progress.parameters.layout


def test_there_is_a_saved_file_of_this_format():
    assert f"format_{FORMAT}.skops" in {file.name for file in SAVED}


def test_a_model_names_its_version():
    model = RNNSequenceClassifier(**SETTINGS).fit(X, Y)
    assert model.skrnn_version_ == skrnn.__version__


@pytest.mark.parametrize("way", WAYS)
def test_a_newer_format_of_a_transformer_is_refused(way, monkeypatch):
    dumps, loads = WAYS[way]
    with monkeypatch.context() as later:
        later.setattr("skrnn.estimators.formats.FORMAT", FORMAT + 1)
        saved = dumps(PerStep(StandardScaler()).fit(X))
    later = f"This PerStep was saved in format {FORMAT + 1}, by a later skrnn"
    with pytest.raises(ValueError, match=later):
        loads(saved)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_fitted", [True, False])
def test_a_newer_format_is_refused(way, is_fitted, monkeypatch):
    dumps, loads = WAYS[way]
    model = RNNSequenceClassifier(**SETTINGS)
    if is_fitted:
        model.fit(X, Y).skrnn_version_ = "7.0"
    with monkeypatch.context() as later:
        later.setattr("skrnn.estimators.formats.FORMAT", FORMAT + 1)
        saved = dumps(model)
    by = "skrnn 7.0" if is_fitted else "a later skrnn"
    here = f"skrnn {skrnn.__version__}, which is installed, reads formats up to {FORMAT}"
    with pytest.raises(ValueError, match=f"saved in format {FORMAT + 1}, by {by}; {here}"):
        loads(saved)
