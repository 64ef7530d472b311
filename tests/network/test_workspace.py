import numpy as np

from skrnn.network.workspace import Workspace


def test_memory_is_reused_and_grows():
    workspace = Workspace(np.float32)
    small = workspace.empty("a", (2, 3))
    assert small.dtype == np.float32
    assert np.shares_memory(small, workspace.empty("a", (3, 2)))
    large = workspace.empty("a", (4, 5))
    assert np.shares_memory(large, workspace.empty("a", (2, 3)))
    assert large.flags.c_contiguous


def test_names_do_not_overlap():
    workspace = Workspace(np.float64)
    a = workspace.zeros("a", (3,))
    workspace.empty("b", (3,)).fill(1)
    assert not a.any()


def test_zeros():
    workspace = Workspace(np.float64)
    workspace.empty("a", (3,)).fill(1)
    assert not workspace.zeros("a", (3,)).any()
