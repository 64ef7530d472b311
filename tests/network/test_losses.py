import numpy as np
import pytest
from scipy.special import log_softmax as expected_log_softmax
from scipy.stats import norm
from sklearn.metrics import log_loss

from skrnn import InvalidParameterError, Quantile
from skrnn.network.losses import CrossEntropy, Huber, log_softmax
from tests.gradients.cases import OF_REGRESSION
from tests.reference.losses import COSTS


def test_log_softmax():
    scores = np.random.default_rng(0).normal(size=(4, 6))
    np.testing.assert_allclose(log_softmax(scores), expected_log_softmax(scores, axis=0))


def test_log_softmax_of_huge_scores():
    np.testing.assert_array_equal(log_softmax(np.array([[1e4], [-1e4]])), [[0], [-2e4]])


def test_cross_entropy_is_the_weighted_log_loss():
    rng = np.random.default_rng(0)
    scores, targets, weights = rng.normal(size=(3, 8)), np.arange(8) % 3, rng.uniform(size=8)
    shares = weights[None] / weights.sum()
    (value,), _ = CrossEntropy()(scores[None], targets[None, None], shares)
    probabilities = np.exp(log_softmax(scores)).T
    assert value == pytest.approx(log_loss(targets, probabilities, sample_weight=weights))


