"""Numerical derivatives, by central differences; and how far a gradient is from them."""

import numpy as np

from tests.gradients.cases import relative_error

N_DIRECTIONS = 8
"""An error shows in each as its part along it, and is hardly ever small along all of them."""

BOUND = 1e-7
"""On relative errors; differences themselves are off by as much as 8e-8, of a tiny gradient."""


def central_differences(f, array, step=1e-5):
    """Return the numerical gradient of f() with respect to an array that f reads."""
    gradient = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = f()
        array[index] = value - step
        below = f()
        array[index] = value
        gradient[index] = (above - below) / (2 * step)
    return gradient


def error_by_element(gradient, f, array):
    """Return the relative error of a gradient of f(), each element against its difference."""
    return relative_error(gradient, central_differences(f, array))


def error_by_direction(gradient, f, array):
    """
    Return about the same from random directions, of which there need not be more for more elements.

    That a wrong gradient looks right to a thousandth of its error has a probability of 1e-23.
    """
    directions = np.random.default_rng(0).normal(size=(N_DIRECTIONS, *array.shape))
    directions /= np.sqrt(array.size)  # of about unit length
    centre, distances = array.copy(), np.zeros(N_DIRECTIONS)

    def along():
        array[...] = centre + np.tensordot(distances, directions, 1)
        return f()

    slopes = central_differences(along, distances)
    array[...] = centre
    return relative_error(np.tensordot(directions, gradient, array.ndim), slopes)
