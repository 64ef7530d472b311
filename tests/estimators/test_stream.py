"""One step at a time, against every prefix from scratch."""

import pickle
import tracemalloc

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skrnn import (
    Elman,
    Identity,
    InvalidParameterError,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.network.cells import CELLS
from skrnn.network.pooling import POOLS
from tests.estimators.forms import NoArray, make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"]
LONG = np.random.default_rng(1).normal(size=(4, 150, 2))
SETTINGS = {"hidden_layer_sizes": (6, 5), "max_iter": 3, "random_state": 0}
TAGS = [np.where(x[:, 0] > 0, "up", "down") for x in X]


def classifier(**changes):
    return RNNSequenceClassifier(**SETTINGS | changes).fit(X, Y)


ESTIMATORS = {
    **{f"classifier, {cell}": lambda cell=cell: classifier(cell=cell) for cell in CELLS},
    **{f"classifier, {readout}": lambda r=readout: classifier(readout=r) for readout in POOLS},
    "classifier, dropout": lambda: classifier(dropout=0.5),
    "classifier, truncated": lambda: classifier(truncation_length=2),
    "tagger": lambda: RNNSequenceTagger(**SETTINGS).fit(X, TAGS),
    "regressor": lambda: RNNSequenceRegressor(**SETTINGS).fit(X, [x.sum() for x in X]),
    "regressor, two": lambda: RNNSequenceRegressor(**SETTINGS).fit(X, np.array([x[-1] for x in X])),
    "regressor, steps": lambda: RNNSequenceRegressor(**SETTINGS).fit(X, X),
    "regressor, mean of steps": lambda: RNNSequenceRegressor(**SETTINGS, readout="mean").fit(X, X),
    "regressor, poisson": lambda: RNNSequenceRegressor(**SETTINGS, loss="poisson").fit(
        X, [np.exp(x.sum()) for x in X]
    ),
}


def from_scratch(fitted, sequences):
    """Return what an estimator says of each sequence, after its last step."""
    if isinstance(fitted, RNNSequenceRegressor):
        said = fitted.predict(sequences)
    else:
        said = fitted.predict_proba(sequences)
    return np.array([one[-1] for one in said]) if fitted.target_.per_step else said


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_prefix(name):
    fitted = ESTIMATORS[name]()
    stream, several = fitted.stream(), fitted.stream(n_sequences=4)
    for t in (*range(12), *range(140, 150)):
        if t == 140:
            stream.update(LONG[0, 12:140])  # some steps at once, more than prediction's blocks
            several.update(LONG[:, 12:140])
        expected = from_scratch(fitted, list(LONG[:, : t + 1]))
        said, all_said = stream.update(LONG[0, t]), several.update(LONG[:, t])
        assert said.shape == expected.shape[1:]
        np.testing.assert_allclose(said, expected[0], rtol=0, atol=1e-10)
        np.testing.assert_allclose(all_said, expected, rtol=0, atol=1e-10)


def test_steps_of_rows():
    fitted = RNNSequenceClassifier(**SETTINGS, n_step_features=2).fit(FORMS["rows"], Y)
    stream = fitted.stream()
    for step in FORMS["3-D"][0]:
        said = stream.update(step)
    np.testing.assert_allclose(said, fitted.predict_proba(FORMS["rows"][:1])[0], atol=1e-10)


def test_reset_begins_anew():
    stream, several = classifier().stream(), classifier().stream(n_sequences=3)
    first = stream.update(LONG[0])
    stream.reset()
    np.testing.assert_array_equal(stream.update(LONG[0]), first)
    several.update(LONG[:3])
    several.reset([0, 2])
    after = several.update(LONG[:3])
    np.testing.assert_allclose(after[[0, 2]], classifier().predict_proba(LONG[[0, 2]]))
    twice = np.concatenate([LONG[1], LONG[1]])
    np.testing.assert_allclose(after[1], classifier().predict_proba([twice])[0])
    several.reset(1)
    np.testing.assert_allclose(
        several.update(LONG[:3])[1], classifier().predict_proba(LONG[[1]])[0]
    )
    several.reset()
    np.testing.assert_allclose(several.update(LONG[:3]), classifier().predict_proba(LONG[:3]))


def test_which_ones_to_reset():
    stream = classifier().stream(n_sequences=3)
    first, second = LONG[:3, 0], LONG[:3, 1]  # a longer past is soon forgotten
    fresh, gone_on = stream.update(second), classifier().predict_proba(LONG[:3, :2])
    some = np.array([False, True, True])
    for which, begun in (
        ([], ~some & some),
        ([1, 2], some),
        (np.array([1, 2]), some),
        (some, some),
        ([-1], np.arange(3) == 2),
        (0, np.arange(3) == 0),
    ):
        stream.reset()
        stream.update(first)
        stream.reset(which)
        expected = np.where(begun[:, None], fresh, gone_on)
        np.testing.assert_allclose(stream.update(second), expected, rtol=1e-12)
    stream.reset()
    for wrong in (3, [5], [1.0], "a", b"a", [True], [10**40]):
        with pytest.raises(
            ValueError, match="sequences must be numbers from 0 to 2, or 3 booleans"
        ):
            stream.reset(wrong)
    with pytest.raises(TypeError, match=r"sequences must be an array or a list, but it is a dict"):
        stream.reset({0: 1})
    np.testing.assert_array_equal(stream.update(second), fresh)


def test_a_prediction_can_be_fed_back():
    series = [x[:, 0] for x in X]
    fitted = RNNSequenceRegressor(**SETTINGS).fit(series, series)
    stream, said = fitted.stream(), 0.5
    read = []
    for _ in range(5):
        read.append(said)
        said = stream.update(said)
    np.testing.assert_allclose(said, fitted.predict([np.array(read)])[0][-1], atol=1e-10)
    several = fitted.stream(n_sequences=3)
    ahead = np.array([0.5, 0.1, -0.2])
    for _ in range(5):
        ahead = several.update(ahead)
    assert ahead.shape == (3,)
    assert ahead[0] == pytest.approx(said)


@pytest.mark.parametrize("name", ["classifier, lstm", "tagger", "regressor, poisson"])
def test_a_stream_pickles_and_goes_on(name):
    stream = ESTIMATORS[name]().stream()
    stream.update(LONG[0, :70])
    other = pickle.loads(pickle.dumps(stream))
    np.testing.assert_array_equal(other.update(LONG[0, 70:]), stream.update(LONG[0, 70:]))


def test_a_pickle_holds_the_network_and_its_state_alone():
    fitted = classifier()
    assert len(pickle.dumps(fitted.stream())) < 1.3 * len(pickle.dumps(fitted.parameters_)) + 4000


def test_what_is_kept_does_not_grow():
    stream = classifier().stream()
    stream.update(LONG[0])
    size = len(pickle.dumps(stream))
    for step in LONG[1]:
        stream.update(step)
    assert len(pickle.dumps(stream)) == size


def test_later_fits_do_not_reach_it():
    fitted = RNNSequenceRegressor(**SETTINGS, warm_start=True).fit(X, X)
    stream, expected = fitted.stream(), fitted.predict([LONG[0]])[0][-1]
    fitted.fit(X, X)
    fitted.partial_fit(X, X)
    np.testing.assert_allclose(stream.update(LONG[0]), expected, rtol=0, atol=1e-10)


def test_float32_stays_float32():
    fitted = RNNSequenceTagger(**SETTINGS).fit([x.astype(np.float32) for x in X], TAGS)
    assert fitted.stream().update(LONG[0]).dtype == np.float32


@pytest.mark.parametrize(
    ("n_sequences", "x", "message"),
    [
        (None, np.ones(3), r"x must have shape \(2,\) for one step, or \(n_timesteps, 2\) for"),
        (None, 1.0, r"its shape is \(\)"),
        (None, np.ones((3, 5, 2)), r"its shape is \(3, 5, 2\)"),
        (None, np.ones((0, 2)), r"its shape is \(0, 2\)"),
        (None, [1.0, np.nan], "x contains NaN or infinity: time step 0, feature 1"),
        (3, [[1, 2], [3, 4], [5, np.inf]], "infinity: sequence 2, time step 0, feature 1"),
        (None, ["a", "b"], "x must hold real numbers; its dtype is <U1"),
        (None, [1, 10**400], r"x must hold real numbers, but x\[1\] is 10*\.\.\."),
        (None, [1j, 2], "x must hold real numbers; its dtype is complex128"),
        (None, {1: 2}, r"x must be an array or a list, but it is a dict\. .*list\(x.values\(\)\)"),
        (None, NoArray(), "x must be an array.* It says: call detach first"),
        (3, np.ones(2), r"shape \(3, 2\) for one step, or \(3, n_timesteps, 2\) for several"),
        (3, np.ones((2, 2)), r"its shape is \(2, 2\)"),
        (3, np.ones((3, 4)), r"its shape is \(3, 4\)"),
    ],
)
def test_a_bad_step_changes_nothing(n_sequences, x, message):
    stream, other = (classifier().stream(n_sequences) for _ in range(2))
    good = LONG[0, :5] if n_sequences is None else LONG[:3, :5]
    for each in (stream, other):
        each.update(good)
    with pytest.raises((TypeError, ValueError), match=message):
        stream.update(x)
    np.testing.assert_array_equal(stream.update(good), other.update(good))


def test_states_that_outgrow_their_precision_are_an_error_and_change_nothing():
    cell = Elman("relu", Identity(1.5))
    fitted = RNNSequenceClassifier(4, cell=cell, max_iter=1, random_state=0).fit(X, Y)
    stream, other = fitted.stream(), fitted.stream()
    stream.update(LONG[0, 0])
    other.update(LONG[0, 0])
    with pytest.raises(ValueError, match="The scores are not finite: states have outgrown float64"):
        stream.update(np.tile(LONG[0], (100, 1)))
    np.testing.assert_array_equal(stream.update(LONG[0, 1]), other.update(LONG[0, 1]))


def test_a_prediction_beyond_range_changes_nothing():
    counts = [np.arange(len(x)) % 3 for x in X]
    fitted = RNNSequenceRegressor(4, loss="poisson", max_iter=1, random_state=0).fit(X, counts)
    stream, other = fitted.stream(), fitted.stream()
    for each in (stream, other):
        each.update(LONG[0, 0])
    bias = fitted.parameters_["readout.bias"]
    before = bias.copy()
    bias += 800  # the exponential of a finite score is not
    with pytest.raises(ValueError, match="beyond the range of float64"):
        stream.update(LONG[0, 1])
    bias[...] = before
    np.testing.assert_array_equal(stream.update(LONG[0, 2]), other.update(LONG[0, 2]))


def test_memory_for_a_block_however_many_steps_come():
    fitted, peaks = classifier(), []
    for n_steps in (1_000, 10_000):
        stream, steps = fitted.stream(), np.zeros((n_steps, 2))
        tracemalloc.start()
        stream.update(steps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 5 * 9_000 * 2 * 8  # copies of the steps alone


def test_who_has_no_stream():
    with pytest.raises(NotFittedError):
        RNNSequenceClassifier().stream()
    with pytest.raises(ValueError, match="bidirectional=True cannot be streamed: the direction"):
        classifier(bidirectional=True).stream()
    for wrong in (0, 2.5, "a", b"a", True, 10**40):
        with pytest.raises(InvalidParameterError, match="n_sequences must be None or an int"):
            classifier().stream(n_sequences=wrong)