LOSSES = {"cross_entropy": CrossEntropy, **OF_REGRESSION}


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("kind", LOSSES)
def test_gradient(kind, n_targets):
    rng, loss = np.random.default_rng(0), LOSSES[kind]()
    n_scores = 3 * getattr(loss, "n_scores", 1)
    scores, shares = rng.normal(size=(2, n_scores, 4)), rng.uniform(size=(2, 4))
    targets = rng.gamma(2.0, size=(n_targets, 3, 4))
    if kind == "cross_entropy":
        targets = rng.integers(3, size=(n_targets, 1, 4))
    _, d_scores = loss(scores, targets, shares)
    for index in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[index] = 1e-6
        above, below = (loss(scores + sign * step, targets, shares)[0].sum() for sign in (1, -1))
        assert d_scores[index] == pytest.approx((above - below) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("kind", OF_REGRESSION)
def test_the_mean_over_outputs_is_the_oracle_s(kind):
    rng, loss = np.random.default_rng(0), OF_REGRESSION[kind]()
    scores = rng.normal(scale=2, size=(5, 3 * loss.n_scores, 4))
    shares = rng.uniform(size=(5, 4))
    targets = rng.poisson(1.0, size=(5, 3, 4)).astype(float)
    values, d_scores = loss(scores, targets, shares)
    expected = np.zeros(5)
    for s, b in np.ndindex(5, 4):
        cost, d = COSTS[kind](scores[s, :, b], targets[s, :, b])
        expected[s] += shares[s, b] * cost
        np.testing.assert_allclose(d_scores[s, :, b], shares[s, b] * d, rtol=1e-13, atol=1e-16)
    np.testing.assert_allclose(values, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", [kind for kind in OF_REGRESSION if kind != "quantiles"])
def test_what_is_right_costs_nothing(kind):
    loss, targets = OF_REGRESSION[kind](), np.array([[[0.5], [2.0], [7.0]]])
    scores = np.log(targets) if kind == "poisson" else targets
    np.testing.assert_allclose(loss.predict(scores), targets)
    (value,), d_scores = loss(scores, targets, np.ones((1, 1)))
    assert value == pytest.approx(0, abs=1e-15)
    np.testing.assert_allclose(d_scores, 0, atol=1e-14)


def test_the_threshold_of_huber_is_where_the_line_begins():
    loss, scores = Huber(threshold=0.5), np.array([[[0.4, 3.0]]])
    (value,), d_scores = loss(scores, np.zeros((1, 1, 2)), np.array([[1.0, 1.0]]))
    assert value == pytest.approx(0.4**2 / 2 + 0.5 * (3 - 0.25))
    np.testing.assert_allclose(d_scores, [[[0.4, 0.5]]])


LEVELS = {
    "one": 0.9,
    "two": (0.05, 0.95),
    "above": (0.6, 0.7, 0.9),
    "uneven": [0.001, 0.2, 0.45, 0.6],
    "many": np.arange(1, 100) / 100,
}


@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
def test_scores_of_zero_are_the_quantiles_of_a_normal_distribution(levels):
    loss = Quantile(levels)
    loss.check()
    found = loss.quantiles(np.zeros((1, 2 * loss.n_scores)))
    expected = norm.ppf(np.atleast_1d(levels))
    np.testing.assert_allclose(found, np.stack([expected, expected], axis=1)[None], atol=1e-12)


@pytest.mark.parametrize(
    ("levels", "middle"),
    [(0.9, 0), ([0.1, 0.5, 0.9], 1), ([0.05, 0.95], 0), ([0.2, 0.4, 0.6], 1), ([0.6, 0.9], 0)],
)
def test_predicted_is_the_level_nearest_to_a_half(levels, middle):
    loss, scores = Quantile(levels), np.random.default_rng(0).normal(size=(7, 3 * np.size(levels)))
    np.testing.assert_array_equal(loss.predict(scores), loss.quantiles(scores)[:, middle])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("levels", LEVELS.values(), ids=LEVELS)
def test_quantiles_never_cross(levels, dtype):
    """Whatever the scores are: also where they or a difference of theirs leave the range."""
    rng, loss = np.random.default_rng(0), Quantile(levels)
    for scale in (0.0, 1e-30, 1e-3, 1.0, 1e3, 1e15, 1e38):
        scores = (scale * rng.uniform(-1, 1, size=(50, loss.n_scores * 2, 3))).astype(dtype)
        with np.errstate(over="ignore"):
            quantiles = loss.quantiles(scores)
        assert quantiles.dtype == dtype
        assert quantiles.shape == (50, loss.n_scores, 2, 3)
        assert (quantiles[:, 1:] >= quantiles[:, :-1]).all()
        if scale <= 1e15:
            values, d_scores = loss(scores, scores[:, :2], np.ones((50, 3), dtype))
            assert values.dtype == d_scores.dtype == dtype
            assert np.isfinite(values).all()
            assert np.isfinite(d_scores).all()


def test_a_kink_has_the_mean_of_both_slopes():
    (_,), d_scores = Quantile(0.9)(np.zeros((1, 1, 1)), norm.ppf([[[0.9]]]), np.ones((1, 1)))
    np.testing.assert_allclose(d_scores, 0.5 - 0.9)


@pytest.mark.parametrize("kind", ["quantile", "quantiles"])
def test_negligible_is_a_hundredth_of_what_a_guess_costs(kind):
    loss, y = OF_REGRESSION[kind](), np.random.default_rng(0).normal(size=(100_000, 1))
    guess = loss.of_guessing(y, np.full(len(y), 1 / len(y)), loss.n_scores)
    assert loss.negligible == pytest.approx(0.01 * guess, rel=0.01)


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (0.0, r"'level' parameter of Quantile must be a float in the range \(0, 1\) or a sequence"),
        (1, "must be a float in the range .* Got 1 instead"),
        (True, "Got True"),
        ("0.5", "Got '0.5'"),
        (None, "Got None"),
        ([], r"Got \[\] instead"),
        ([0.1, 1.5], r"level\[1\] of Quantile must be a float in the range \(0.1, 1\). Got 1.5"),
        ([0.1, 0.9, 0.5], r"level\[2\] of Quantile must .* range \(0.9, 1\). Got 0.5"),
        ([0.5, 0.5], r"level\[1\] of Quantile"),
        ((0.1, np.nan), r"level\[1\] of Quantile must .* Got nan"),
        ((0.1, "x"), r"level\[1\] of Quantile must .* Got 'x'"),
        ([[0.1], [0.2, 0.3]], r"level\[0\] of Quantile"),
        (np.array([[0.1, 0.2]]), r"Got array\("),
        (np.array([0.2, 0.1]), r"level\[1\] of Quantile"),
    ],
)
def test_levels_that_are_none_are_named(level, message):
    with pytest.raises(InvalidParameterError, match=message):
        Quantile(level).check()


@pytest.mark.parametrize("level", [np.float32(0.5), (0.25, np.float64(0.5)), np.array([0.25, 0.5])])
def test_levels_become_plain(level):
    plain = Quantile(level).plain()
    assert repr(plain.level) == ("0.5" if np.ndim(level) == 0 else "[0.25, 0.5]")
    assert plain == plain.plain()
