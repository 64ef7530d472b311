import numpy as np
import pytest

from skrnn.export.graph import Graph, Subgraph, numbered
from skrnn.export.proto import nodes_of


def test_names_are_unique():
    graph = Graph(15)
    names = [graph.add("Add", "x", 1.0) for _ in range(3)]
    assert names == ["add", "add_2", "add_3"]
    assert list(graph.constants) == ["constant", "constant_2", "constant_3"]


def test_rename_reaches_writers_and_readers():
    graph = Graph(15)
    twice = graph.add("Add", "x", "x")
    graph.add("Mul", twice, twice)
    graph.rename(twice, "y")
    assert [(node.inputs, node.outputs) for node in graph.nodes] == [
        (("x", "x"), ("y",)),
        (("y", "y"), ("mul",)),
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constants(dtype):
    graph = Graph(15, dtype=dtype)
    for values, kind in ((1.5, dtype), (np.array([1]), np.int64), (np.array([True]), bool)):
        assert graph.constants[graph.constant(values)].dtype == kind
    infinite = graph.constant(np.array([-np.inf, np.nan]))
    np.testing.assert_array_equal(graph.constants[infinite], [-np.inf, np.nan])


def test_a_constant_out_of_range():
    with pytest.raises(ValueError, match=r"W holds numbers beyond the range of float32"):
        Graph(15).constant(np.array([1.0, 1e39]), "W")
    assert Graph(15, dtype=np.float64).constant(1e39) == "constant"


def test_a_prefix_of_names():
    unique = numbered("lengths.")
    assert [unique(name) for name in ("add", "mul", "add")] == [
        "lengths.add",
        "lengths.mul",
        "lengths.add_2",
    ]


def test_constants_of_a_subgraph():
    step = Graph(15)
    body = Subgraph(step, ("now",), (step.add("Add", "now", 1.0),))
    graph = Graph(15)
    graph.add("Scan", "x", body=body, num_scan_inputs=1)
    (node,) = nodes_of(graph)
    (attribute,) = (a for a in node.attribute if a.name == "body")
    assert [constant.name for constant in attribute.g.initializer] == ["constant"]
