"""Bad input: an error that names what is wrong, and nothing half-fitted."""

import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from skrnn import LBFGS, Adam, Cosine, Elman, InvalidParameterError, RNNSequenceClassifier
from skrnn.rules import rules_of
from tests.estimators.forms import make_forms

FORMS, Y = make_forms()
ROWS, CUBE, LIST = FORMS["rows"], FORMS["3-D"], FORMS["list"]


def changed(X, index, value):
    X = [x.copy() for x in X] if isinstance(X, list) else X.copy()
    if isinstance(X, list):
        X[index[0]][index[1:]] = value
    else:
        X[index] = value
    return X


BAD_DATA = {
    "NaN in rows": (changed(ROWS, (3, 4), np.nan), Y, "X contains NaN: sequence 3, time step 2, f"),
    "inf in rows": (changed(ROWS, (3, 4), np.inf), Y, "infinity.*sequence 3, time step 2, f"),
    "NaN in 3-D": (changed(CUBE, (3, 2, 1), np.nan), Y, "NaN: sequence 3, time step 2, feature 1"),
    "interior NaN step": (changed(CUBE, (3, 2), np.nan), Y, "NaN: sequence 3, time step 2, feat"),
    "NaN in a list": (changed(LIST, (1, 2, 1), np.nan), Y, "NaN: sequence 1, time step 2, feature"),
    "inf in a list": (
        changed(LIST, (1, 2, 1), -np.inf),
        Y,
        "inf.*sequence 1, time step 2, feature",
    ),
    "feature counts": (
        [*LIST[:-1], np.ones((2, 3))],
        Y,
        r"X\[59\] has 3 features, but X\[0\] has 2",
    ),
    "empty sequence": ([*LIST[:-1], np.ones((0, 2))], Y, r"X\[59\] has no time step"),
    "all-NaN sequence": (changed(CUBE, 3, np.nan), Y, r"X\[3\] has no time step"),
    "no rows": (np.ones((0, 4)), [], r"0 sample"),
    "no sequences in 3-D": (np.ones((0, 4, 2)), [], r"\(0, 4, 2\)"),
    "empty list": ([], [], "X is empty, but must have 1 sequence at least"),
    "uneven nested lists": ([[1, 2], [3]] * 30, Y, "list of lists of different lengths"),
    "a list among arrays": ([*LIST[:-1], [[1, 2]]], Y, r"X\[59\] is no array"),
    "0-D": (np.array(3.0), Y, r"X is array\(3.\)\. Expected X to be 2-D"),
    "1-D": (np.ones(60), Y, r"X has shape \(60,\)\. .* if it is one sequence .*, pass \[X\]"),
    "4-D": (np.ones((60, 2, 2, 2)), Y, "X has 4 dimensions. Expected X to be 2-D"),
    "strings in rows": (np.full((60, 4), "a"), Y, "X must hold real numbers"),
    "strings in 3-D": (np.full((60, 4, 2), "a"), Y, "X must hold real numbers"),
    "complex rows": (ROWS + 1j, Y, "Complex data not supported"),
    "complex 3-D": (CUBE + 1j, Y, "X must hold real numbers.*complex"),
    "X and y": (LIST, Y[:-1], "X has 60 sequences, but y has 59"),
    "continuous y": (LIST, np.linspace(0, 1, 60), "continuous"),
    "y of two columns": (LIST, np.arange(120).reshape(60, 2), r"one label .*\(60, 2\)"),
    "y is None": (LIST, None, "requires y to be passed, but the target y is None"),
    "NaN in y": (LIST, np.full(60, np.nan), r"y\[0\] is nan, where a label is missing"),
}


def attributes(estimator):
    return {name: id(value) for name, value in vars(estimator).items()}


