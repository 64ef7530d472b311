"""check_gradients finds what is wrong, and only that, in any configuration."""

from dataclasses import dataclass

import numpy as np
import pytest

from skrnn import (
    GRU,
    LSTM,
    Elman,
    InvalidParameterError,
    Orthogonal,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.inspection import check_gradients
from skrnn.network.cells import CELLS
from skrnn.network.readout import Readout
from skrnn.training.inference import NonFiniteError
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"][:12]
Y = Y[:12]


def model(**changes):
    settings = {"hidden_layer_sizes": 5, "max_iter": 2, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(
    "settings",
    [
        *({"cell": name, "hidden_layer_sizes": (5, 4)} for name in CELLS),
        {"bidirectional": True, "readout": "mean"},
        {"readout": "max", "target_replication": 0.3, "alpha": 5.0},
        {"truncation_length": 2},
        {"truncation_length": 2, "target_replication": 0.3, "readout": "mean"},
        {"truncation_length": 3, "truncation_stride": 1, "target_replication": 1.0},
        {"checkpoint": 2},
        {"dropout": 0.5},
        {"optimizer": "lbfgs", "class_weight": "balanced"},
    ],
    ids=str,
)
def test_right_gradients(settings, fitted):
    estimator = model(**settings)
    if fitted:
        estimator.fit(X, Y)
    table = check_gradients(estimator, X, Y)
    assert table["relative_error"].max() < 1e-6
    assert (table["gradient"] > 0).all()
    assert len(set(table["parameter"])) == len(table["parameter"]) >= 5
    parameters = estimator.fit(X, Y).parameters_
    sizes = [parameters[name].size for name in table["parameter"]]
    assert table["size"].tolist() == sizes
    assert sum(sizes) == parameters.flat.size


STEPS = [x.cumsum(axis=0) for x in X]
TAGS = [np.where(y[:, 0] > 0, "up", "down") for y in STEPS]
OTHERS = {
    "tagger": (RNNSequenceTagger(5, max_iter=2), TAGS),
    "tagger, both": (RNNSequenceTagger((5, 4), bidirectional=True, dropout=0.3), TAGS),
    "tagger, windows": (RNNSequenceTagger(5, truncation_length=3, truncation_stride=2), TAGS),
    "regressor": (RNNSequenceRegressor(5, max_iter=2), [y.sum() for y in STEPS]),
    "regressor, replicated": (
        RNNSequenceRegressor(5, target_replication=0.3, loss="huber"),
        np.array([y[-1] for y in STEPS]),
    ),
    "regressor, steps": (RNNSequenceRegressor(5, readout="mean", truncation_length=3), STEPS),
    "regressor, counts": (
        RNNSequenceRegressor(5, loss="poisson", bidirectional=True),
        [np.exp(y) for y in STEPS],
    ),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OTHERS)
def test_right_gradients_of_other_targets(name, dtype):
    estimator, y = OTHERS[name]
    table = check_gradients(estimator, [x.astype(dtype) for x in X], y)
    assert table["relative_error"].max() < 1e-6
    assert (table["gradient"] > 0).all()


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_estimator_is_left_as_it_is_and_float32_is_checked_in_float64(dtype, fitted):
    rows = FORMS["rows"].astype(dtype)[:12]
    estimator = model(n_step_features=2)
    if fitted:
        estimator.fit(rows, Y)
    before = {name: id(value) for name, value in vars(estimator).items()}
    flat = estimator.parameters_.flat.copy() if fitted else None
    assert check_gradients(estimator, rows, Y)["relative_error"].max() < 1e-6
    assert {name: id(value) for name, value in vars(estimator).items()} == before
    if fitted:
        np.testing.assert_array_equal(estimator.parameters_.flat, flat)


@dataclass
class WrongElman(Elman):
    """A sign is flipped."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, *rest):
        (h_new,), (d_h_new,) = new, d_new
        d_gates[...] = (1 + h_new * h_new) * d_h_new


@dataclass
class WrongGRU(GRU):
    """The state's way past the gates is forgotten."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, *rest):
        super().backward(
            gates, previous, new, tape, d_new, [np.zeros_like(d) for d in d_previous], *rest
        )


@dataclass
class WrongLSTM(LSTM):
    """The gradient of one gate's first unit is a tenth too large."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, *rest):
        super().backward(gates, previous, new, tape, d_new, d_previous, d_gates, *rest)
        d_gates[0] *= 1.1


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("n_units", [5, 40])
@pytest.mark.parametrize("cell", [WrongElman(), WrongGRU(), WrongLSTM()], ids=repr)
def test_a_wrong_cell_is_found(cell, n_units, fitted):
    estimator = model(cell=cell, hidden_layer_sizes=n_units)
    if fitted:
        estimator.fit(X, Y)
    table = check_gradients(estimator, X, Y)
    wrong = dict(zip(table["parameter"], table["relative_error"], strict=True))
    assert wrong["layer_0.input_weights"] > 1e-5
    assert wrong["layer_0.recurrent_weights"] > 1e-5
    assert wrong["layer_0.bias"] > 1e-5
    assert wrong["readout.weights"] < 1e-6
    assert wrong["readout.bias"] < 1e-6


def test_a_wrong_readout_is_found(monkeypatch):
    original = Readout.backward

    def wrong(self, *arguments):
        d, gradients = original(self, *arguments), arguments[-1]
        gradients["readout.bias"][0] += 1e-4
        return d

    monkeypatch.setattr(Readout, "backward", wrong)
    table = check_gradients(model(), X, Y)
    wrong = dict(zip(table["parameter"], table["relative_error"], strict=True))
    assert wrong.pop("readout.bias") > 1e-5
    assert max(wrong.values()) < 1e-6


@dataclass
class ForgetfulGRU(GRU):
    """What is to be written for the recurrent product is not."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, d_recurrent, *rest):
        ignored = np.empty_like(d_recurrent)
        super().backward(gates, previous, new, tape, d_new, d_previous, d_gates, ignored, *rest)


@dataclass
class InfiniteElman(Elman):
    """An entry of the gradient is infinite."""

    def backward(self, gates, previous, new, tape, d_new, d_previous, d_gates, *rest):
        super().backward(gates, previous, new, tape, d_new, d_previous, d_gates, *rest)
        d_gates[0, 0] = np.inf


@pytest.mark.parametrize("cell", [ForgetfulGRU(), InfiniteElman()], ids=repr)
def test_what_is_not_finite_or_not_written_is_found(cell):
    check_gradients(model(cell="gru"), X, Y)  # leaves nothing that is right in memory
    table = check_gradients(model(cell=cell), X, Y)
    errors = dict(zip(table["parameter"], table["relative_error"], strict=True))
    assert errors["layer_0.recurrent_weights"] == np.inf
    assert errors["readout.weights"] < 1e-6


def test_clipping_has_no_part():
    table = check_gradients(model(clip_threshold=1e-6), X, Y)
    step = check_gradients(model(clip_threshold=1e-6, clip_by="step_norm"), X, Y)
    np.testing.assert_array_equal(table["gradient"], step["gradient"])
    assert step["relative_error"].max() < 1e-6


def test_more_directions_and_another_seed():
    table = check_gradients(model(), X, Y, n_probes=1)
    other = check_gradients(model(), X, Y, n_probes=1, seed=1)
    assert (table["gradient"] != other["gradient"]).all()
    every = check_gradients(model(), X, Y, n_probes=10**6)
    assert every["relative_error"].max() < 1e-7


@pytest.mark.parametrize(
    "settings", [{"n_probes": 0}, {"n_probes": 2.0}, {"step": 0.0}, {"seed": -1}], ids=str
)
def test_a_check_of_nothing_is_an_error(settings):
    ((name, value),) = settings.items()
    with pytest.raises(InvalidParameterError, match=rf"{name} must be .* Got {value} instead"):
        check_gradients(model(), X, Y, **settings)


def test_gradients_that_are_not_finite_are_an_error():
    cell = Elman("relu", Orthogonal(gain=1e6))
    with pytest.raises(NonFiniteError, match="states have outgrown float64"):
        check_gradients(model(cell=cell), [1e10 * np.ones((60, 2))] * 2, [0, 1])


def test_what_is_no_estimator_of_ours():
    with pytest.raises(TypeError, match=r"not a dict\. Of a pipeline, give the last step"):
        check_gradients({}, X, Y)
    with pytest.raises(TypeError, match="skrnn's, not a ABCMeta"):
        check_gradients(RNNSequenceClassifier, X, Y)
    with pytest.raises(ValueError, match="X has 12 sequences, but y has 11"):
        check_gradients(model(), X, Y[:-1])
