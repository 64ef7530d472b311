"""The series to be told apart are what their definitions say."""

import math

import numpy as np
import pytest

from skrnn import InvalidParameterError
from skrnn.datasets import (
    make_cylinder_bell_funnel,
    make_motifs,
    make_synthetic_control,
    make_two_patterns,
)


def cylinder_bell_funnel(label, T, rng):
    begin = rng.uniform(T / 8, T / 4)
    end = begin + rng.uniform(T / 4, 3 * T / 4)
    height = 6 + rng.normal()
    series = []
    for t in range(T):
        value = rng.normal()
        if begin <= t <= end:
            rise, fall = (t - begin) / (end - begin), (end - t) / (end - begin)
            value += height * (1, rise, fall)[label]
        series.append(value)
    return series


def two_patterns(label, T, rng):
    series = [rng.normal() for _ in range(T)]
    first, second = divmod(label, 2)
    for low, high, is_up in ((0, T // 2, first), (T // 2, T, second)):
        length = rng.randint(T // 8, T // 4 + 1)
        begin = rng.randint(low, high - length + 1)
        for k in range(length):
            in_first_half = k < length // 2
            series[begin + k] = -5 if in_first_half == bool(is_up) else 5
    return series


def synthetic_control(label, T, rng):
    amplitude, period = rng.uniform(10, 15), rng.uniform(10, 15)
    slope, size, time = rng.uniform(0.2, 0.5), rng.uniform(7.5, 20), rng.uniform(T / 3, 2 * T / 3)
    series = []
    for t in range(1, T + 1):
        value = 30 + 2 * rng.uniform(-3, 3)
        if label == 1:
            value += amplitude * math.sin(2 * math.pi * t / period)
        elif label in {2, 3}:
            value += slope * t if label == 2 else -slope * t
        elif label in {4, 5} and t >= time:
            value += size if label == 4 else -size
        series.append(value)
    return series


def motifs(label, T, rng):
    series = [rng.normal() for _ in range(T)]
    length = T // 10
    begin = rng.randint(0, T - length + 1)
    for k in range(length):
        wave = 2 * math.sin(2 * math.pi * k / length)
        series[begin + k] += wave if label == 1 else -wave
    return series


CASES = [
    (make_cylinder_bell_funnel, cylinder_bell_funnel, 3),
    (make_two_patterns, two_patterns, 4),
    (make_synthetic_control, synthetic_control, 6),
    (make_motifs, motifs, 2),
]


def moments(series):
    """Return, for each sequence, its numbers, their squares, and products over two distances."""
    return np.hstack(
        [series, series**2, series[:, 1:] * series[:, :-1], series[:, 4:] * series[:, :-4]]
    )


@pytest.mark.parametrize("n_timesteps", [33, 40])
@pytest.mark.parametrize(("make", "slow", "n_classes"), CASES)
def test_each_class_has_the_moments_of_a_slow_loop(make, slow, n_classes, n_timesteps):
    rng = np.random.RandomState(1)
    X, y = make(1500 * n_classes, n_timesteps, random_state=0)
    assert X.shape == (1500 * n_classes, n_timesteps, 1)
    assert X.dtype == np.float64
    assert np.issubdtype(y.dtype, np.integer)
    assert set(y) == set(range(n_classes))
    assert np.bincount(y).min() > 1350
    for label in range(n_classes):
        ours = moments(X[y == label, :, 0])
        other = moments(np.array([slow(label, n_timesteps, rng) for _ in range(1500)]))
        error = np.sqrt(ours.var(axis=0) / len(ours) + other.var(axis=0) / len(other))
        assert (abs(ours.mean(axis=0) - other.mean(axis=0)) < 5 * error).all()


@pytest.mark.parametrize(
    ("make", "fewest"),
    [
        (make_cylinder_bell_funnel, 8),
        (make_two_patterns, 16),
        (make_synthetic_control, 3),
        (make_motifs, 30),
    ],
)
def test_fewest_steps(make, fewest):
    X, _ = make(50, fewest, random_state=0)
    assert X.shape == (50, fewest, 1)
    assert np.isfinite(X).all()
    with pytest.raises(InvalidParameterError, match=rf"\[{fewest}, 2\*\*63\). Got {fewest - 1}"):
        make(50, fewest - 1)


def test_heights_of_cylinders():
    X, y = make_cylinder_bell_funnel(3000, 800, random_state=0)
    heights = X[y == 0, 200:300, 0].mean(axis=1)  # steps that are within every cylinder
    assert heights.mean() == pytest.approx(6, abs=0.1)
    assert heights.std() == pytest.approx(1, rel=0.1)


@pytest.mark.parametrize("n_timesteps", [16, 35, 128])
def test_two_patterns_are_where_they_should_be(n_timesteps):
    X, y = make_two_patterns(2000, n_timesteps, random_state=0)
    half = n_timesteps // 2
    lengths, begins = set(), set()
    for series, label in zip(X[:, :, 0], y, strict=True):
        for is_up, part in zip(divmod(label, 2), (series[:half], series[half:]), strict=True):
            (places,) = np.nonzero(abs(part) == 5)  # noise never is, exactly
            length = len(places)
            np.testing.assert_array_equal(places, places[0] + np.arange(length))
            before = length // 2
            down = np.repeat([5, -5], [before, length - before])
            np.testing.assert_array_equal(part[places], -down if is_up else down)
            lengths.add(length)
            begins.add(places[0])
    assert lengths == set(range(n_timesteps // 8, n_timesteps // 4 + 1))
    assert begins == set(range(n_timesteps - half - n_timesteps // 8 + 1))


@pytest.mark.parametrize("n_timesteps", [30, 57, 100])
def test_a_motif_is_one_wave_anywhere(n_timesteps):
    weak, y = make_motifs(2000, n_timesteps, amplitude=1, random_state=0)
    strong, _ = make_motifs(2000, n_timesteps, amplitude=3.5, random_state=0)
    length = n_timesteps // 10
    wave = 2.5 * np.sin(2 * np.pi * np.arange(length) / length)
    begins = set()
    for added, label in zip((strong - weak)[:, :, 0], y, strict=True):
        begin = np.flatnonzero(abs(added) > 1e-6)[0] - 1  # a sine begins with 0
        expected = np.zeros(n_timesteps)
        expected[begin : begin + length] = wave if label == 1 else -wave
        np.testing.assert_allclose(added, expected, atol=1e-12)
        begins.add(begin)
    assert begins == set(range(n_timesteps - length + 1))


@pytest.mark.parametrize("amplitude", [0, -1.0, np.inf, "2"])
def test_a_motif_has_a_height(amplitude):
    with pytest.raises(InvalidParameterError, match=r"amplitude must be a float .*\(0, inf\). Got"):
        make_motifs(amplitude=amplitude)


def test_nothing_in_a_control_chart_is_noise_around_30():
    X, y = make_synthetic_control(600, random_state=0)
    nothing = X[y == 0]
    assert 24 <= nothing.min() < 24.1
    assert 35.9 < nothing.max() < 36
