"""Probabilities of steps from folds: in the right columns, in the form of X."""

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.metrics import cross_val_predict_proba, over_steps, step_accuracy_score
from skrnn.preprocessing import PerStep
from tests.estimators.forms import objects

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
N, T = 60, 4
rng = np.random.default_rng(0)
X = np.abs(rng.normal(size=(N, T, 1)))
CLASSES = np.array(["a", "b", "c", "d"])  # as many as steps; not all of them occur at each
Y = CLASSES[np.minimum(X[:, :, 0].cumsum(axis=1) // 0.9, 3).astype(int)]
LENGTHS = 1 + np.arange(N) % T
RAGGED = [x[:n] for x, n in zip(X, LENGTHS, strict=True)]
Y_RAGGED = [y[:n] for y, n in zip(Y, LENGTHS, strict=True)]
IN_TIME = np.arange(T) < LENGTHS[:, None]
PADDED = np.where(IN_TIME[:, :, None], X, np.nan)
Y_PADDED = np.where(IN_TIME, Y, "zzz: padding")
FORMS = {
    "3-D": (X, Y),
    "3-D, list": (X, list(Y)),
    "list": (RAGGED, Y_RAGGED),
    "objects": (objects(RAGGED), objects(Y_RAGGED)),
    "list of equal lengths": (list(X), Y),
    "objects of equal lengths": (objects(list(X)), Y),
    "NaN-padded": (PADDED, Y_PADDED),
    "NaN-padded, list": (PADDED, Y_RAGGED),
    "rows": (X[:, 1], Y[:, 1]),
}


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "learning_rate": 0.05, "max_iter": 10, "random_state": 0}
    return RNNSequenceTagger(**settings | changes)


def taken(items, indices):
    return items[indices] if isinstance(items, np.ndarray) else [items[i] for i in indices]


def by_hand(estimator, X, y, folds, **fit_params):
    """Return what each fold says of its sequences, one by one, with columns for all `CLASSES`."""
    told = [None] * len(X)
    for train, test in folds:
        weights = {name: taken(values, train) for name, values in fit_params.items()}
        fitted = clone(estimator).fit(taken(X, train), taken(y, train), **weights)
        for i, p in zip(test, fitted.predict_proba(taken(X, test)), strict=True):
            told[i] = np.zeros((*p.shape[:-1], len(CLASSES)), p.dtype)
            for k, label in enumerate(fitted.classes_):
                told[i][..., CLASSES.tolist().index(label)] = p[..., k]
    return told


def assert_equal(found, expected):
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other, strict=True)


def test_the_most_probable_class_is_what_is_predicted():
    assert len({len(np.unique(column)) for column in Y.T}) > 1  # or any numbering will do
    learning = model(max_iter=60)
    proba = cross_val_predict_proba(learning, X, Y, cv=3)
    predicted = cross_val_predict(learning, X, Y, cv=3)
    np.testing.assert_array_equal(CLASSES[proba.argmax(axis=-1)], predicted)
    assert step_accuracy_score(Y, predicted) > 0.8


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_x(form):
    X_form, y = FORMS[form]
    proba = cross_val_predict_proba(model(), X_form, y, cv=KFold(3))
    assert_equal(proba, by_hand(model(), X_form, y, KFold(3).split(X_form)))
    expected = model().fit(X_form, y).predict_proba(X_form)
    assert type(proba) is type(expected)
    assert np.shape(proba) == np.shape(expected)
    assert getattr(proba, "dtype", None) == getattr(expected, "dtype", None)


@pytest.mark.parametrize("form", ["3-D", "list"])
def test_a_class_that_a_fold_has_not_seen(form):
    X_form, y = FORMS[form]
    y = [np.where(item == "b", "a", item) for item in y]
    y[0] = np.full_like(y[0], "b")  # in the middle of the columns, and in the first fold alone
    proba = cross_val_predict_proba(model(), X_form, y, cv=3)
    assert all((p[:, 1] == 0).all() for p in proba[:20])
    assert all((p > 0).all() for p in proba[20:])
    np.testing.assert_allclose(np.concatenate(list(proba)).sum(axis=1), 1)
    assert_equal(proba, by_hand(model(), X_form, y, KFold(3).split(X_form)))


