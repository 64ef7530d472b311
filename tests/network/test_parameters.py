import copy
import pickle

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from skrnn.network.parameters import Layout, Parameters

shapes = st.dictionaries(
    st.text(min_size=1), st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)
)


@given(shapes)
def test_views_partition_the_flat_vector_and_matrices_come_first(shapes):
    layout = Layout(shapes)
    parameters = Parameters.zeros(layout, np.float64)
    for i, name in enumerate(shapes):
        assert parameters[name].shape == shapes[name]
        parameters[name][...] += i + 1
    total = sum((i + 1) * np.prod(shape) for i, shape in enumerate(shapes.values()))
    assert parameters.flat.sum() == total
    assert (parameters.flat > 0).all()
    in_front = sum(np.prod(shape) for shape in shapes.values() if len(shape) >= 2)
    assert parameters.weights.size == in_front
    for name, shape in shapes.items():
        assert np.shares_memory(parameters[name], parameters.weights) == (len(shape) >= 2)


def test_views_share_memory_after_pickle_and_deepcopy():
    original = Parameters.zeros(Layout({"a": (2, 3), "b": (2,)}), np.float32)
    for other in (pickle.loads(pickle.dumps(original)), copy.deepcopy(original)):
        other["b"][...] = 7
        assert other.flat.tolist() == [0] * 6 + [7, 7]
        assert list(other.layout) == list(original.layout)
        assert other.flat.dtype == np.float32
    assert not original.flat.any()
