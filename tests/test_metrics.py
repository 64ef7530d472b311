import pickle

import numpy as np
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
    weights = WEIGHTS.ravel()
    expected = accuracy_score(*flat, sample_weight=weights)
    assert step_accuracy_score(*flat, sample_weight=weights) == pytest.approx(expected)


def test_averages_of_f1():
    for kind in ("micro", "weighted"):
        expected = f1_score(TRUE.ravel(), PREDICTED.ravel(), average=kind)
        assert step_f1_score(TRUE, PREDICTED, average=kind) == pytest.approx(expected)
    scorer = make_scorer(step_f1_score, average="weighted")
    assert repr(pickle.loads(pickle.dumps(scorer))) == repr(scorer)


def test_lengths_that_differ():
    with pytest.raises(ValueError, match="y_true must have one for each of the"):
        over_steps(ragged(TRUE), [row[:1] for row in PREDICTED])
    with pytest.raises(ValueError, match="X has 7 sequences, but y_true has 8 items"):
        over_steps(ragged(TRUE), ragged(PREDICTED)[:-1])
