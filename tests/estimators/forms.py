"""The same small problem in every form of X that the estimators accept."""

import numpy as np

N_SAMPLES, N_STEPS, N_FEATURES = 60, 6, 2


def objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def make_forms(dtype=float):
    """Return X by form, and y, which depends on the first step."""
    rng = np.random.default_rng(0)
    equal = rng.normal(size=(N_SAMPLES, N_STEPS, N_FEATURES)).astype(dtype)
    y = np.where(equal[:, 0, 0] > 0, "up", "down")
    lengths = rng.integers(1, N_STEPS + 1, size=N_SAMPLES)
    lengths[:2] = N_STEPS
    ragged = [x[:n].copy() for x, n in zip(equal, lengths, strict=True)]
    padded = equal.copy()
    padded[np.arange(N_STEPS) >= lengths[:, None]] = np.nan
    forms = {
        "rows": equal.reshape(N_SAMPLES, -1),
        "3-D": equal,
        "NaN-padded": padded,
        "list": ragged,
        "objects": objects(ragged),
    }
    return forms, y


class NoArray:
    """A tensor that NumPy cannot read, as those of torch that take part in a gradient."""

    def __init__(self, shape=(60, 6, 2)):
        self.shape, self.ndim = shape, len(shape)

    def __len__(self):
        return self.shape[0]

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("call detach first")


FORMS = tuple(make_forms()[0])
