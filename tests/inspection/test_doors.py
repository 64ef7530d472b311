"""What a fitted network computes, by name: states, gradients, and predictions by hand."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.inspection import check_gradients, hidden_states, loss_gradient

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
RAGGED = [RNG.normal(size=(n, 2)) for n in (3, 1, 6, 400, 2)]
EQUAL = RNG.normal(size=(5, 4, 2))
SHORT = [x[:6] for x in RAGGED]
PADDED = np.full((5, 7, 2), np.nan)
for row, x in zip(PADDED, RAGGED[:3] + RAGGED[:2], strict=True):
    row[: len(x)] = x
FORMS = {
    "3-D": EQUAL,
    "rows": EQUAL.reshape(5, -1),
    "list": RAGGED,
    "padded": PADDED,
    "single": EQUAL.astype(np.float32),
}
LABELS = np.array([0, 1, 0, 1, 1])


def fitted(X, sizes=(4, 3), **settings):
    in_rows = {"n_step_features": 2} if np.ndim(X[0]) == 1 else {}
    settings = {"max_iter": 2, "n_iter_no_change": 5, "random_state": 0} | in_rows | settings
    return RNNSequenceClassifier(sizes, **settings).fit(X, LABELS)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_the_readout_reads_the_states_that_are_returned(form, bidirectional):
    X = FORMS[form]
    model = fitted(X, bidirectional=bidirectional)
    states = hidden_states(model, X)
    assert list(states) == ["layer_0", "layer_1"]
    assert isinstance(states["layer_1"], np.ndarray) == (form not in {"list", "padded"})
    read = np.array(  # the direction that reads backwards ends at the beginning
        [np.concatenate([of_one[-1, :3], of_one[0, 3:]]) for of_one in states["layer_1"]]
    )
    weights = model.parameters_["readout.weights"]
    logits = read @ weights.T + model.parameters_["readout.bias"]
    difference = logits[:, 1] - logits[:, 0]
    np.testing.assert_allclose(difference, model.decision_function(X), rtol=1e-5, atol=1e-6)
    lengths = [len(x) for x in RAGGED] if form == "list" else None
    assert lengths is None or [len(of_one) for of_one in states["layer_0"]] == lengths


@pytest.mark.parametrize("form", FORMS)
def test_states_of_a_sequence_are_those_of_it_alone(form):
    X = FORMS[form]
    model = fitted(X, cell="lstm")
    together = hidden_states(model, X)
    for i in range(len(X)):
        alone = hidden_states(model, X[i : i + 1])
        for name in alone:
            np.testing.assert_allclose(together[name][i], alone[name][0], rtol=1e-5, atol=1e-6)


def test_states_follow_from_the_parameters_by_hand():
    model = fitted(RAGGED, cell="elman", sizes=(3,))
    W, U, b = (
        model.parameters_[f"layer_0.{kind}"]
        for kind in ("input_weights", "recurrent_weights", "bias")
    )
    for x, states in zip(RAGGED, hidden_states(model, RAGGED)["layer_0"], strict=True):
        for step, (before, after) in enumerate(pairwise([np.zeros(3), *states])):
            np.testing.assert_allclose(after, np.tanh(W @ x[step] + U @ before + b), rtol=1e-10)


@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
@pytest.mark.parametrize("per_step", [False, True])
def test_predictions_follow_from_the_parameters_by_hand(loss, per_step):
    y = [RNG.gamma(2, 300, size=(len(x) if per_step else 1, 2)) for x in RAGGED]
    y = y if per_step else np.concatenate(y)
    model = RNNSequenceRegressor(3, loss=loss, max_iter=2, n_iter_no_change=5, random_state=0)
    model.fit(RAGGED, y)
    V, a = model.parameters_["readout.weights"], model.parameters_["readout.bias"]
    assert model.target_mean_.shape == model.target_scale_.shape == (2,)
    assert model.target_mean_.any() == (loss != "poisson")
    said = model.predict(RAGGED)
    for i, states in enumerate(hidden_states(model, RAGGED)["layer_0"]):
        z = (states if per_step else states[-1]) @ V.T + a
        z = np.exp(z) if loss == "poisson" else z
        by_hand = model.target_mean_ + model.target_scale_ * z
        np.testing.assert_allclose(said[i], by_hand, rtol=1e-10)


@pytest.mark.parametrize("name", ["target_mean_", "target_scale_"])
def test_units_are_there_after_a_fit(name):
    assert not hasattr(RNNSequenceRegressor(), name)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"bidirectional": True},
        {"truncation_length": 3, "target_replication": 0.5},
        {"dropout": 0.5, "n_jobs": 2},
        {"alpha": 1.0, "checkpoint": 2},
    ],
    ids=str,
)
def test_a_loss_falls_by_its_gradient(settings):
    model = fitted(SHORT, **settings)
    before = model.parameters_.flat.copy()
    loss, gradient = loss_gradient(model, SHORT, LABELS)
    np.testing.assert_array_equal(model.parameters_.flat, before)
    assert dict(gradient).keys() == dict(model.parameters_).keys()
    table = check_gradients(model, SHORT, LABELS, n_probes=1000)
    norms = dict(zip(table["parameter"], table["gradient"], strict=True))
    for name, values in gradient.items():
        assert np.linalg.norm(values) == pytest.approx(norms[name], rel=1e-6, abs=1e-10)
    assert len(gradient) == len(norms)
    if "truncation_length" not in settings:  # what is before a window is held constant
        model.parameters_.flat[...] -= 1e-3 * gradient.flat
        after = loss_gradient(model, SHORT, LABELS)[0]
        assert loss - after == pytest.approx(1e-3 * gradient.flat @ gradient.flat, rel=0.05)


def test_the_loss_is_that_of_the_probabilities():
    model = fitted(RAGGED, alpha=0.0)
    loss, _ = loss_gradient(model, RAGGED, LABELS)
    right = model.predict_proba(RAGGED)[np.arange(5), LABELS]
    assert loss == pytest.approx(-np.log(right).mean())


def test_unfitted_estimators_have_a_gradient_and_no_states():
    y = [np.zeros(len(x), int) for x in RAGGED]
    y[0][0] = 1
    model = RNNSequenceTagger(3, random_state=0)
    loss, gradient = loss_gradient(model, RAGGED, y)
    assert loss > 0
    assert np.isfinite(gradient.flat).all()
    assert not hasattr(model, "parameters_")
    with pytest.raises(ValueError, match="not fitted"):
        hidden_states(model, RAGGED)


def test_what_is_no_estimator_is_named():
    with pytest.raises(TypeError, match="must be one of skrnn's, not a str"):
        hidden_states("gru", RAGGED)
    with pytest.raises(TypeError, match="must be one of skrnn's, not a str"):
        loss_gradient("gru", RAGGED, LABELS)


def test_parameters_are_a_mapping():
    parameters = fitted(RAGGED).parameters_
    names = list(parameters)
    assert len(parameters) == len(names) == len(parameters.items())
    assert "readout.bias" in parameters
    assert sum(values.size for values in parameters.values()) == parameters.flat.size
    assert parameters == parameters  # noqa: PLR0124 - and not a question to each number
    assert parameters != parameters.copy()
    assert {parameters: 1}[parameters] == 1


@pytest.mark.parametrize(
    ("kind", "y", "names"),
    [
        (RNNSequenceClassifier, LABELS, ["classes_"]),
        (RNNSequenceTagger, [x[:, 0] > 0 for x in RAGGED], ["classes_"]),
        (RNNSequenceRegressor, LABELS + 0.5, ["target_mean_", "target_scale_"]),
    ],
)
def test_what_was_learnt_of_y_is_there_after_a_fit(kind, y, names):
    model = kind(4, max_iter=1, random_state=0)
    assert not any(hasattr(model, name) for name in ["target_", *names])
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(model, names[0])
    model.fit(RAGGED, y)
    assert model.target_.per_step == (kind is RNNSequenceTagger)
    assert not model.x_format_.on_rows
    assert all(len(getattr(model, name)) == model.target_.n_outputs for name in names)
