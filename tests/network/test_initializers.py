import numpy as np
import pytest

from skrnn import Glorot, Identity, Orthogonal, Uniform
from skrnn.network.initializers import INITIALIZERS


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7)])
def test_orthogonal(shape):
    matrix = Orthogonal(gain=1.5).draw(*shape, np.random.default_rng(0))
    assert matrix.shape == shape
    np.testing.assert_allclose(np.linalg.svd(matrix, compute_uv=False), 1.5, rtol=1e-12)


def test_orthogonal_has_no_preferred_direction():
    rng = np.random.default_rng(0)
    mean = np.mean([Orthogonal().draw(3, 3, rng) for _ in range(2000)], axis=0)
    assert np.abs(mean).max() < 5 / np.sqrt(2000)  # QR alone gives a diagonal of one sign


def test_ranges():
    rng = np.random.default_rng(0)
    for matrix, limit in (
        (Glorot().draw(40, 20, rng), np.sqrt(6 / 60)),
        (Glorot(gain=2.0).draw(40, 20, rng), 2 * np.sqrt(6 / 60)),
        (Uniform().draw(40, 25, rng), 1 / 5),
        (Uniform(limit=3.0).draw(40, 25, rng), 3.0),
    ):
        assert 0.95 * limit < np.abs(matrix).max() <= limit
        assert abs(matrix.mean()) < limit / 10


def test_identity():
    np.testing.assert_array_equal(
        Identity(scale=2.0).draw(2, 3, np.random.default_rng(0)), [[2, 0, 0], [0, 2, 0]]
    )


@pytest.mark.parametrize("name", INITIALIZERS)
def test_draws_are_repeatable(name):
    rule = INITIALIZERS[name]()
    draws = [rule.draw(4, 3, np.random.default_rng(1)) for _ in range(2)]
    np.testing.assert_array_equal(*draws)