def fitted():
    settings = {"n_step_features": 2, "max_iter": 2, "batch_size": 60, "random_state": 0}
    return RNNSequenceClassifier(8, **settings).fit(LIST, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", BAD_DATA)
def test_bad_data_is_named_and_changes_nothing(case):
    X, y, message = BAD_DATA[case]
    fresh = RNNSequenceClassifier(8, n_step_features=2)
    with pytest.raises(ValueError, match=message):
        fresh.fit(X, y)
    assert set(vars(fresh)) == set(fresh.get_params())
    for call in ("fit", "partial_fit"):
        estimator = fitted()
        before = attributes(estimator)
        with pytest.raises(ValueError):  # noqa: PT011 - after a fit, another rank may be the fault
            getattr(estimator, call)(X, y)
        assert attributes(estimator) == before


def test_sparse():
    with pytest.raises(TypeError, match="Sparse data was passed"):
        RNNSequenceClassifier().fit(sparse.csr_array(ROWS), Y)


def test_columns_that_are_no_whole_steps():
    with pytest.raises(ValueError, match="12 columns, which n_step_features=5 does not divide"):
        RNNSequenceClassifier(n_step_features=5).fit(ROWS, Y)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (-np.ones(60), r"sample_weight\[0\] is -1.0"),
        (np.r_[np.ones(59), np.nan], r"sample_weight\[59\] is nan"),
        (np.r_[np.ones(59), np.inf], r"sample_weight\[59\] is inf"),
        (np.zeros(60), "sample_weight is zero for every sequence"),
        (np.ones(59), r"shape \(59,\); X has 60 sequences"),
        (np.ones((60, 1)), r"shape \(60, 1\)"),
        (
            [1] * 59 + [10**400],
            r"sample_weight must hold real numbers, but sample_weight\[59\] is 1",
        ),
        ([1e308] * 60, "sample_weight must have a finite sum"),
        (dict.fromkeys(range(60), 1), "sample_weight must be an array or a list, but it is a dict"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises((TypeError, ValueError), match=message):
        RNNSequenceClassifier().fit(LIST, Y, sample_weight=weights)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({"up": -1.0, "down": 1.0}, r"class_weight\['up'\] must be a float .* Got -1.0"),
        ({"up": np.nan, "down": 1.0}, r"class_weight\['up'\] must be .* Got nan"),
        ({"up": 10**400, "down": 1}, r"class_weight\['up'\] must be .* Got 10*\.\.\. \(401 char"),
        ({"up": "2", "down": 1}, r"class_weight\['up'\] must be .* Got '2'"),
        ({"up": 1e308, "down": 1e308}, "sample_weight times class_weight must have a finite sum"),
        ({"up": 0.0, "down": 0.0}, "sample_weight times class_weight is zero for every sequence"),
    ],
)
def test_bad_class_weights(class_weight, message):
    with pytest.raises(ValueError, match=message):
        RNNSequenceClassifier(class_weight=class_weight).fit(LIST, Y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_sequences_without_weight_are_not_held_out():
    weights = np.zeros(60)
    weights[0] = 1
    with pytest.raises(ValueError, match=r"hold out .*=0\.1 of 0 sequences that have weight"):
        RNNSequenceClassifier(early_stopping=True).fit(LIST, Y, sample_weight=weights)
    weights[:20] = 1
    for seed in range(20):
        model = RNNSequenceClassifier(2, early_stopping=True, max_iter=1, random_state=seed)
        assert model.fit(LIST, Y, sample_weight=weights).t_ == 58


def test_errors_in_validation_data_say_so():
    estimator = RNNSequenceClassifier(early_stopping=True)
    with pytest.raises(ValueError, match="In X_val, y_val or sample_weight_val: X has 60 seq"):
        estimator.fit(LIST, Y, X_val=LIST, y_val=Y[:-1])
    with pytest.raises(ValueError, match=r"In X_val, y_val or sample_weight_val: .* was fitted on"):
        estimator.fit(LIST, Y, X_val=ROWS, y_val=Y)


def test_too_few_sequences_to_hold_some_out():
    estimator = RNNSequenceClassifier(early_stopping=True)
    remedy = r"validation_fraction=0\.1 of 0 sequences.* or set early_stopping=False"
    with pytest.raises(ValueError, match=remedy):
        estimator.fit(LIST[:2], ["down", "up"])


def test_settings_of_an_optimizer_that_is_only_a_name():
    estimator = RNNSequenceClassifier()
    for change, remedy in (
        ({"optimizer__beta_1": 0.5}, r"optimizer is 'adam'. Give optimizer=Adam\(\) first"),
        ({"optimizer": "sgd", "optimizer__momentum": 0.5}, r"Give optimizer=SGD\(\) first"),
        ({"cell__update_bias": 1.0}, r"Give cell=GRU\(\) first"),
        ({"schedule": "cosine", "schedule__last": 0.1}, r"Give schedule=Cosine\(\) first"),
        ({"cell": "elman", "cell__activation": "relu"}, r"Give cell=Elman\(\) first"),
    ):
        with pytest.raises(InvalidParameterError, match=remedy):
            estimator.set_params(**change)
    estimator.set_params(optimizer=Adam(), optimizer__beta_1=0.5)
    assert estimator.optimizer == Adam(beta_1=0.5)


BAD_PARAMETERS = {
    "hidden_layer_sizes": [
        0,
        -1,
        2.5,
        True,
        (),
        (0,),
        "64",
        None,
        (8.0,),
        np.array(4),
        [[4]],
        [(1, 2), 3],
        b"a",
        bytearray(b"a"),
        10**40,
        (8, 10**40),
        [b"a"],
    ],
    "cell": ["lstm2", None, 3, Elman],
    "bidirectional": [1, "both"],
    "readout": ["first", None],
    "target_replication": [-0.1, 1.1, None, True],
    "dropout": [-0.1, 1, 1.0, None],
    "truncation_length": [0, -3, True, 2.0, "all", 10**40, Fraction(3)],
    "truncation_stride": [0, -3, True, 2.0, "all"],
    "checkpoint": [0, -3, 2.0, "sqrt", None, 10**40],
    "clip_threshold": [0, -1.0, np.nan, "1", True, Decimal(1)],
    "clip_by": ["l2", None],
    "optimizer": ["lion", None, Adam],
    "schedule": ["invscaling", None, 0.1, Cosine],
    "learning_rate": [0, -1, np.inf, "0.1", 10**400],
    "alpha": [-1e-9, None],
    "batch_size": [0, -1, True, 2.0, "all", None, b"a", 10**40],
    "max_iter": [0, 1.5, 10**40],
    "shuffle": [1, None],
    "tol": [-1, None],
    "n_iter_no_change": [0, 1.0],
    "n_init": [0, 1.0, True, None],
    "n_jobs": [0, -2, -1.0, 2.0, True, "all"],
    "early_stopping": ["yes", 1, None],
    "validation_fraction": [0, 1, 0.0, 1.0],
    "scoring": ["acc", 1, ["accuracy"], {"a": "accuracy"}, True],
    "class_weight": ["even", 1],
    "n_step_features": [0, 1.0, True],
    "warm_start": [0, "no"],
    "random_state": ["a", -1, 2**32, 1.5, True, np.random.default_rng(0), np.array(3)],
    "verbose": [1, "yes"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, bad in BAD_PARAMETERS.items() for value in bad]
)
def test_bad_parameters_are_named(name, value):
    estimator = RNNSequenceClassifier(**{name: value})
    with pytest.raises(
        InvalidParameterError, match=rf"'{name}' parameter of RNNSequ.*must be.*Got"
    ):
        estimator.fit(LIST, Y)
    assert set(vars(estimator)) == set(estimator.get_params())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("replication", [0, 1])
def test_ends_of_ranges_that_are_good(replication):
    RNNSequenceClassifier(target_replication=replication, dropout=0, max_iter=1).fit(LIST, Y)


def test_every_parameter_has_a_rule():
    assert set(RNNSequenceClassifier().get_params()) == set(rules_of(RNNSequenceClassifier))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cell", "'elman', 'gru', 'lstm'"),
        ("optimizer", "'adam', 'adamw', 'lbfgs', 'rmsprop', 'sgd'"),
        ("schedule", "'auto', 'constant', 'cosine', 'cycles', 'inverse_scaling', 'one_cycle'"),
        ("clip_by", "'norm', 'step_norm', 'value'"),
        ("readout", "'last', 'max', 'mean'"),
    ],
)
def test_an_unknown_name_is_answered_with_those_there_are(name, options):
    with pytest.raises(InvalidParameterError, match=options):
        RNNSequenceClassifier(**{name: "unknown"}).fit(LIST, Y)