@pytest.mark.parametrize("name", ["pipeline", "search"])
def test_what_ends_in_a_tagger(name):
    estimator = make_pipeline(PerStep(StandardScaler()), model())
    if name == "search":
        estimator = GridSearchCV(model(), {"alpha": [0.0, 1.0]}, cv=2)
    proba = cross_val_predict_proba(estimator, RAGGED, Y_RAGGED, cv=2)
    assert_equal(proba, by_hand(estimator, RAGGED, Y_RAGGED, KFold(2).split(RAGGED)))
    with pytest.raises(sklearn.exceptions.NotFittedError):
        estimator.predict(RAGGED)  # copies were fitted


def test_folds_are_those_of_scikit_learn():
    groups = np.arange(N) % 5
    folds = GroupKFold(3)
    proba = cross_val_predict_proba(model(), X, Y, cv=folds, groups=groups)
    assert_equal(proba, by_hand(model(), X, Y, folds.split(X, Y, groups)))
    assert_equal(cross_val_predict_proba(model(), X, Y), by_hand(model(), X, Y, KFold().split(X)))
    in_processes = cross_val_predict_proba(model(), RAGGED, Y_RAGGED, cv=2, n_jobs=2)
    assert_equal(in_processes, cross_val_predict_proba(model(), RAGGED, Y_RAGGED, cv=2))
    with pytest.raises(ValueError, match="only works for partitions"):
        cross_val_predict_proba(model(), X, Y, cv=[(np.arange(N), np.arange(5))])


@pytest.mark.parametrize(
    "estimator",
    [model(), RNNSequenceClassifier(4, max_iter=3, random_state=0)],
    ids=["tagger", "c"],
)
def test_one_label_for_each_sequence_as_scikit_learn_does_it(estimator):
    X_form, y = (X[:, 1], Y[:, 1]) if isinstance(estimator, RNNSequenceTagger) else (X, Y[:, 0])
    expected = cross_val_predict(estimator, X_form, y, cv=3, method="predict_proba")  # stratified
    np.testing.assert_array_equal(cross_val_predict_proba(estimator, X_form, y, cv=3), expected)


def weights_of_steps():
    weights = [np.random.default_rng(1).choice([0.0, 1.0, 2.0], size=n) for n in LENGTHS]
    y = [np.where(w > 0, item, "zzz: none") for w, item in zip(weights, Y_RAGGED, strict=True)]
    return y, weights


def test_weights_go_to_the_fits_and_a_step_without_has_no_label():
    y, weights = weights_of_steps()
    expected = by_hand(model(), RAGGED, y, KFold(3).split(RAGGED), sample_weight=weights)
    params = {"sample_weight": weights}
    assert_equal(cross_val_predict_proba(model(), RAGGED, y, cv=3, params=params), expected)
    scaled = make_pipeline(PerStep(StandardScaler(with_mean=False, with_std=False)), model())
    params = {"rnnsequencetagger__sample_weight": weights}
    assert_equal(cross_val_predict_proba(scaled, RAGGED, y, cv=3, params=params), expected)
    with sklearn.config_context(enable_metadata_routing=True):
        params = {"sample_weight": weights, "groups": np.repeat(np.arange(3), 20)}
        asking = model().set_fit_request(sample_weight=True)
        folds = GroupKFold(3)
        routed = cross_val_predict_proba(asking, RAGGED, y, cv=folds, params=params)
        cut = folds.split(RAGGED, groups=params["groups"])
        assert_equal(routed, by_hand(model(), RAGGED, y, cut, sample_weight=weights))
        with pytest.raises(sklearn.exceptions.UnsetMetadataPassedError, match="sample_weight"):
            cross_val_predict_proba(model(), RAGGED, y, cv=folds, params=params)


def test_precision_and_labels_held_as_objects():
    proba = cross_val_predict_proba(model(), X.astype(np.float32), Y, cv=2)
    assert proba.dtype == np.float32
    numbers = np.searchsorted(CLASSES, Y)
    found = cross_val_predict_proba(model(), X, numbers.astype(object), cv=2)
    np.testing.assert_array_equal(found, cross_val_predict_proba(model(), X, Y, cv=2))


def test_they_lie_beside_the_labels():
    labels, proba, _ = over_steps(Y_RAGGED, cross_val_predict_proba(model(), RAGGED, Y_RAGGED))
    assert labels.shape == (LENGTHS.sum(),)
    assert proba.shape == (LENGTHS.sum(), 4)


def test_who_has_no_probabilities():
    for estimator in (RNNSequenceRegressor(), make_pipeline(RNNSequenceRegressor())):
        with pytest.raises(
            TypeError, match="estimator must have predict_proba, as RNNSequenceTagg"
        ):
            cross_val_predict_proba(estimator, X, Y)
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        cross_val_predict_proba(model(), X, None)
