"""What is no array: X, y, weights and classes of every other kind, refused by name."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from skrnn import (
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
    sequence_pipeline,
)
from skrnn.preprocessing import FillSteps, PerStep, StackSteps, to_frame
from tests.estimators.forms import N_STEPS, NoArray, make_forms

pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)
FORMS, Y = make_forms()
LIST, CUBE, ROWS = FORMS["list"], FORMS["3-D"], FORMS["rows"]
LENGTHS = np.array([len(x) for x in LIST])
SETTINGS = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}
FRAME = pd.DataFrame({"i": np.repeat(np.arange(20), 3), "a": np.arange(60.0)})
HUGE = np.array([[1, 2], [3, 10**400]], dtype=object)
OTHER = {
    "dict": (lambda: dict(enumerate(LIST)), r"it is a dict\. .*list\(X\.values\(\)\)"),
    "values of a dict": (lambda: dict(enumerate(LIST)).values(), r"a dict_values\. .*list\(X\)"),
    "generator": (lambda: (x for x in LIST), r"it is a generator\. .*list\(X\)"),
    "map": (lambda: map(np.asarray, LIST), r"it is a map\. .*list\(X\)"),
    "zip": (lambda: zip(LIST, LIST, strict=True), r"it is a zip\. .*list\(X\)"),
    "set": (lambda: {1, 2}, r"it is a set\. .*list\(X\)"),
    "groupby": (lambda: FRAME.groupby("i"), "a DataFrameGroupBy. .*sequences_from_frame"),
    "groupby of a column": (lambda: FRAME.groupby("i")["a"], "SeriesGroupBy. .*_from_frame"),
    "None": (lambda: None, "X is None. Expected X to be 2-D"),
    "word": (lambda: "abc", "X is 'abc'. Expected X to be 2-D"),
    "function": (lambda: len, "X is <built-in function len>. Expected X to be 2-D"),
    "list of dicts": (lambda: [{"a": 1}] * 60, r"X\[0\] is {'a': 1}. Expected X to be 2-D"),
    "dict in a list": (lambda: [LIST[0], {"a": 1}], r"X\[1\] must be an array.* it is a dict"),
    "tensor": (NoArray, "X must be an array, or what NumPy can make one of.* call detach first"),
    "tensor of rows": (lambda: NoArray((60, 12)), "X must be an array.* call detach first"),
    "tensor in a list": (lambda: [*LIST[:2], NoArray((4, 2))], r"X\[2\] must.* detach first"),
    "times": (lambda: np.full((60, 12), np.datetime64("2020")), "real numbers; its dtype is datet"),
    "huge number": (lambda: np.tile(HUGE, (30, 6)), r"X must hold.* but X\[1, 1\] is 10*\.\.\."),
    "huge number in 3-D": (lambda: np.array([HUGE] * 60), r"but X\[0, 1, 1\] is 10*\.\.\."),
    "huge number in a list": (lambda: [LIST[0], HUGE], r"X\[1\] must hold.* X\[1\]\[1, 1\] is 10"),
    "huge long double": (lambda: [np.full((4, 2), np.longdouble("1e400"))], "X contains infinity"),
    "words in a frame": (lambda: pd.DataFrame({"a": [1, 2], "b": [3, "x"]}), r"X\[1, 1\] is 'x'"),
    "frame without columns": (lambda: pd.DataFrame(index=range(60)), r"X has shape \(60, 0\)"),
    "empty list": (list, "X is empty, but must have 1 sequence at least"),
    "empty array": (lambda: np.empty(0), "X is empty"),
    "one series": (lambda: np.ones(60), r"X has shape \(60,\).* pass \[X\], and \[y\] if"),
    "one series in a list": (lambda: [1.0] * 60, r"X has shape \(60,\).* pass \[X\]"),
    "values, lengths": (lambda: (CUBE, LENGTHS), r"X is a pair of shapes \(60, 6, 2\) and \(60,\)"),
    "values, list": (lambda: (CUBE, LENGTHS.tolist()), "second tells how long .* with NaN beyond"),
    "values, mask": (lambda: [CUBE, np.ones((60, 6))], r"pair of shapes .*\(60, 6\)"),
    "table, lengths": (lambda: (ROWS, LENGTHS), r"x\[:n\] for x, n in zip\(\*X\)"),
}
LEARNERS = {
    "classifier": (lambda: RNNSequenceClassifier(**SETTINGS), Y),
    "regressor": (lambda: RNNSequenceRegressor(**SETTINGS), np.arange(60.0)),
    "tagger": (lambda: RNNSequenceTagger(**SETTINGS), [x[:, 0] > 0 for x in LIST]),
    "per step": (lambda: PerStep(StandardScaler()), None),
    "stack": (lambda: StackSteps(2), None),
    "fill": (lambda: FillSteps("linear"), None),
}
TABLES = {"times", "huge number", "words in a frame", "frame without columns", "tensor of rows"}


def attributes(estimator):
    return {name: id(value) for name, value in vars(estimator).items()}


def refuse(call, what):
    make, message = OTHER[what]
    with pytest.raises((TypeError, ValueError), match=message):
        call(make())


@pytest.fixture(scope="module", params=LEARNERS)
def learner(request):
    make, y = LEARNERS[request.param]
    return make, y, make().fit(LIST, y)


@pytest.mark.parametrize("what", OTHER)
def test_an_x_that_is_none_is_named_and_changes_nothing(learner, what):
    make, y, _ = learner
    fresh = make()
    before = attributes(fresh)
    refuse(lambda X: fresh.fit(X, y), what)
    assert attributes(fresh) == before


@pytest.mark.parametrize("what", [what for what in OTHER if what not in TABLES])
def test_a_later_x_that_is_none_is_named_and_changes_nothing(learner, what):
    _, y, fitted = learner
    before = attributes(fitted)
    for method in ("fit", "partial_fit", "score"):
        if hasattr(fitted, method):
            refuse(lambda X, name=method: getattr(fitted, name)(X, y), what)
    for method in ("predict", "transform", "inverse_transform"):
        if hasattr(fitted, method):
            refuse(getattr(fitted, method), what)
    assert attributes(fitted) == before


@pytest.mark.parametrize("what", OTHER)
def test_a_pipeline_names_it_too(what):
    pipeline = sequence_pipeline(RNNSequenceClassifier(**SETTINGS))
    refuse(lambda X: pipeline.fit(X, Y), what)
    refuse(to_frame, what)


@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("what", sorted(TABLES))
def test_a_later_table_that_is_none_is_named(what):
    fitted = RNNSequenceClassifier(**SETTINGS, n_step_features=2).fit(ROWS, Y)
    refuse(fitted.predict, what)


def test_a_validation_set_of_another_kind_is_named():
    with pytest.raises(
        ValueError, match=r"In X_val, .*: X must be an array or a list, but it is a"
    ):
        RNNSequenceClassifier().fit(LIST, Y, X_val=dict(enumerate(LIST)), y_val=Y)


def test_two_sequences_in_a_tuple_are_no_pair():
    for pair in (
        (np.ones(4), np.ones(3)),
        (np.ones((4, 1)), np.array([1, 2, 3, 4])),
        (np.ones((4, 2)), np.ones((4, 2))),
        (np.ones((4, 2)), np.ones((2, 2))),
    ):
        assert len(RNNSequenceClassifier(**SETTINGS).fit(pair, [0, 1]).predict(pair)) == 2


def test_one_series_is_one_sequence_if_both_say_so():
    wave = np.sin(np.arange(40.0))
    with pytest.raises(ValueError, match=r"X has shape \(39,\).* pass \[X\], and \[y\]"):
        RNNSequenceRegressor(**SETTINGS).fit(wave[:-1], wave[1:])
    with pytest.raises(ValueError, match=r"X is one sequence, .* each of its steps: pass \[y\]"):
        RNNSequenceRegressor(**SETTINGS).fit([wave[:-1]], wave[1:])
    RNNSequenceRegressor(**SETTINGS).fit([wave[:-1]], [wave[1:]])


def test_what_numpy_reads_is_an_array():
    class Tensor:
        shape, ndim = CUBE.shape, 3

        def __array__(self, dtype=None, copy=None):
            return CUBE

    one, other = (RNNSequenceClassifier(**SETTINGS).fit(X, Y) for X in (CUBE, Tensor()))
    np.testing.assert_array_equal(one.predict_proba(Tensor()), other.predict_proba(CUBE))


@pytest.mark.parametrize(
    ("kind", "y", "message"),
    [
        (
            "classifier",
            dict(enumerate(Y)),
            r"y must be an array.* a dict\. .*list\(y\.values\(\)\)",
        ),
        ("classifier", NoArray((60,)), "y must be an array.* call detach first"),
        ("classifier", CUBE, r"y must have one label for each .* its shape is \(60, 6, 2\)"),
        (
            "classifier",
            np.array(["up", *LIST[1:]], dtype=object),
            r"y\[1\] must be one label, but",
        ),
        ("regressor", (1.0 for _ in LIST), r"y must be an array.* it is a generator"),
        ("regressor", ["up"] * 60, "y must hold real numbers; its dtype is <U2"),
        ("regressor", [1.0] * 59 + [10**400], r"y must hold real numbers, but y\[59\] is 10"),
        ("regressor", [*LIST[:-1], NoArray((1, 2))], r"y\[59\] must be an array.* detach first"),
        ("regressor", [HUGE if len(x) == 2 else x for x in LIST], r"y\[\d+\]\[1, 1\] is 10*\.\.\."),
        ("tagger", set(Y), r"y must be an array.* it is a set"),
        ("tagger", [*LIST[:-1], NoArray((1,))], r"y\[59\] must be an array"),
    ],
)
def test_a_y_of_another_kind_is_named(kind, y, message):
    fresh = LEARNERS[kind][0]()
    with pytest.raises((TypeError, ValueError), match=message):
        fresh.fit(LIST, y)
    assert set(vars(fresh)) == set(fresh.get_params())


def test_targets_of_steps_for_rows_of_a_tagger():
    with pytest.raises(ValueError, match=r"X is 2-D, .* but y has 6 labels in y\[0\]\. Give X of"):
        RNNSequenceTagger().fit(ROWS, [np.zeros(6)] * 60)


def test_padding_of_targets_may_be_anything():
    y = np.full((60, N_STEPS, 1), "none", dtype=object)
    y[np.arange(N_STEPS) < LENGTHS[:, None]] = 1.0
    y[0, 0] = 2.0
    RNNSequenceRegressor(**SETTINGS).fit(FORMS["NaN-padded"], y)
    y[3, 0] = "x"
    with pytest.raises(ValueError, match=r"y must hold real numbers, but y\[3, 0, 0\] is 'x'"):
        RNNSequenceRegressor(**SETTINGS).fit(FORMS["NaN-padded"], y)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (
            [["down", "up"]],
            r"classes must have one label at least, and be 1-D; its shape is \(1, 2",
        ),
        ("down", r"classes must .* shape is \(\)"),
        ([], r"classes must have one label at least"),
        ({"down", "up"}, r"classes must be an array.* it is a set\. .*list\(classes\)"),
        ((name for name in Y), r"classes must be an array.* it is a generator"),
        (["down", 3], r"classes must .* sorted together, and got \['down', 3\]"),
        (["down", None], r"classes\[1\] is None, where a label is missing"),
        ([0.0, np.nan], r"classes\[1\] is nan, where a label is missing"),
        ([0.0, np.inf], "Input classes contains infinity"),
        (NoArray((2,)), "classes must be an array.* call detach first"),
    ],
)
def test_classes_of_another_kind_are_named(classes, message):
    fresh = RNNSequenceClassifier(**SETTINGS)
    with pytest.raises((TypeError, ValueError), match=message):
        fresh.partial_fit(LIST, Y, classes=classes)
    assert set(vars(fresh)) == set(fresh.get_params())


def test_targets_whose_sum_overflows():
    with pytest.raises(ValueError, match="y must have a finite mean"):
        RNNSequenceRegressor(**SETTINGS).fit(LIST, [1e308] * 60)