def test_more_weights_than_any_memory_holds():
    estimator = RNNSequenceClassifier((3, 10**9))
    with pytest.raises(
        InvalidParameterError, match=r"hidden_layer_sizes=\(3, 1000000000\) makes a n"
    ):
        estimator.fit(LIST, Y)
    assert set(vars(estimator)) == set(estimator.get_params())


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fractions_are_real_numbers():
    one, other = (
        RNNSequenceClassifier(
            3,
            optimizer=Adam(beta_1=number(1, 2), beta_2=number(3, 4)),
            learning_rate=number(1, 64),
            dropout=number(1, 4),
            max_iter=2,
            random_state=0,
        ).fit(LIST, Y)
        for number in (Fraction, lambda above, below: above / below)
    )
    np.testing.assert_array_equal(one.parameters_.flat, other.parameters_.flat)


def test_errors_within_specs_are_named():
    with pytest.raises(InvalidParameterError, match="'beta_1' parameter of Adam"):
        RNNSequenceClassifier(optimizer=Adam(beta_1=2.0)).fit(LIST, Y)
    with pytest.raises(InvalidParameterError, match="'activation' parameter of Elman"):
        RNNSequenceClassifier(cell=Elman(activation="sin")).fit(LIST, Y)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"truncation_length": 3, "bidirectional": True},
            "truncation_length=3 cannot be used with bidirectional=True: .*backwards begins at the",
        ),
        (
            {"truncation_length": 3, "bidirectional": True, "target_replication": 0.5},
            "truncation_length=3 cannot be used with bidirectional=True: .*no window can do with",
        ),
        (
            {"checkpoint": True, "bidirectional": True},
            "checkpoint=True cannot be used with bidirectional=True",
        ),
        (
            {"checkpoint": 4, "bidirectional": True},
            "checkpoint=4 cannot be used with bidirectional=True: the two directions meet",
        ),
        (
            {"truncation_length": 3, "optimizer": "lbfgs"},
            "truncation_length=3 cannot be used with optimizer='lbfgs': its line search",
        ),
        (
            {"dropout": 0.5, "optimizer": LBFGS()},
            "dropout=0.5 cannot be used with optimizer='lbfgs'",
        ),
        (
            {"truncation_length": 3, "truncation_stride": 4, "target_replication": 0.5},
            "truncation_stride=4 needs a truncation_length of at least as many .* it is 3",
        ),
        ({"truncation_stride": 4, "target_replication": 0.5}, "at least as many .* it is None"),
        (
            {"truncation_length": 3, "truncation_stride": 3},
            "truncation_stride=3 needs target_replication above 0",
        ),
    ],
    ids=str,
)
def test_what_excludes_each_other(settings, message):
    estimator = RNNSequenceClassifier(**settings)
    with pytest.raises(InvalidParameterError, match=message):
        estimator.fit(LIST, Y)
    assert set(vars(estimator)) == set(estimator.get_params(deep=False))


