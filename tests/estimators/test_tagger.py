"""A label for each step: forms, weights, padding, and what scikit-learn does with them."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    cross_val_predict,
    cross_val_score,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skrnn import InvalidParameterError, RNNSequenceTagger
from skrnn.metrics import step_accuracy_score, step_f1_score
from tests.estimators.forms import objects

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
N, T = 60, 9
rng = np.random.default_rng(0)
EQUAL = rng.normal(size=(N, T, 2))
Y_EQUAL = np.where(EQUAL[:, :, 0].cumsum(axis=1) > 0, "above", "below")
LENGTHS = rng.integers(1, T + 1, size=N)
LENGTHS[:2] = T
X = [x[:n].copy() for x, n in zip(EQUAL, LENGTHS, strict=True)]
Y = [y[:n].copy() for y, n in zip(Y_EQUAL, LENGTHS, strict=True)]
PADDED = EQUAL.copy()
PADDED[np.arange(T) >= LENGTHS[:, None]] = np.nan
Y_PADDED = np.where(np.arange(T) < LENGTHS[:, None], Y_EQUAL, "zzz: padding")
FORMS = {
    "3-D": (EQUAL, Y_EQUAL),
    "list": (X, Y),
    "objects": (objects(X), objects(Y)),
    "NaN-padded": (PADDED, Y_PADDED),
    "NaN-padded, list": (PADDED, Y),
}
every_form = pytest.mark.parametrize("form", FORMS)


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "learning_rate": 0.03, "max_iter": 40, "random_state": 0}
    return RNNSequenceTagger(**settings | changes)


def flat(values):
    return np.concatenate(list(values))


@every_form
def test_it_learns_and_answers_in_the_form_of_x(form):
    X_form, y = FORMS[form]
    fitted = model().fit(X_form, y)
    assert fitted.classes_.tolist() == ["above", "below"]
    assert fitted.score(X_form, y) > 0.9
    labels, proba = fitted.predict(X_form), fitted.predict_proba(X_form)
    if form == "3-D":
        assert labels.shape == (N, T)
        assert proba.shape == (N, T, 2)
    else:
        assert isinstance(labels, np.ndarray if form == "objects" else list)
        assert [len(item) for item in labels] == LENGTHS.tolist()
        assert {item.shape[1:] for item in proba} == {(2,)}
    np.testing.assert_allclose(flat(proba).sum(axis=1), 1)
    np.testing.assert_array_equal(flat(labels), fitted.classes_[flat(proba).argmax(axis=1)])
    np.testing.assert_allclose(flat(fitted.predict_log_proba(X_form)), np.log(flat(proba)))
    odds = flat(fitted.decision_function(X_form))
    np.testing.assert_allclose(flat(proba)[:, 1], 1 / (1 + np.exp(-odds)))


def test_padding_is_the_same_as_a_list_bit_for_bit():
    fitted = [model(max_iter=5).fit(*FORMS[form]) for form in FORMS if form != "3-D"]
    for other in fitted[1:]:
        np.testing.assert_array_equal(other.parameters_.flat, fitted[0].parameters_.flat)
        assert other.classes_.tolist() == ["above", "below"]
        assert other.score(PADDED, Y_PADDED) == fitted[0].score(X, Y)


def test_rows_are_sequences_of_one_step():
    rows, y = EQUAL.reshape(-1, 2)[:200], (EQUAL.reshape(-1, 2)[:200, 0] > 0).astype(int)
    fitted = model().fit(rows, y)
    assert fitted.predict(rows).shape == (200,)
    assert fitted.predict_proba(rows).shape == (200, 2)
    assert fitted.score(rows, y) > 0.9
    of_one = model().fit(rows[:, None], y[:, None])
    np.testing.assert_array_equal(of_one.parameters_.flat, fitted.parameters_.flat)
    assert of_one.predict(rows[:, None]).shape == (200, 1)


LABELS = {
    "strings": np.array(["no", "yes"]),
    "bools": np.array([False, True]),
    "negative ints": np.array([-7, 3]),
    "objects": np.array(["no", "yes"], dtype=object),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_sortable_type(kind):
    y = [LABELS[kind][(labels == "above").astype(int)] for labels in Y]
    fitted = model().fit(X, y)
    assert fitted.classes_.dtype == LABELS[kind].dtype
    assert fitted.predict(X)[0].dtype == LABELS[kind].dtype
    assert fitted.score(X, y) > 0.9


def with_weights(seed=1):
    generator = np.random.default_rng(seed)
    weights = [generator.choice([0.0, 1.0, 2.0], size=n) for n in LENGTHS]
    weights[0][0] = 1.0
    return weights


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"class_weight": "balanced"},
        {"batch_size": 16, "dropout": 0.3},
        {"truncation_length": 3},
        {"truncation_length": 3, "truncation_stride": 1},
        {"bidirectional": True},
        {"optimizer": "lbfgs"},
        {"early_stopping": True, "validation_fraction": 0.3},
    ],
    ids=str,
)
def test_a_step_of_weight_zero_has_no_target(changes):
    """Whatever stands there in y, be it no class, no number or not comparable: the same bits."""
    weights, results = with_weights(), []
    for nothing in ("above", "zzz: no such class", None):
        y = [
            np.where(w > 0, labels.astype(object), nothing)
            for labels, w in zip(Y, weights, strict=True)
        ]
        fitted = model(max_iter=5, **changes).fit(X, y, sample_weight=weights)
        assert fitted.classes_.tolist() == ["above", "below"]
        results.append(fitted.parameters_.flat)
        score = fitted.score(X, y, sample_weight=weights)
        expected = accuracy_score(flat(Y), flat(fitted.predict(X)), sample_weight=flat(weights))
        assert score == pytest.approx(expected)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_steps_without_weight_at_the_end_might_as_well_be_cut_off():
    """Beyond the last target, a network in one direction has nothing to learn from."""
    weights = [(np.arange(n) < 4).astype(float) for n in LENGTHS]
    settings = {"max_iter": 3, "learning_rate": 1e-3, "batch_size": len(X)}
    whole = model(**settings).fit(X, Y, sample_weight=weights)
    short = model(**settings).fit([x[:4] for x in X], [y[:4] for y in Y])
    np.testing.assert_allclose(whole.parameters_.flat, short.parameters_.flat, rtol=0, atol=1e-12)
    assert whole.loss_curve_ == pytest.approx(short.loss_curve_, abs=1e-12)


@pytest.mark.parametrize("form", ["list", "3-D", "NaN-padded"])
def test_a_sequence_s_weight_is_that_of_its_steps(form):
    X_form, y = FORMS[form]
    of_sequences = np.random.default_rng(0).choice([0.0, 1.0, 3.0], size=N)
    lengths = np.full(N, T) if form == "3-D" else LENGTHS
    of_steps = [np.full(n, w) for n, w in zip(lengths, of_sequences, strict=True)]
    if form != "list":
        array = np.full((N, T), np.nan)  # what stands in the padding does not matter
        for row, w in zip(array, of_steps, strict=True):
            row[: len(w)] = w
        of_steps = array
    one = model(max_iter=5).fit(X_form, y, sample_weight=of_sequences)
    other = model(max_iter=5).fit(X_form, y, sample_weight=of_steps)
    np.testing.assert_array_equal(one.parameters_.flat, other.parameters_.flat)
    assert one.score(X_form, y, of_sequences) == other.score(X_form, y, of_steps)


def test_weights_equal_copies_bit_for_bit_step_by_step():
    counts = np.random.default_rng(0).integers(0, 4, size=N)
    copies = np.repeat(np.arange(N), counts)
    weighted = model(max_iter=30, batch_size=4 * N).fit(X, Y, sample_weight=counts)
    copied = model(max_iter=30, batch_size=4 * N).fit(
        [X[i] for i in copies], [Y[i] for i in copies]
    )
    np.testing.assert_array_equal(weighted.parameters_.flat, copied.parameters_.flat)
    twice = [np.where(np.arange(n) == 0, 2.0, 1.0) for n in LENGTHS]
    first = [np.where(np.arange(n) == 0, 1.0, 0.0) for n in LENGTHS]
    weighted = model(max_iter=30, batch_size=4 * N).fit(X, Y, sample_weight=twice)
    ones = [np.ones(n) for n in LENGTHS]
    copied = model(max_iter=30, batch_size=4 * N).fit(X + X, Y + Y, sample_weight=ones + first)
    np.testing.assert_allclose(
        weighted.parameters_.flat, copied.parameters_.flat, rtol=0, atol=1e-6
    )


def test_the_loss_is_the_mean_over_steps():
    fitted = model(max_iter=1, alpha=0.0, batch_size=1000).fit(X, Y)
    begun = clone(fitted).set_params(max_iter=1, learning_rate=1e-300, alpha=0.0).fit(X, Y)
    log_proba, right = flat(begun.predict_log_proba(X)), flat(Y) == "below"
    expected = -log_proba[np.arange(len(right)), right.astype(int)].mean()
    assert fitted.loss_ == pytest.approx(expected, rel=1e-12)


def test_class_weights_multiply_the_steps():
    by_class = {"above": 1.0, "below": 3.0}
    weighted = model(max_iter=5, class_weight=by_class).fit(X, Y)
    weights = [np.array([by_class[label] for label in labels]) for labels in Y]
    by_hand = model(max_iter=5).fit(X, Y, sample_weight=weights)
    np.testing.assert_array_equal(weighted.parameters_.flat, by_hand.parameters_.flat)
    n_above = (flat(Y) == "above").mean()
    balanced = model(max_iter=5, class_weight="balanced").fit(X, Y)
    by_class = {"above": 0.5 / n_above, "below": 0.5 / (1 - n_above)}
    by_hand = model(max_iter=5, class_weight=by_class).fit(X, Y)
    np.testing.assert_allclose(balanced.parameters_.flat, by_hand.parameters_.flat, atol=1e-9)


def test_weights_are_left_as_they_are():
    weights = np.ones(N)
    model(max_iter=1, class_weight={"above": 5.0, "below": 1.0}).fit(X, Y, sample_weight=weights)
    assert set(weights) == {1}
    rows, y = EQUAL[:, 0], Y_EQUAL[:, 0]
    model(max_iter=1, class_weight={"above": 5.0, "below": 1.0}).fit(rows, y, weights)
    assert set(weights) == {1}


def test_both_directions_see_what_is_to_come():
    y = [np.where(x[::-1, 0].cumsum()[::-1] > 0, "above", "below") for x in X]  # from here to end
    one = model(max_iter=60).fit(X, y).score(X, y)
    both = model(max_iter=60, bidirectional=True).fit(X, y).score(X, y)
    assert both > max(0.92, one + 0.05)


def test_bidirectional_steps_meet_whatever_the_lengths():
    fitted = model(max_iter=3, bidirectional=True, hidden_layer_sizes=(5, 4)).fit(X, Y)
    together = fitted.predict_proba(X)
    for x, proba in zip(X, together, strict=True):
        np.testing.assert_allclose(fitted.predict_proba([x])[0], proba, rtol=0, atol=1e-12)


def test_the_state_is_carried_from_window_to_window():
    """The sum over 9 steps, from windows of 3: in reach because the state goes on."""
    fitted = model(max_iter=60, truncation_length=3).fit(X, Y)
    assert fitted.score(X, Y) > 0.9


@pytest.mark.parametrize(
    "changes", [{}, {"truncation_length": 4, "truncation_stride": 2}, {"checkpoint": True}], ids=str
)
def test_epochs_add_up_bit_for_bit(changes):
    whole = model(max_iter=5, **changes).fit(X, Y)
    piecewise = model(max_iter=5, **changes)
    for _ in range(5):
        piecewise.partial_fit(X, Y, classes=["below", "above"])
    np.testing.assert_array_equal(piecewise.parameters_.flat, whole.parameters_.flat)
    warm = model(max_iter=2, warm_start=True, **changes).fit(X, Y).set_params(max_iter=3).fit(X, Y)
    np.testing.assert_array_equal(warm.parameters_.flat, whole.parameters_.flat)


def test_early_stopping_on_sequences_of_ones_own():
    fitted = model(early_stopping=True, max_iter=20)
    fitted.fit(X[:40], Y[:40], X_val=X[40:], y_val=Y[40:])
    assert fitted.best_validation_score_ == fitted.score(X[40:], Y[40:])
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)


@pytest.mark.parametrize("form", ["list", "objects", "3-D"])
def test_searches_and_curves(form):
    X_form, y = FORMS[form]
    search = GridSearchCV(
        make_pipeline(FunctionTransformer(), model(max_iter=10)),
        {"rnnsequencetagger__hidden_layer_sizes": [4, 8]},
        scoring={"accuracy": make_scorer(step_accuracy_score), "f1": make_scorer(step_f1_score)},
        refit="f1",
        cv=3,
        error_score="raise",
    ).fit(X_form, y)
    assert 0.5 < search.best_score_ <= 1
    own = GridSearchCV(model(max_iter=10), {"hidden_layer_sizes": [4, 8]}, cv=3, n_jobs=2)
    own.fit(X_form, y)
    np.testing.assert_allclose(
        own.cv_results_["mean_test_score"], search.cv_results_["mean_test_accuracy"]
    )
    predicted = cross_val_predict(model(max_iter=10), X_form, y, cv=3)
    assert predicted.shape == ((N, T) if form == "3-D" else (N,))
    accuracy = cross_val_score(model(max_iter=10), X_form, y, cv=3)
    assert step_accuracy_score(y, predicted) == pytest.approx(accuracy.mean(), abs=0.02)
    _, train_scores, test_scores = learning_curve(
        model(max_iter=10), X_form, y, cv=3, train_sizes=[0.5, 1.0], error_score="raise"
    )
    assert np.isfinite([train_scores, test_scores]).all()


def test_folds_of_a_padded_table_do_not_differ_in_form():
    equal, y = EQUAL[:40].copy(), Y_EQUAL[:40]
    equal[[0, 1, 2], -2:] = np.nan  # in the first fold of two alone, without shuffling
    equal[39, -1:] = np.nan
    for fold in (slice(None, 20), slice(20, 39)):
        assert isinstance(model(max_iter=1).fit(equal, y).predict(equal[fold]), list)
    predicted = cross_val_predict(model(max_iter=1), equal, y, cv=2)
    lengths = [len(labels) for labels in predicted]
    assert lengths == [7, 7, 7, *[9] * 36, 8]
    assert model(max_iter=1).fit(EQUAL, Y_EQUAL).predict(EQUAL).shape == (N, T)


def test_weights_of_steps_go_through_a_search():
    search = GridSearchCV(model(max_iter=3), {"hidden_layer_sizes": [4]}, cv=3, error_score="raise")
    search.fit(X, Y, sample_weight=with_weights())
    assert np.isfinite(search.best_score_)


BAD = {
    "too few labels": (
        X,
        [*Y[:-1], Y[-1][:-1]],
        None,
        rf"y\[59\] has {LENGTHS[-1] - 1} values, but X\[59\] has {LENGTHS[-1]} time steps",
    ),
    "a sequence without labels": (X, Y[:-1], None, "X has 60 sequences, but y has 59"),
    "labels of sequences": (
        X,
        ["a"] * N,
        None,
        r"y has shape \(60,\), .* use RNNSequenceClassifier",
    ),
    "a table for ragged X": (X, Y_EQUAL, None, r"y has 9 time steps, but X\[2\] has"),
    "too wide": (EQUAL, np.zeros((N, T + 1)), None, "y has 10 time steps, but X has 9"),
    "2-D X, ragged y": (EQUAL[:, :, 0], Y, None, r"X is 2-D, .* y has 9 labels in y\[0\]"),
    "labels that cannot be sorted": (
        X,
        [np.where(y == "above", y.astype(object), 1) for y in Y],
        None,
        "labels that can be sorted together: strings, whole numbers",
    ),
    "a label that is missing": (
        X,
        [Y[0], np.array([*Y[1][:-1], None]), *Y[2:]],
        None,
        f"y of sequence 1, time step {LENGTHS[1] - 1} is None, where a label is missing",
    ),
    "NaN": (
        X,
        [np.full(n, np.nan if i == 5 else 1.0) for i, n in enumerate(LENGTHS)],
        None,
        "y contains NaN: sequence 5, time step 0.",
    ),
    "2-D X": (EQUAL[:, :, 0], Y_EQUAL, None, "each row is a sequence of one step, but y has shape"),
    "several labels": (EQUAL, np.zeros((N, T, 2)), None, "one label for each step"),
    "mixed": (X, [np.arange(LENGTHS[0]), *Y[1:]], None, r"y\[1\] holds strings, but y\[0\] does n"),
    "continuous": (EQUAL, EQUAL[:, :, 0], None, "continuous"),
    "None": (X, None, None, "requires y to be passed, but the target y is None"),
    "uneven lists": (X, [y.tolist() for y in Y], None, "list of lists of different lengths"),
    "one label of another rank": (X, [Y[0][:, None], *Y[1:]], None, r"y\[1\] has shape"),
    "weights of other steps": (X, Y, [np.ones(3)] * N, r"sample_weight\[0\] has 3 values, but X"),
    "weights in a table": (X, Y, np.ones((N, T)), r"sample_weight has 9 time steps, but X\[2\]"),
    "too few weights": (X, Y, np.ones(3), r"sample_weight has shape \(3,\).* for each step"),
    "negative weights": (
        X,
        Y,
        [np.full(n, -1.0 if i == 7 else 1.0) for i, n in enumerate(LENGTHS)],
        r"sample_weight\[7\] has -1.0",
    ),
    "no weight": (X, Y, [np.zeros(n) for n in LENGTHS], "sample_weight is zero"),
    "two weights a step": (X, Y, [np.ones((n, 2)) for n in LENGTHS], "one number for each step"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_data_is_named_and_changes_nothing(case):
    X_bad, y, weights, message = BAD[case]
    fresh = model(max_iter=1)
    with pytest.raises(ValueError, match=message):
        fresh.fit(X_bad, y, sample_weight=weights)
    assert vars(fresh) == vars(clone(fresh))
    fitted = model(max_iter=1).fit(X, Y)
    before = dict(vars(fitted))
    with pytest.raises(ValueError, match=r"."):
        fitted.partial_fit(X_bad, y, sample_weight=weights)
    assert vars(fitted) == before


def test_a_label_that_is_new():
    fitted = model(max_iter=1).fit(X, Y)
    with pytest.raises(ValueError, match="y has the label 'beside', which is none of the known"):
        fitted.partial_fit(X, [np.full(n, "beside") for n in LENGTHS])


LABELS_AND_NONE = {
    "ints": np.array([3, 7]),
    "bools": np.array([False, True]),
    "strings": np.array(["no", "yes"]),
}


@pytest.mark.parametrize("nothing", [None, np.nan, "nothing"], ids=str)
@pytest.mark.parametrize("kind", LABELS_AND_NONE)
@pytest.mark.parametrize("form", ["list", "rows"])
def test_whatever_stands_in_for_no_label(form, kind, nothing):
    X_form, y = (X, Y) if form == "list" else (EQUAL[:, 0], [Y_EQUAL[:, 0]])
    labels = [LABELS_AND_NONE[kind][(item == "above").astype(int)] for item in y]
    weights = [(np.arange(len(item)) % 3 != 1).astype(float) for item in y]
    held = [
        np.where(w > 0, item.astype(object), nothing)
        for item, w in zip(labels, weights, strict=True)
    ]
    if form == "rows":
        labels, weights, held = labels[0], weights[0], held[0]
    expected = model(max_iter=2).fit(X_form, labels, sample_weight=weights)
    fitted = model(max_iter=2).fit(X_form, held, sample_weight=weights)
    np.testing.assert_array_equal(fitted.parameters_.flat, expected.parameters_.flat)
    assert fitted.classes_.tolist() == LABELS_AND_NONE[kind].tolist()
    found = fitted.score(X_form, held, sample_weight=weights)
    assert found == expected.score(X_form, labels, sample_weight=weights)


def test_balanced_classes_are_those_of_steps_with_weight():
    weights = with_weights()
    counted = flat(Y)[flat(weights) > 0]
    n_above = (counted == "above").mean()
    by_class = {"above": 0.5 / n_above, "below": 0.5 / (1 - n_above)}
    balanced = model(max_iter=3, class_weight="balanced").fit(X, Y, sample_weight=weights)
    by_hand = model(max_iter=3, class_weight=by_class).fit(X, Y, sample_weight=weights)
    np.testing.assert_allclose(balanced.parameters_.flat, by_hand.parameters_.flat, atol=1e-9)


def test_there_is_nothing_to_replicate_or_to_read_off_elsewhere():
    assert not {"readout", "target_replication", "n_step_features"} & set(model().get_params())
    with pytest.raises(InvalidParameterError, match="truncation_stride=2 needs a truncation_len"):
        model(truncation_stride=2).fit(X, Y)
    with pytest.raises(InvalidParameterError, match="truncation_length=2 cannot be used with bidi"):
        model(truncation_length=2, bidirectional=True).fit(X, Y)


def test_float32_stays_float32():
    fitted = model(max_iter=2).fit([x.astype(np.float32) for x in X], Y)
    assert fitted.parameters_.flat.dtype == np.float32
    assert fitted.predict_proba(X)[0].dtype == np.float32
