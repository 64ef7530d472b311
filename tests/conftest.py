"""Settings that must be in place before SciPy and Matplotlib are imported; both engines."""

import os

import pytest
from hypothesis import settings

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # or scikit-learn skips its array API check
os.environ.setdefault("MPLBACKEND", "agg")  # no window
settings.register_profile("untimed", deadline=None)  # a test may wait for its turn on the processor
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def threads_for_small_networks():
    """Have networks of any size divided among threads, which `LEAST_WORK` would not have."""
    from skrnn.training import gradients

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradients, "LEAST_WORK", 1)
        yield


@pytest.fixture(params=["numpy", "numba"])
def each_engine(request, monkeypatch):
    """Have networks run by one engine and then by the other, unless a test says which."""
    from skrnn.network.network import Network

    if request.param == "numba":
        pytest.importorskip("numba")
    *others, _ = Network.__init__.__defaults__
    monkeypatch.setattr(Network.__init__, "__defaults__", (*others, request.param))
