"""The sequences that need memory are what their papers say."""

import numpy as np
import pytest

from skrnn import InvalidParameterError
from skrnn.datasets import make_adding_problem, make_copy_memory, make_parity, make_temporal_order


@pytest.mark.parametrize("n_timesteps", [2, 7, 100])
def test_adding_problem(n_timesteps):
    X, y = make_adding_problem(4000, n_timesteps, random_state=0)
    assert X.shape == (4000, n_timesteps, 2)
    numbers, marks = X[:, :, 0], X[:, :, 1].astype(bool)
    assert 0 <= numbers.min() < numbers.max() < 1
    half = n_timesteps // 2
    assert (marks[:, :half].sum(axis=1) == 1).all()
    assert (marks[:, half:].sum(axis=1) == 1).all()
    assert marks.any(axis=0).all()  # every place is used
    np.testing.assert_allclose(y, numbers[marks].reshape(-1, 2).sum(axis=1))
    assert ((y - 1) ** 2).mean() == pytest.approx(1 / 6, rel=0.1)


@pytest.mark.parametrize("n_timesteps", [10, 33, 100])
def test_temporal_order(n_timesteps):
    X, y = make_temporal_order(2000, n_timesteps, random_state=0)
    assert X.shape == (2000, n_timesteps, 6)
    assert (X.sum(axis=2) == 1).all()
    symbols = X.argmax(axis=2)
    rows, places = np.nonzero(symbols < 2)
    np.testing.assert_array_equal(rows, np.repeat(np.arange(2000), 2))
    for place, begin in zip(places.reshape(-1, 2).T, (1, 4), strict=True):
        assert set(place) == set(range(begin * n_timesteps // 10, (begin + 1) * n_timesteps // 10))
    two = symbols[rows, places].reshape(-1, 2)
    np.testing.assert_array_equal(y, 2 * two[:, 0] + two[:, 1])
    assert np.bincount(y).min() > 400
    assert set(symbols.ravel()) == set(range(6))


@pytest.mark.parametrize(("n_timesteps", "n_symbols"), [(21, 10), (100, 10), (3, 1)])
def test_copy_memory(n_timesteps, n_symbols):
    X, y = make_copy_memory(500, n_timesteps, n_symbols=n_symbols, random_state=0)
    assert X.shape == (500, n_timesteps, 10)
    assert (X.sum(axis=2) == 1).all()
    symbols = X.argmax(axis=2)
    np.testing.assert_array_equal(symbols[:, :n_symbols], y[:, -n_symbols:])
    assert set(y[:, -n_symbols:].ravel()) == set(range(1, 9))
    assert not y[:, :-n_symbols].any()
    assert (symbols[:, -n_symbols - 1] == 9).all()
    assert not symbols[:, n_symbols : -n_symbols - 1].any()
    assert not symbols[:, -n_symbols:].any()


def test_copy_memory_needs_room_for_the_message():
    with pytest.raises(
        InvalidParameterError, match=r"n_timesteps must be .*\[21, 2\*\*63\). Got 20"
    ):
        make_copy_memory(n_timesteps=20)
    with pytest.raises(InvalidParameterError, match=r"n_symbols must be an int.*Got 0"):
        make_copy_memory(n_symbols=0)


def test_parity():
    X, y = make_parity(1000, 9, random_state=0)
    assert X.shape == (1000, 9, 1)
    assert set(X.ravel()) == {-1.0, 1.0}
    np.testing.assert_array_equal(y, (X[:, :, 0] == 1).sum(axis=1) % 2)
    assert abs(y.mean() - 0.5) < 0.05
