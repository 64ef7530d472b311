import numpy as np
import pytest
from scipy.special import log_softmax as expected_log_softmax
from sklearn.metrics import log_loss

from skrnn.network.losses import cross_entropy, log_softmax, replicate


def test_log_softmax():
    scores = np.random.default_rng(0).normal(size=(4, 6))
    np.testing.assert_allclose(log_softmax(scores), expected_log_softmax(scores, axis=0))


def test_log_softmax_of_huge_scores():
    np.testing.assert_array_equal(log_softmax(np.array([[1e4], [-1e4]])), [[0], [-2e4]])


def test_cross_entropy_is_the_weighted_log_loss():
    rng = np.random.default_rng(0)
    scores, targets, weights = rng.normal(size=(3, 8)), np.arange(8) % 3, rng.uniform(size=8)
    value, _ = cross_entropy(scores[None], targets, weights[None] / weights.sum())
    probabilities = np.exp(log_softmax(scores)).T
    assert value == pytest.approx(log_loss(targets, probabilities, sample_weight=weights))


def test_gradient():
    rng = np.random.default_rng(0)
    scores, shares = rng.normal(size=(2, 3, 4)), rng.uniform(size=(2, 4))
    targets = np.array([0, 2, 1, 2])
    _, d_scores = cross_entropy(scores, targets, shares)
    for index in np.ndindex(scores.shape):
        step = np.zeros_like(scores)
        step[index] = 1e-6
        above, below = (cross_entropy(scores + sign * step, targets, shares)[0] for sign in (1, -1))
        assert d_scores[index] == pytest.approx((above - below) / 2e-6, abs=1e-8)


def test_replication_divides_a_share_among_the_valid_steps():
    shares, lengths = np.array([0.75, 0.25], dtype=np.float32), np.array([3, 1])
    whole = np.zeros(2, int), np.zeros(2, int), lengths
    parts = replicate(shares, lengths, 0.5, *whole)
    assert parts.dtype == np.float32
    np.testing.assert_allclose(parts, [[0.125, 0.25], [0.125, 0], [0.5, 0]], rtol=1e-6)
    np.testing.assert_allclose(replicate(shares, lengths, 1, *whole)[:, 0], 0.25)
    at_end = replicate(shares, lengths, 0, *whole)
    np.testing.assert_array_equal(at_end, [[0, 0.25], [0, 0], [0.75, 0]])


def test_replication_in_a_window_counts_fresh_steps_only():
    shares, lengths = np.array([0.8, 0.2]), np.array([8, 4])
    begin, fresh, end = np.array([4, 1]), np.array([6, 2]), np.array([8, 4])
    parts = replicate(shares, lengths, 0.5, begin, fresh, end)
    expected = [[0, 0], [0, 0.025], [0.05, 0.125], [0.45, 0]]
    np.testing.assert_allclose(parts, expected, rtol=1e-12)
