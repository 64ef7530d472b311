"""Labels, probabilities and scores."""

import numpy as np
import pytest
from scipy.special import softmax

from skrnn import RNNSequenceClassifier
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"]


def fit(y, **changes):
    settings = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes).fit(X, y)


LABELS = {
    "strings": np.array(["no", "yes"]),
    "bools": np.array([False, True]),
    "negative ints": np.array([-7, 3]),
    "whole floats": np.array([1.0, 4.0]),
    "objects": np.array(["no", "yes"], dtype=object),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_sortable_type(kind):
    y = LABELS[kind][(Y == "up").astype(int)]
    fitted = fit(y, max_iter=100, learning_rate=0.03)
    assert fitted.classes_.dtype == y.dtype
    np.testing.assert_array_equal(fitted.classes_, LABELS[kind])
    assert fitted.score(X, y) > 0.9
    np.testing.assert_array_equal(fit(y.tolist()).predict(X), fit(y).predict(X))


def test_outputs_agree_for_two_classes():
    fitted = fit(Y)
    proba, scores = fitted.predict_proba(X), fitted.decision_function(X)
    assert scores.shape == (len(X),)
    np.testing.assert_allclose(proba[:, 1], 1 / (1 + np.exp(-scores)))
    np.testing.assert_array_equal(fitted.predict(X), fitted.classes_[(scores > 0).astype(int)])
    np.testing.assert_allclose(fitted.predict_log_proba(X), np.log(proba))


def test_outputs_agree_for_several_classes():
    y = np.arange(len(X)) % 4
    fitted = fit(y)
    proba, scores = fitted.predict_proba(X), fitted.decision_function(X)
    assert scores.shape == (len(X), 4)
    np.testing.assert_allclose(proba, softmax(scores, axis=1))
    np.testing.assert_array_equal(fitted.predict(X), scores.argmax(axis=1))


def test_one_class_is_predicted():
    fitted = fit(["only"] * len(X))
    assert fitted.classes_.tolist() == ["only"]
    assert set(fitted.predict(X)) == {"only"}
    np.testing.assert_array_equal(fitted.predict_proba(X), np.ones((len(X), 1)))
    assert fitted.decision_function(X).shape == (len(X), 1)


def test_one_sequence():
    fitted = RNNSequenceClassifier(4, max_iter=2).fit([np.ones((3, 2))], ["a"])
    assert fitted.predict([np.zeros((7, 2))]).tolist() == ["a"]


def test_labels_that_cannot_be_sorted():
    with pytest.raises(ValueError, match="Unknown label type"):
        fit(np.array([1, "a"] * 30, dtype=object))


def test_parameters_by_name():
    fitted = fit(Y)
    assert fitted.parameters_["layer_0.recurrent_weights"].shape == (12, 4)  # of a GRU
    assert fitted.network_.layer_sizes == (4,)


def test_sample_weights_are_left_as_they_are():
    weights = np.ones(len(X))
    settings = {"max_iter": 1, "class_weight": {"up": 5.0, "down": 1.0}}
    RNNSequenceClassifier(4, **settings).fit(X, Y, sample_weight=weights)
    assert set(weights) == {1}


def test_many_classes_may_be_announced():
    model = RNNSequenceClassifier(4, random_state=0)
    model.partial_fit(X, Y, classes=["down", "up", *map(str, range(60))])
    assert len(model.classes_) == 62


def test_labels_of_steps_are_another_estimator_s_task():
    with pytest.raises(ValueError, match="For labels of steps, use RNNSequenceTagger"):
        fit([np.zeros(len(x)) for x in X])
