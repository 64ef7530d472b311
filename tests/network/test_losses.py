import numpy as np
import pytest
from scipy.special import log_softmax as expected_log_softmax
from sklearn.metrics import log_loss

from skrnn.network.losses import REGRESSION_LOSSES, CrossEntropy, Huber, log_softmax
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


LOSSES = {"cross_entropy": CrossEntropy, **REGRESSION_LOSSES}


@pytest.mark.parametrize("n_targets", [1, 2])
@pytest.mark.parametrize("kind", LOSSES)
def test_gradient(kind, n_targets):
    rng, loss = np.random.default_rng(0), LOSSES[kind]()
    scores, shares = rng.normal(size=(2, 3, 4)), rng.uniform(size=(2, 4))
    targets = rng.gamma(2.0, size=(n_targets, 3, 4))
    if kind == "cross_entropy":
        targets = rng.integers(3, size=(n_targets, 1, 4))
    _, d_scores = loss(scores, targets, shares)
    for index in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[index] = 1e-6
        above, below = (loss(scores + sign * step, targets, shares)[0].sum() for sign in (1, -1))
        assert d_scores[index] == pytest.approx((above - below) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("kind", REGRESSION_LOSSES)
def test_the_mean_over_outputs_is_the_oracle_s(kind):
    rng, loss = np.random.default_rng(0), REGRESSION_LOSSES[kind]()
    scores, shares = rng.normal(scale=2, size=(5, 3, 4)), rng.uniform(size=(5, 4))
    targets = rng.poisson(1.0, size=(5, 3, 4)).astype(float)
    values, d_scores = loss(scores, targets, shares)
    expected = np.zeros(5)
    for s, b in np.ndindex(5, 4):
        cost, d = COSTS[kind](scores[s, :, b], targets[s, :, b])
        expected[s] += shares[s, b] * cost
        np.testing.assert_allclose(d_scores[s, :, b], shares[s, b] * d, rtol=1e-13)
    np.testing.assert_allclose(values, expected, rtol=1e-13)


@pytest.mark.parametrize("kind", REGRESSION_LOSSES)
def test_what_is_right_costs_nothing(kind):
    loss, targets = REGRESSION_LOSSES[kind](), np.array([[[0.5], [2.0], [7.0]]])
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
