"""Targets in units of their own: exact, free of order, and turned back."""

import numpy as np
import pytest

from skrnn.estimators.targets.units import Units
from skrnn.network.losses import Poisson, SquaredError
from skrnn.training.inference import NonFiniteError

ONES = np.ones(200)


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1.0, 1e9, 1e200])
@pytest.mark.parametrize("shift", [0.0, 3.0, -1e4])
def test_what_is_learnt_is_standardised_and_turned_back(scale, shift):
    y = scale * (shift + np.random.default_rng(0).normal(size=(200, 2)))
    units = Units.of(SquaredError(), y, ONES)
    learnt = units.encode(y)
    np.testing.assert_allclose(learnt.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(learnt.std(axis=0), 1, rtol=1e-6)
    np.testing.assert_allclose(units.decode(learnt), y, rtol=1e-9, atol=1e-9 * scale)


def test_weights_equal_copies_in_any_order_to_the_bit():
    rng = np.random.default_rng(0)
    for seed in range(50):
        y, counts = rng.normal(loc=seed, size=40), rng.integers(0, 4, size=40)
        copies = np.repeat(y, counts)
        weighted = Units.of(SquaredError(), y, counts.astype(float))
        for other in (copies, copies[::-1], rng.permutation(copies)):
            copied = Units.of(SquaredError(), other, np.ones(len(other)))
            np.testing.assert_array_equal(copied.encode(y), weighted.encode(y))


@pytest.mark.parametrize("value", [0.0, 3.3, -1e-300, 1e300])
@pytest.mark.parametrize("n", [1, 7])
def test_a_constant_is_exact(value, n):
    y = np.full(n, value)
    units = Units.of(SquaredError(), y, np.ones(n))
    np.testing.assert_array_equal(units.encode(y), 0)
    for score in (0.0, -1.0, 1e3):
        np.testing.assert_array_equal(units.decode(np.full((n, 1), score)), y)


def test_a_constant_beside_another_output_and_a_weight_of_zero():
    y = np.array([[5.0, 1.0], [5.0, 3.0], [100.0, 8.0]])
    units = Units.of(SquaredError(), y, np.array([1.0, 1.0, 0.0]))
    np.testing.assert_allclose(units.encode(y)[:2], [[0, -1], [0, 1]])
    counts = Units.of(Poisson(), y, np.array([1.0, 1.0, 0.0]))
    np.testing.assert_allclose(counts.encode(y)[:2], [[1, 0.5], [1, 1.5]])  # of a score of 0
    scores = np.array([[900.0, 0.0]])
    np.testing.assert_allclose(counts.decode(scores), [[5, 2]])


def test_counts_are_relative_to_their_mean():
    y = np.array([0.0, 30.0, 60.0])
    units = Units.of(Poisson(), y, np.ones(3))
    np.testing.assert_allclose(units.encode(y), [[0], [1], [2]])
    np.testing.assert_allclose(units.decode(np.log([[1.0], [2.0]])), [30, 60])


def test_an_exponential_beyond_range_is_an_error():
    units = Units.of(Poisson(), np.array([1.0, 2.0]), np.ones(2))
    assert np.isfinite(units.decode(np.full((1, 1), 100, np.float32)))  # beyond that of float32
    with pytest.raises(NonFiniteError, match="beyond the range of float64"):
        units.decode(np.full((1, 1), 800.0))


@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_the_shape_of_a_target_comes_back(shape):
    y = np.random.default_rng(0).normal(size=(200, *shape))
    units = Units.of(SquaredError(), y, ONES)
    assert units.decode(units.encode(y)).shape == y.shape


@pytest.mark.parametrize("y", [1.7e9 + np.arange(8.0), 1e40 * np.arange(8.0)])
def test_float32_does_not_blur_what_is_in_other_units(y):
    units = Units.of(SquaredError(), y, np.ones(8))
    decoded = units.decode(units.encode(y).astype(np.float32))
    np.testing.assert_allclose(decoded, y, rtol=0, atol=1e-6 * np.ptp(y))


def test_what_has_no_weight_has_no_part():
    y, weights = np.array([1e200, 0.0, 1.0, 2.0]), np.array([0.0, 1.0, 1.0, 1.0])
    with_it, without = (Units.of(SquaredError(), y[i:], weights[i:]) for i in (0, 1))
    np.testing.assert_array_equal(with_it.origin, without.origin)
    np.testing.assert_array_equal(with_it.size, without.size)
    nearly = np.array([3.0 + 1e-15, 3.0, 3.0])
    assert Units.of(SquaredError(), nearly, np.array([0.0, 1.0, 1.0])).origin == 3.0
    for weights in (np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0])):
        with pytest.raises(ValueError, match=r"at least one target above 0\."):
            Units.of(Poisson(), np.array([0.0, 0.0, 3.0]), weights)


