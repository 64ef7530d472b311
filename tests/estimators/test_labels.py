"""Labels, whatever holds them, and the weights of classes: the same for every estimator."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score

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


@pytest.mark.parametrize("y", [["up", "down", "up"], [1, 0, 1], np.arange(3).astype("M8[D]")])
@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, np.datetime64("NaT")], ids=str)
def test_a_label_that_is_missing_is_no_class(y, nothing):
    held = [y[0], nothing, y[2]]
    for form in (held, np.array(held, dtype=object), pd.Series(held, index=[7, 8, 9])):
        with pytest.raises(ValueError, match=r"y\[1\] is .*, where a label is missing"):
            case("classifier")[0].fit(X[:3], form)


def test_some_labels_of_steps_may_be_held_as_objects():
    estimator, y = case("tagger")
    mixed = [row.astype(object) if i % 2 else row for i, row in enumerate(y)]
    rows = list(X)
    plain = case("tagger")[0].fit(rows, list(y))
    np.testing.assert_array_equal(estimator.fit(rows, mixed).predict(X), plain.predict(X))


@pytest.mark.skipif(
    not hasattr(np.dtypes, "StringDType"), reason="NumPy 2 has strings of any length"
)
@every_estimator
def test_labels_may_be_strings_of_any_length(name):
    estimator, y = case(name)
    plain = case(name)[0].fit(X, y).predict(X)
    of_any = y.astype(np.dtypes.StringDType())
    np.testing.assert_array_equal(estimator.fit(X, of_any).predict(X), plain)
    some = [row if i % 2 else other for i, (row, other) in enumerate(zip(of_any, y, strict=True))]
    np.testing.assert_array_equal(estimator.fit(list(X), some).predict(X), plain)


def test_numbers_in_a_list_of_strings_stay_numbers():
    with pytest.raises(ValueError, match="labels that can be sorted together"):
        case("classifier")[0].fit(X[:3], ["1", 1, "2"])


@every_estimator
def test_classes_that_cannot_be_sorted(name):
    estimator, y = case(name)
    with pytest.raises(ValueError, match="classes must have labels that can be sorted together"):
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


@every_estimator
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_class_weights_without_a_class_that_the_dict_names(name, call):
    def train(class_weight):
        estimator, y = case(name, class_weight=class_weight)
        classes = {"classes": ["up", "down"]} if call == "partial_fit" else {}
        return getattr(estimator, call)(X, y, **classes)

    expected = train({"up": 3.0, "down": 0.5})
    assert_same(train({"up": 3.0, "down": 0.5, "rare": 20.0}), expected)
    assert_same(train({"up": 3.0}), train({"up": 3.0, "down": 1}))
    message = (
        r"class_weight has a weight for \['rare'\], which is none of the classes "
        r"\['down', 'up'\], and has none for \['down'\].* list every class"
    )
    with pytest.raises(ValueError, match=message):
        train({"rare": 20.0, "up": 3.0})


@every_estimator
def test_class_weights_of_a_call_that_lacks_a_class(name):
    """What counts for a dict with gaps are all classes, not those of this call or of X_val."""
    estimator, y = case(name, class_weight={"up": 3.0})
    only_down = np.full_like(y[:5], "down")
    estimator.partial_fit(X[:5], only_down, classes=["down", "up"])
    assert_same(estimator, case(name)[0].partial_fit(X[:5], only_down, classes=["down", "up"]))
    case(name, class_weight={"up": 3.0})[0].fit(X, y, X_val=X[:5], y_val=only_down)


@every_estimator
def test_a_fold_without_the_rare_class(name):
    estimator, y = case(name, ["usual", "usually"])
    y[0] = "rare"
    folds = KFold(4)
    weights = {"rare": 20.0, "usual": 1.0, "usually": 1.0}
    scores = cross_val_score(
        estimator.set_params(class_weight=weights), X, y, cv=folds, error_score="raise"
    )
    assert np.isfinite(scores).all()
    without = estimator.set_params(class_weight=None).fit(X[10:], y[10:]).score(X[:10], y[:10])
    assert scores[0] == without
    with pytest.raises(ValueError, match="list every class, with a weight of 1 where that is mean"):
        cross_val_score(
            estimator.set_params(class_weight={"rare": 20.0}), X, y, cv=folds, error_score="raise"
        )


@every_estimator
@pytest.mark.parametrize(
    "labels",
    [["1", "2"], LABELS["dates"], LABELS["bools"], LABELS["ints"], LABELS["whole floats"]],
    ids=str,
)
def test_class_weights_go_by_labels_of_any_type(name, labels):
    estimator, y = case(name, labels, class_weight={labels[1]: 3.0})
    by_hand = case(name)[0].fit(X, y, sample_weight=np.where(y == labels[1], 3.0, 1.0))
    assert_same(estimator.fit(X, y), by_hand)


@every_estimator
@pytest.mark.parametrize("weight", ["heavy", None, [1.0], np.inf, -1])
def test_class_weights_that_are_no_weights(name, weight):
    estimator, y = case(name, class_weight={"up": weight, "down": 1})
    with pytest.raises(ValueError, match=r"class_weight\['up'\] must be a float in the range"):
        estimator.fit(X, y)
