"""Labels, whatever holds them: the same for every estimator."""

import numpy as np
import pytest
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV

from skrnn import RNNSequenceClassifier, RNNSequenceTagger
from skrnn.metrics import over_steps, step_accuracy_score

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X = np.random.default_rng(0).normal(size=(40, 4, 2))
UP = X[:, :, 0] > 0
ESTIMATORS = {
    "classifier": (RNNSequenceClassifier, UP[:, 0]),
    "tagger": (RNNSequenceTagger, UP),
}
every_estimator = pytest.mark.parametrize("name", ESTIMATORS)


def case(name, labels=("down", "up"), **changes):
    """Return an estimator, and y with these two labels."""
    kind, is_up = ESTIMATORS[name]
    settings = {"hidden_layer_sizes": 4, "max_iter": 3, "random_state": 0}
    return kind(**settings | changes), np.asarray(labels)[is_up.astype(int)]


def assert_same(one, other):
    np.testing.assert_array_equal(one.parameters_.flat, other.parameters_.flat)
    np.testing.assert_array_equal(one.classes_, other.classes_)
    assert one.classes_.dtype == other.classes_.dtype


LABELS = {
    "ints": np.array([3, 7]),
    "bools": np.array([False, True]),
    "whole floats": np.array([1.0, 4.0]),
    "dates": np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]"),
}


@every_estimator
@pytest.mark.parametrize("kind", LABELS)
def test_labels_held_as_objects_are_what_they_are(name, kind):
    estimator, y = case(name, LABELS[kind])
    held = np.empty(y.shape, dtype=object)
    held.flat = list(y.flat)
    plain = estimator.fit(X, y)
    assert_same(case(name)[0].fit(X, held), plain)
    assert plain.score(X, held) == plain.score(X, y)
    validated = [case(name)[0].fit(X, y, X_val=X, y_val=of_val) for of_val in (y, held)]
    assert validated[0].validation_scores_ == validated[1].validation_scores_
    classes = LABELS[kind][::-1]
    in_parts = case(name)[0].partial_fit(X, y, classes=classes).partial_fit(X, y)
    held_classes = np.empty(2, dtype=object)
    held_classes[:] = list(classes)
    held_in_parts = case(name)[0].partial_fit(X, held, classes=held_classes)
    assert_same(held_in_parts.partial_fit(X, held, classes=held_classes), in_parts)
    np.testing.assert_array_equal(held_in_parts.predict(X), in_parts.predict(X))


@every_estimator
@pytest.mark.parametrize("others", [(1, "a"), (1, None), (1, (1, 2)), (1, 0.5)], ids=str)
def test_objects_that_are_no_labels(name, others):
    estimator, y = case(name)
    held = np.empty(y.shape, dtype=object)
    held.flat = [others[0] if is_up else None for is_up in (y == "up").flat]
    for index in zip(*np.nonzero(y == "down"), strict=True):
        held[index] = others[1]
    with pytest.raises(ValueError, match="Labels must be strings, whole numbers, booleans or date"):
        estimator.fit(X, held)
    with pytest.raises(ValueError, match="Labels must be strings, whole numbers, booleans or date"):
        estimator.partial_fit(X, held, classes=["down", "up"])


@every_estimator
def test_classes_that_cannot_be_sorted(name):
    estimator, y = case(name)
    with pytest.raises(ValueError, match="classes must be labels that can be sorted together"):
        estimator.partial_fit(X, y, classes=np.array(["up", 1], dtype=object))
    assert vars(estimator) == estimator.get_params()


def test_a_search_scores_steps_whose_labels_are_held_as_objects():
    estimator, y = case("tagger", [3, 7])
    scoring = make_scorer(step_accuracy_score)
    search = GridSearchCV(estimator, {"alpha": [0.0]}, scoring=scoring, cv=2, error_score="raise")
    found = [search.fit(X, labels).best_score_ for labels in (y, y.astype(object))]
    assert found[0] == found[1]
    true, predicted, weights = over_steps(y.astype(object), list(y.astype(object)), np.ones(len(y)))
    assert true.dtype == predicted.dtype == y.dtype
    assert len(weights) == y.size