def after(*calls, loss=None):
    """Return what units are learnt from targets in several calls, with the weights if given."""
    loss = loss or SquaredError()
    pairs = [call if isinstance(call, tuple) else (call, np.ones(len(call))) for call in calls]
    units = Units.of(loss, *pairs[0])
    for pair in pairs[1:]:
        units = units.learn(*pair)
    return units


MANY = 300 + 20 * np.random.default_rng(0).normal(size=200)
PAIR = np.array([1.0, 3.0])


@pytest.mark.parametrize("loss", [SquaredError(), Poisson()], ids=str)
@pytest.mark.parametrize("first", [MANY[:1], MANY[:2], MANY[:9], np.full(500, 290.0)], ids=len)
def test_units_are_learnt_until_they_are_known(first, loss):
    units, known = after(first, MANY, loss=loss), Units.of(loss, MANY, ONES)
    np.testing.assert_allclose(units.size, known.size, rtol=0.3)
    np.testing.assert_allclose(units.origin, known.origin, atol=20)
    assert units.learn(1000 * MANY, ONES) is units


@pytest.mark.parametrize("loss", [SquaredError(), Poisson()], ids=str)
def test_few_targets_count_as_if_they_had_come_at_once(loss):
    some = MANY[:8]
    at_once = Units.of(loss, some, np.ones(8))
    for units in (after(some[:3], some[3:], loss=loss), after(*some[:, None], loss=loss)):
        np.testing.assert_allclose(units.origin, at_once.origin, rtol=1e-6)
        np.testing.assert_allclose(units.size, at_once.size, rtol=1e-6)
        assert units.n_targets == 8


@pytest.mark.parametrize("y", [MANY, MANY[:4], np.full(3, 7.0), 1e9 + MANY[:50], MANY[:1]], ids=len)
def test_the_same_again_tells_no_more(y):
    units = after(y)
    assert units.learn(y, np.ones(len(y))) is units
    assert units.learn(np.repeat(y, 2), np.ones(2 * len(y))) is units
    assert units.learn(np.append(y, 1e99), np.append(np.ones(len(y)), 0)) is units


def test_weights_equal_copies_in_later_calls_too():
    weighted = after(PAIR, (PAIR + 4, np.array([1.0, 2.0])))
    copied = after(PAIR, np.array([7.0, 5.0, 7.0]))
    np.testing.assert_array_equal(weighted.encode(MANY), copied.encode(MANY))


@pytest.mark.parametrize("spread", [0.0, 1e-9, 1.0])
def test_units_of_nearly_equal_targets_stay_until_others_are_far_apart(spread):
    nearly = 1e9 + spread * MANY
    units = after(nearly)
    if spread > 0:
        assert units.learn(nearly[:50], np.ones(50)) is units
        assert units.learn(nearly + spread, ONES) is units
    wide = Units.of(SquaredError(), 1e6 * MANY, ONES)
    np.testing.assert_allclose(after(nearly, 1e9 + 1e6 * MANY - 3e8).size, wide.size, rtol=0.3)


def test_a_constant_counts_for_one_however_often_it_came():
    units = after(np.zeros(1000), np.array([1.0]))
    np.testing.assert_allclose([units.origin, units.size, units.n_targets], [[0.5], [0.5], [2]])


def test_each_output_has_units_of_its_own():
    y = np.column_stack([MANY, np.full(200, 7.0)])
    units = after(y, y[:, ::-1])
    np.testing.assert_array_equal(units.size[0], Units.of(SquaredError(), MANY, ONES).size[0])
    np.testing.assert_allclose(units.size[1], 147, rtol=0.1)  # half of them 7, half about 300


def test_units_saved_without_a_number_of_targets_are_known():
    units = after(MANY[:5])
    del vars(units)["n_targets"]
    assert units.learn(1000 * MANY, ONES) is units
