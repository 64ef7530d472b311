import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, make_scorer

from skrnn.metrics import over_steps, step_accuracy_score, step_f1_score

rng = np.random.default_rng(0)
TRUE = rng.integers(3, size=(8, 6))
PREDICTED = np.where(rng.uniform(size=TRUE.shape) < 0.7, TRUE, rng.integers(3, size=TRUE.shape))
LENGTHS = rng.integers(1, 7, size=8)
VALID = np.arange(6) < LENGTHS[:, None]
WEIGHTS = rng.uniform(size=TRUE.shape)


def ragged(table):
    return [row[:n] for row, n in zip(table, LENGTHS, strict=True)]


def average(metric, settings):
    return (
        metric(TRUE[VALID], PREDICTED[VALID], **settings),
        metric(TRUE[VALID], PREDICTED[VALID], sample_weight=WEIGHTS[VALID], **settings),
    )


@pytest.mark.parametrize("y_true", [TRUE, ragged(TRUE)], ids=["padded", "ragged"])
@pytest.mark.parametrize(
    ("score", "metric", "settings"),
    [(step_accuracy_score, accuracy_score, {}), (step_f1_score, f1_score, {"average": "macro"})],
)
def test_only_steps_count(score, metric, settings, y_true):
    plain, weighted = average(metric, settings)
    assert score(y_true, ragged(PREDICTED)) == pytest.approx(plain)
    weights = WEIGHTS if y_true is TRUE else ragged(WEIGHTS)
    found = score(y_true, ragged(PREDICTED), sample_weight=weights)
    assert found == pytest.approx(weighted)
    of_sequences = np.arange(1.0, 9.0)
    found = score(y_true, ragged(PREDICTED), sample_weight=of_sequences)
    weights = np.repeat(of_sequences, LENGTHS)
    expected = metric(TRUE[VALID], PREDICTED[VALID], sample_weight=weights, **settings)
    assert found == pytest.approx(expected)


def test_arrays_of_equal_length_and_sequences_of_one_step():
    assert step_accuracy_score(TRUE, PREDICTED) == (TRUE == PREDICTED).mean()
    flat = TRUE.ravel(), PREDICTED.ravel()
    assert step_accuracy_score(*flat) == (TRUE == PREDICTED).mean()
    frames = pd.DataFrame(TRUE), pd.DataFrame(PREDICTED)
    assert step_accuracy_score(*frames) == (TRUE == PREDICTED).mean()
    weights = WEIGHTS.ravel()
    expected = accuracy_score(*flat, sample_weight=weights)
    assert step_accuracy_score(*flat, sample_weight=weights) == pytest.approx(expected)


def test_averages_of_f1():
    for kind in ("micro", "weighted"):
        expected = f1_score(TRUE.ravel(), PREDICTED.ravel(), average=kind)
        assert step_f1_score(TRUE, PREDICTED, average=kind) == pytest.approx(expected)
    scorer = make_scorer(step_f1_score, average="weighted")
    assert repr(pickle.loads(pickle.dumps(scorer))) == repr(scorer)


def test_f1_of_each_class_and_of_some():
    flat = TRUE[VALID], PREDICTED[VALID]
    for settings in (
        {"average": None},
        {"average": None, "labels": [2, 0]},
        {"average": "micro", "labels": [2, 0]},
        {"average": "macro", "labels": [1, 5], "zero_division": 1.0},
    ):
        found = step_f1_score(ragged(TRUE), ragged(PREDICTED), **settings)
        np.testing.assert_array_equal(found, f1_score(*flat, **settings))
        weighted = step_f1_score(TRUE, ragged(PREDICTED), sample_weight=WEIGHTS, **settings)
        expected = f1_score(*flat, sample_weight=WEIGHTS[VALID], **settings)
        np.testing.assert_allclose(weighted, expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"labels": [[0, 1]]}, r"labels must be 1-D.*shape is \(1, 2\)"),
        ({"labels": []}, r"labels must be 1-D, of at least one class"),
        ({"labels": {0, 1}}, r"labels must be an array.* it is a set.* list\(labels\)"),
        ({"average": "samples"}, "average must be a str among {'macro', 'micro', 'weighted'} or N"),
        ({"average": "binary"}, "average must be a str among"),
    ],
)
def test_settings_of_f1_that_make_no_sense(settings, message):
    with pytest.raises((TypeError, ValueError), match=message):
        step_f1_score(TRUE, PREDICTED, **settings)


def test_what_is_no_list_is_named():
    with pytest.raises(TypeError, match=r"y_true must be an array.* it is a dict"):
        step_accuracy_score(dict(enumerate(TRUE)), PREDICTED)
    with pytest.raises(TypeError, match=r"y_pred must be an array.* it is a generator"):
        step_accuracy_score(TRUE, (row for row in PREDICTED))
    weights = ragged(WEIGHTS)
    weights[1] = np.full(LENGTHS[1], 10**400, dtype=object)
    with pytest.raises(ValueError, match=r"sample_weight\[1\] must hold real .*\]\[0\] is 1"):
        step_accuracy_score(TRUE, ragged(PREDICTED), sample_weight=weights)


def test_lengths_that_differ():
    with pytest.raises(ValueError, match=r"y_true\[\d\] has \d values, but y_pred\[\d\] has 1"):
        over_steps(ragged(TRUE), [row[:1] for row in PREDICTED])
    with pytest.raises(ValueError, match="y_pred has 7 sequences, but y_true has 8"):
        over_steps(ragged(TRUE), ragged(PREDICTED)[:-1])
    with pytest.raises(ValueError, match="y_pred has 5 sequences, but y_true has 6"):
        over_steps(np.ones(6), np.ones(5))
    with pytest.raises(ValueError, match="y_pred is a list of lists of different lengths"):
        over_steps(TRUE, [[1, 2], [1]])
    with pytest.raises(ValueError, match=r"sample_weight has shape \(3,\)"):
        over_steps(TRUE, PREDICTED, [1, 2, 3])
    with pytest.raises(ValueError, match=r"y_true has 6 time steps, but y_pred\[0\] has 3"):
        over_steps(TRUE, PREDICTED[:, :3])
    with pytest.raises(ValueError, match=r"y_true has 2 time steps, but y_pred\[\d\] has"):
        over_steps(TRUE[:, :2], ragged(PREDICTED))
    for weights in (np.ones((8, 9)), np.ones((8, 3))):
        with pytest.raises(ValueError, match="sample_weight has"):
            over_steps(TRUE, ragged(PREDICTED), weights)


def test_a_step_of_weight_zero_has_no_target():
    true = np.array([["a", "b", ""], ["b", "a", "no such class"]])
    predicted = np.array([["a", "b", "a"], ["b", "a", "b"]])
    weights = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]])
    assert step_f1_score(true, predicted, sample_weight=weights) == 1
    with_nan = np.where(weights > 0, 1.0, np.nan)
    true, predicted, weights = over_steps(with_nan, np.zeros((2, 3)), weights)
    np.testing.assert_array_equal(true, np.ones(4))
