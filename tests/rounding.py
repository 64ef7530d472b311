"""Equality up to rounding, for sums that may be of any size."""

import numpy as np


def assert_close(found, expected, bound, message=""):
    """
    Hold numbers to others of the same kind, by the size of the largest of these.

    OpenBLAS sums in another order on another processor. What that changes grows with the sums, so
    an absolute bound would be less than one bit of a large one; numbers below 1 are held to the
    bound itself.
    """
    size = max(1.0, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound * size, err_msg=message)
