"""Made-up spectra: how much of one component is in a mixture, read along the wavelengths."""

from __future__ import annotations

import numpy as np

from skrnn.datasets.checks import check_sizes, generator_of
from skrnn.rules import check, real
from skrnn.types import FloatArray

_SEED_OF_COMPONENTS = 123


def make_spectra(
    n_samples: int = 100,
    n_timesteps: int = 100,
    *,
    noise: float = 0.01,
    random_state: int | np.random.RandomState | None = None,
) -> tuple[FloatArray, FloatArray]:
    """
    Make spectra of mixtures of five components, and ask for the concentration of the first.

    A component's spectrum is the sum of three Gaussian peaks: anywhere in the range of wavelengths,
    0.3 to 1 high, with a deviation of 5 to 15 percent of the range. They are the same in every
    call, so that training and test data can be made in two; what `random_state` decides are
    concentrations, offsets and noise. But for the noise, the target is a linear function of the
    spectrum, so linear regression is hard to beat.

    Parameters
    ----------
    n_samples : int, default=100
        Number of spectra.
    n_timesteps : int, default=100
        Wavelengths at which each is read, at least 6: as many as there are unknowns, five
        concentrations and the offset.
    noise : float, default=0.01
        Deviation of the normal noise at each wavelength, in the units of the peaks.
    random_state : int, RandomState instance or None, default=None
        Source of randomness; an int makes the data repeatable.

    Returns
    -------
    X : ndarray of shape (n_samples, n_timesteps, 1)
        The absorbance at each wavelength: the components' spectra times their concentrations,
        an offset of the whole spectrum, uniform in [0, 0.2), and noise.
    y : ndarray of shape (n_samples,)
        The concentration of the first component. All five are uniform in [0, 1).

    Examples
    --------
    >>> from skrnn.datasets import make_spectra
    >>> X, y = make_spectra(n_samples=3, random_state=0)
    >>> X.shape, y.round(2)
    ((3, 100, 1), array([0.55, 0.65, 0.79]))
    """
    check_sizes(n_samples, n_timesteps, least_timesteps=6)
    check("noise", noise, real(0))
    rng = generator_of(random_state)
    components = _components(n_timesteps)
    concentrations = rng.uniform(size=(n_samples, len(components)))
    X = concentrations @ components
    X += float(noise) * rng.normal(size=X.shape)
    X += rng.uniform(0, 0.2, size=(n_samples, 1))
    return X[:, :, None], concentrations[:, 0]


def _components(n_timesteps: int) -> FloatArray:
    """Return the spectra of the five pure components, a row each."""
    # NumPy promises that what RandomState draws for a seed never changes
    peaks = np.random.RandomState(_SEED_OF_COMPONENTS).uniform(
        low=(0.3, 0, 0.05), high=(1, 1, 0.15), size=(5, 3, 3)
    )
    height, centre, width = np.moveaxis(peaks, -1, 0)[..., None]
    wavelengths = np.linspace(0, 1, n_timesteps)
    curves = height * np.exp(-0.5 * ((wavelengths - centre) / width) ** 2)
    components: FloatArray = curves.sum(axis=1)
    return components
