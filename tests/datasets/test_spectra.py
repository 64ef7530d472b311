"""The spectra are mixtures of components that never change."""

import numpy as np
import pytest

from skrnn import InvalidParameterError
from skrnn.datasets import make_spectra


def with_offset(X):
    """Return the spectra as the rows of a matrix with a column of ones."""
    return np.column_stack([X[:, :, 0], np.ones(len(X))])


@pytest.mark.parametrize("n_timesteps", [6, 100])
def test_what_was_learnt_from_one_call_holds_in_the_next(n_timesteps):
    X, y = make_spectra(50, n_timesteps, noise=0, random_state=0)
    assert X.shape == (50, n_timesteps, 1)
    assert y.shape == (50,)
    coefficients = np.linalg.lstsq(with_offset(X), y, rcond=1e-12)[0]
    X_test, y_test = make_spectra(50, n_timesteps, noise=0, random_state=1)
    np.testing.assert_allclose(with_offset(X_test) @ coefficients, y_test, atol=1e-8)


def test_five_components_of_three_smooth_peaks():
    # the slow way, from the numbers that the seed of the components gives
    rng = np.random.RandomState(123)
    wavelengths = np.linspace(0, 1, 100)
    components = []
    for _ in range(5):
        component = np.zeros(100)
        for _ in range(3):
            height, centre, width = rng.uniform(0.3, 1), rng.uniform(0, 1), rng.uniform(0.05, 0.15)
            component += height * np.exp(-0.5 * ((wavelengths - centre) / width) ** 2)
        components.append(component)

    X, y = make_spectra(2000, noise=0, random_state=0)
    basis = np.vstack([components, np.ones(100)])
    parts, *_ = np.linalg.lstsq(basis.T, X[:, :, 0].T, rcond=None)
    np.testing.assert_allclose(basis.T @ parts, X[:, :, 0].T, atol=1e-10)
    np.testing.assert_allclose(parts[0], y, atol=1e-10)
    for part, largest in zip(parts, [1, 1, 1, 1, 1, 0.2], strict=True):
        assert -1e-10 < part.min() < 0.01 * largest
        assert 0.99 * largest < part.max() < largest + 1e-10
        assert part.mean() == pytest.approx(largest / 2, rel=0.05)
        assert part.std() == pytest.approx(largest / 12**0.5, rel=0.05)
    np.testing.assert_allclose(np.corrcoef(parts), np.eye(6), atol=0.1)


def test_noise():
    clear, y = make_spectra(500, noise=0, random_state=0)
    noisy, same = make_spectra(500, noise=0.5, random_state=0)
    np.testing.assert_array_equal(y, same)
    assert (noisy - clear).mean() == pytest.approx(0, abs=0.01)
    assert (noisy - clear).std() == pytest.approx(0.5, rel=0.02)
    with pytest.raises(InvalidParameterError, match=r"noise must be a float .*\[0, inf\). Got -1"):
        make_spectra(noise=-1)
    with pytest.raises(InvalidParameterError, match=r"n_timesteps .*\[6, 2\*\*63\). Got 5"):
        make_spectra(n_timesteps=5)
