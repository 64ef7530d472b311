import numpy as np
import pytest

from skrnn import RNNSequenceClassifier, RNNSequenceTagger
from skrnn.inspection import gradient_flow
from skrnn.network.parameters import Parameters
from tests.estimators.forms import make_forms
from tests.reference import oracle_of
from tests.reference.bptt import part, pool

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"]


def model(**changes):
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 2, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


@pytest.mark.parametrize("readout", ["last", "mean", "max"])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_the_norms_are_those_of_central_differences(cell, readout):
    """Each state is moved on its way through the slow oracle's cell, and the loss with it."""
    fitted = model(cell=cell, readout=readout).fit(X, Y)
    flow = gradient_flow(fitted, X[:6], Y[:6])
    for layer, size in enumerate((5, 4)):
        norms = {}
        for x, label in zip(X[:6], Y[:6], strict=True):
            target = list(fitted.classes_).index(label)
            for t in range(len(x)):
                above, below = (
                    [
                        loss_with_moved_state(fitted, cell, x, target, (t, layer), step * unit)
                        for unit in np.eye(size)
                    ]
                    for step in (1e-5, -1e-5)
                )
                norm = np.linalg.norm(np.subtract(above, below)) / 2e-5
                norms.setdefault(len(x) - 1 - t, []).append(norm)
        assert flow["distance"].tolist() == sorted(norms)
        expected = [np.mean(norms[distance]) for distance in sorted(norms)]
        np.testing.assert_allclose(flow[f"layer_{layer}"], expected, rtol=1e-5, atol=1e-9)


def loss_with_moved_state(fitted, cell, x, target, moved, shift):
    """Return the cross-entropy of a sequence, h of a layer after a step being shifted."""
    network, parameters = fitted.network_, fitted.parameters_
    states = [tuple(np.zeros(n) for _ in network.cell.states) for n in network.layer_sizes]
    hidden = []
    for t, h in enumerate(x):
        for i, state in enumerate(states):
            p = part(parameters, f"layer_{i}")
            (h, *others), _ = oracle_of(cell).step(network.cell, p, h, state)
            if (t, i) == moved:
                h = h + shift
            states[i] = (h, *others)
        hidden.append(h)
    features = pool(network.pooling, np.array(hidden))
    scores = parameters["readout.weights"] @ features + parameters["readout.bias"]
    return -np.log(np.exp(scores[target]) / np.exp(scores).sum())


def test_layers_and_directions_have_a_column_each():
    flow = gradient_flow(model(bidirectional=True), X, Y)
    names = ["distance", "layer_0", "layer_0_reverse", "layer_1", "layer_1_reverse"]
    assert list(flow) == names
    assert len({len(values) for values in flow.values()}) == 1


def test_training_settings_have_no_part():
    expected = gradient_flow(model(), X, Y)
    settings = {"dropout": 0.5, "truncation_length": 2, "target_replication": 1.0}
    other = gradient_flow(model(**settings, clip_threshold=1e-9, clip_by="step_norm"), X, Y)
    for name, values in expected.items():
        np.testing.assert_array_equal(other[name], values)


def test_company_and_weights_do_not_matter():
    fitted = model().fit(X, Y)
    flow = gradient_flow(fitted, X, Y)
    alone = [gradient_flow(fitted, X[i : i + 1], Y[i : i + 1]) for i in range(len(X))]
    for distance in flow["distance"]:
        values = [one["layer_1"][distance] for one in alone if len(one["distance"]) > distance]
        assert flow["layer_1"][distance] == pytest.approx(np.mean(values), rel=1e-12)


def test_what_is_measured_are_the_parameters_that_predict():
    fitted = model(early_stopping=True, max_iter=6, learning_rate=0.1).fit(X, Y)
    before = gradient_flow(fitted, X, Y)["layer_0"]
    fitted.parameters_ = Parameters(fitted.parameters_.layout, fitted.parameters_.flat * 1.5)
    assert (gradient_flow(fitted, X, Y)["layer_0"] != before).all()


def test_it_vanishes_where_a_contraction_is_repeated():
    """h' = tanh(0.5 h + ...): the gradient falls by 0.5 per step, or more where tanh is flat."""
    long = np.random.default_rng(0).normal(size=(8, 40, 2))
    fitted = model(cell="elman", hidden_layer_sizes=3, max_iter=1, learning_rate=1e-9)
    fitted.fit(long, [0, 1] * 4)
    fitted.parameters_["layer_0.recurrent_weights"][...] = 0.5 * np.eye(3)
    norms = gradient_flow(fitted, long, [0, 1] * 4)["layer_0"]
    assert (norms[1:] / norms[:-1] < 0.5).all()


@pytest.mark.parametrize("bidirectional", [False, True])
def test_of_targets_of_steps_the_last_one_counts(bidirectional):
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 2, "bidirectional": bidirectional}
    tags = [np.where(np.arange(len(x)) == len(x) - 1, y, "down") for x, y in zip(X, Y, strict=True)]
    tagger = RNNSequenceTagger(**settings).fit(X, tags)
    classifier = model(**settings).fit(X, Y)
    classifier.parameters_.flat[...] = tagger.parameters_.flat
    expected = gradient_flow(classifier, X, Y)
    for name, values in gradient_flow(tagger, X, tags).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-12)
