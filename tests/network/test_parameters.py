import copy
import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skrnn.network.parameters import Layout, Parameters

widths = st.lists(st.integers(0, 4), min_size=1, max_size=4)  # 0 is a vector
matrices = st.lists(st.tuples(st.integers(1, 5), widths), min_size=1, max_size=4)


def shapes_of(matrices):
    """Return the shapes of parameters by matrix and name."""
    return {
        f"matrix {i}": {
            f"{i}.{j}": (n_rows, width) if width else (n_rows,) for j, width in enumerate(widths)
        }
        for i, (n_rows, widths) in enumerate(matrices)
    }


@given(matrices)
def test_views_partition_the_flat_vector_and_lie_side_by_side(matrices):
    shapes = shapes_of(matrices)
    layout = Layout(shapes)
    parameters = Parameters.zeros(layout, np.float64)
    by_name = {name: shape for parts in shapes.values() for name, shape in parts.items()}
    assert set(layout) == set(by_name)
    for i, name in enumerate(layout):
        assert parameters[name].shape == by_name[name]
        parameters[name][...] += i + 1
    total = sum((i + 1) * np.prod(by_name[name]) for i, name in enumerate(layout))
    assert parameters.flat.sum() == total
    assert (parameters.flat > 0).all()
    for matrix, parts in shapes.items():
        side_by_side = [parameters[name].reshape(shape[0], -1) for name, shape in parts.items()]
        np.testing.assert_array_equal(parameters.matrices[matrix], np.hstack(side_by_side))
        assert parameters.matrices[matrix].flags.c_contiguous


@given(matrices)
def test_weights_are_told_from_biases(matrices):
    layout = Layout(shapes_of(matrices))
    flags = Parameters(layout, Parameters.zeros(layout, np.float32).is_weight)
    for name in layout:
        assert (flags[name] == (flags[name].ndim == 2)).all()
    ranks = [flags[name].ndim for name in layout]
    assert ranks == sorted(ranks, reverse=True)


def test_views_share_memory_after_pickle_and_copies():
    layout = Layout({"m": {"a": (2, 3), "b": (2,)}})
    original = Parameters.zeros(layout, np.float32)
    assert original["b"].shape == (2,)  # so that there are views to be copied
    for other in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original), original.copy()):
        other["b"][...] = 7
        assert other.flat.tolist() == [0, 0, 0, 7] * 2
        assert list(other.layout) == list(layout)
        assert other.flat.dtype == np.float32
    assert not original.flat.any()
