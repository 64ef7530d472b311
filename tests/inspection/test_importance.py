"""Permutation importance of features and steps: a known answer, and scikit-learn's own."""

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skrnn import RNNSequenceClassifier, RNNSequenceTagger
from skrnn.inspection import sequence_importance
from skrnn.metrics import step_accuracy_score
from skrnn.preprocessing import PerStep
from skrnn.rules import InvalidParameterError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
RNG = np.random.default_rng(0)
N, T, D, INFORMATIVE = 200, 8, 6, 3
LENGTHS = RNG.integers(3, T + 1, size=N)
EQUAL = RNG.normal(size=(N, T, D))
Y = np.repeat(["down", "up"], N // 2)
EQUAL[:, 2, INFORMATIVE] += np.where(Y == "up", 4, -4)
PADDED = np.where((np.arange(T) < LENGTHS[:, None])[:, :, None], EQUAL, np.nan)
FORMS = {
    "3-D": EQUAL,
    "padded": PADDED,
    "list": [x[:n] for x, n in zip(EQUAL, LENGTHS, strict=True)],
}


def network():
    return RNNSequenceClassifier(8, learning_rate=0.03, max_iter=15, random_state=0)


def model():
    return make_pipeline(PerStep(StandardScaler()), network())


@pytest.mark.parametrize("form", FORMS)
def test_the_informative_channel_of_six_is_found(form):
    X = FORMS[form]
    fitted = model().fit(X, Y)
    result = sequence_importance(fitted, X, Y, random_state=0, scoring="neg_log_loss")
    assert result.importances.shape == (D, 5)
    np.testing.assert_allclose(result.importances_mean, result.importances.mean(axis=1))
    np.testing.assert_allclose(result.importances_std, result.importances.std(axis=1))
    others = np.delete(result.importances_mean, INFORMATIVE)
    assert result.importances_mean[INFORMATIVE] > 5 * np.abs(others).max()


def test_the_informative_step_is_found():
    fitted = model().fit(EQUAL, Y)
    result = sequence_importance(fitted, EQUAL, Y, by="time", n_repeats=2, random_state=0)
    assert result.importances.shape == (T, 2)
    assert result.importances_mean.argmax() == 2


def test_of_one_feature_it_is_that_of_columns():
    """Whose steps are the columns of a table."""
    X, flat = EQUAL[:, :, :1], EQUAL[:, :, 0]
    y = flat[:, 4] > 0
    linear = LogisticRegression().fit(flat, y)
    as_rows = FunctionTransformer(lambda X: np.reshape(X, (len(X), -1)))
    of_sequences = make_pipeline(as_rows, LogisticRegression()).fit(X, y)
    for weights in (None, LENGTHS):
        settings = {"random_state": 0, "sample_weight": weights}
        expected = permutation_importance(linear, flat, y, **settings)
        found = sequence_importance(of_sequences, X, y, by="time", **settings)
        np.testing.assert_allclose(found.importances, expected.importances, rtol=1e-12)


@pytest.mark.parametrize("by", ["feature", "time"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_exchanged(form, by):
    """Each value says where it comes from; all else is as it was, in the form of X."""
    lengths = np.full(N, T) if form == "3-D" else LENGTHS
    names = np.arange(N)[:, None, None] * 1e4 + np.arange(T)[:, None] * 1e2 + np.arange(D)
    X = [x[:n] for x, n in zip(names, lengths, strict=True)]
    if form != "list":
        X = np.where((np.arange(T) < lengths[:, None])[:, :, None], names, np.nan)
    shown = []
    count = 1 + (D if by == "feature" else T)

    def scorer(estimator, X, y):
        shown.append(X)
        return 0.0

    sequence_importance(
        RNNSequenceClassifier(), X, np.zeros(N), by=by, scoring=scorer, n_repeats=1, random_state=0
    )
    assert len(shown) == count
    first, *others = ([x[:n] for x, n in zip(X, lengths, strict=True)] for X in shown)
    for found, x in zip(first, X, strict=True):
        np.testing.assert_array_equal(found, x[: len(found)])
    for column, changed in enumerate(others):
        donors = []
        for i, x in enumerate(changed):
            assert x.shape == (lengths[i], D)
            owner, step, feature = x // 1e4, x // 1e2 % 1e2, x % 1e2
            assert (feature == np.arange(D)).all()
            own = np.ones(x.shape, dtype=bool)
            if by == "feature":
                own[:, column] = False
                (donor,) = np.unique(owner[:, column])
                donors.append(donor)
                nearest = (np.arange(lengths[i]) + 0.5) * lengths[int(donor)] // lengths[i]
                np.testing.assert_array_equal(step[:, column], nearest)
            elif (at := lengths[i] - T + column) >= 0:
                own[at] = False
                donors.append(owner[at, 0])
                assert (owner[at] == donors[-1]).all()
                assert (step[at] == lengths[int(donors[-1])] - T + column).all()
            assert (owner[own] == i).all()
        assert len(set(donors)) == len(donors)
        assert any(donor != i for i, donor in enumerate(donors))


def test_of_steps():
    X = FORMS["list"]
    tags = [np.where(x[:, INFORMATIVE] > 0, "up", "down") for x in X]
    tagger = RNNSequenceTagger(6, learning_rate=0.05, max_iter=5, random_state=0).fit(X, tags)
    scoring = make_scorer(step_accuracy_score)
    for settings in ({}, {"scoring": scoring}):
        result = sequence_importance(tagger, X, tags, n_repeats=2, random_state=0, **settings)
        assert result.importances_mean.argmax() == INFORMATIVE


@pytest.mark.parametrize("by", ["feature", "time"])
def test_words_and_frames_stay_what_they_are(by):
    pandas = pytest.importorskip("pandas")
    words = [np.where(x[:, INFORMATIVE] > 0, "p", "q").astype(object) for x in FORMS["list"]]
    y = [item[-1] for item in words]
    encoded = make_pipeline(PerStep(OneHotEncoder()), network()).fit(words, y)
    result = sequence_importance(encoded, words, y, by=by, random_state=0)
    assert result.importances_mean[-1] > 0.2
    frames = [pandas.DataFrame({"n": np.arange(len(x)), "word": x}) for x in words]
    columns = ColumnTransformer([("word", OneHotEncoder(), ["word"]), ("n", "passthrough", ["n"])])
    named = make_pipeline(PerStep(columns), network()).fit(frames, y)
    result = sequence_importance(named, frames, y, by=by, random_state=0)
    assert result.importances_mean.argmax() == len(result.importances_mean) - 1


@pytest.mark.parametrize("by", ["feature", "time"])
def test_columns_whose_type_differs_from_frame_to_frame(by):
    """Of few rows, pandas takes whole numbers for integers, and knows the categories there."""
    pandas = pytest.importorskip("pandas")
    rng = np.random.default_rng(1)
    number = rng.integers(-3, 4, size=(40, 3)) + np.where(np.arange(40) % 2, 0.7, 0)[:, None]
    word = np.array(["p", "q"])[rng.integers(2, size=(40, 3))]
    frames, same = [], []
    for numbers, words in zip(number, word, strict=True):
        whole = (numbers == numbers.round()).all()
        numbers = numbers.astype(int) if whole else numbers
        frames.append(pandas.DataFrame({"n": numbers, "w": pandas.Categorical(words)}))
        same.append(pandas.DataFrame({"n": numbers.astype(float), "w": words}))
    y = np.arange(40) % 2
    fitted = RNNSequenceClassifier(4, categorical_features=["w"], max_iter=2, random_state=0)
    fitted.fit(frames, y)
    settings = {"by": by, "scoring": "neg_log_loss", "random_state": 0, "n_repeats": 2}
    found, expected = (sequence_importance(fitted, X, y, **settings) for X in (frames, same))
    np.testing.assert_array_equal(found.importances, expected.importances)


def test_errors():
    fitted = model().fit(EQUAL, Y)
    with pytest.raises(InvalidParameterError, match="by"):
        sequence_importance(fitted, EQUAL, Y, by="layer")
    with pytest.raises(ValueError, match=r"X must be 3-D or a list of arrays, but its shape is"):
        sequence_importance(fitted, EQUAL[:, :, 0], Y)
    with pytest.raises(ValueError, match=r"X\[1\] has no time step"):
        sequence_importance(fitted, [EQUAL[0], EQUAL[1, :0]], Y[:2])