def test_partial_fit_with_lbfgs_is_no_method():
    for optimizer in ("lbfgs", LBFGS()):
        estimator = RNNSequenceClassifier(optimizer=optimizer)
        assert not hasattr(estimator, "partial_fit")
        with pytest.raises(AttributeError) as error:
            estimator.partial_fit(LIST, Y)
        assert "needs all data at once" in str(error.value.__cause__)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_divergence_is_explained_and_leaves_the_old_fit():
    estimator = fitted()
    before = attributes(estimator)
    estimator.set_params(learning_rate=1e200, max_iter=100)
    with pytest.raises(ValueError, match=r"non-finite in epoch 2\. Try a learning_rate below 1e"):
        estimator.fit(LIST, Y)
    names = ("parameters_", "network_", "_progress", "loss_curve_", "_target")
    assert all(id(vars(estimator)[name]) == before[name] for name in names)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_training_that_fails_midway_leaves_the_numbers_as_they_were(call):
    estimator = fitted().set_params(warm_start=True, learning_rate=1e200, max_iter=9)
    if call == "partial_fit":
        estimator.partial_fit(LIST, Y)  # the loss overflows in the epoch after a huge update
    before = {name: pickle.dumps(value) for name, value in vars(estimator).items()}
    with pytest.raises(ValueError, match="non-finite"):
        getattr(estimator, call)(LIST, Y)
    assert {name: pickle.dumps(value) for name, value in vars(estimator).items()} == before


def test_a_warning_that_is_an_error_is_one():
    estimator = RNNSequenceClassifier(2, max_iter=1)
    with pytest.raises(ConvergenceWarning, match="stopped at max_iter=1"):
        estimator.fit(LIST, Y)
    assert set(vars(estimator)) == set(estimator.get_params())


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_not_fitted(method):
    with pytest.raises(NotFittedError):
        getattr(RNNSequenceClassifier(), method)(LIST)
