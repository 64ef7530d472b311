"""Wide inputs, whose products are taken for blocks of steps: the same battery with small blocks."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn.network import wide
from skrnn.network.workspace import Workspace
from tests.gradients.cases import LOSSES, OF_NUMPY, SHAPES, make_problem
from tests.gradients.differences import error_by_element
from tests.gradients.test_differences import check
from tests.gradients.test_oracle import check_against_the_oracle
from tests.rounding import assert_close

OF_LAST = {key: shape for key, shape in SHAPES.items() if shape["pooling"] == "last"}
"""What is pooled of the states does not know how they came about."""
ONE_DIRECTION = {key: shape for key, shape in OF_LAST.items() if not shape["bidirectional"]}
LENGTHS = {"ragged": (3, 8, 1), "one": (7,), "many": (2, 5, 5, 5, 5, 5, 3)}
"""Blocks of 2, 6 and 1 steps."""


@pytest.fixture
def everything_is_wide(monkeypatch):
    monkeypatch.setattr(wide, "WIDE", 1)
    monkeypatch.setattr(wide, "COLUMNS", 6)


@pytest.mark.usefixtures("everything_is_wide")
@pytest.mark.parametrize("n_sequences", [1, 3])
@pytest.mark.parametrize("n_steps", [1, 5])
@pytest.mark.parametrize("shape", OF_LAST)
@pytest.mark.parametrize("name", OF_NUMPY)
def test_differences(name, shape, n_steps, n_sequences):
    problem = make_problem(name, lengths=[n_steps] * n_sequences, n_inputs=2, **OF_LAST[shape])
    check(problem, error_by_element)


@pytest.mark.usefixtures("everything_is_wide")
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("loss", ["at the end", "targets of steps"])
@pytest.mark.parametrize("shape", OF_LAST)
@pytest.mark.parametrize("name", OF_NUMPY)
def test_every_sequence(name, shape, loss, lengths):
    settings = OF_LAST[shape] | LOSSES[loss]
    check_against_the_oracle(make_problem(name, lengths=LENGTHS[lengths], dropout=0.4, **settings))


@pytest.mark.usefixtures("everything_is_wide")
@pytest.mark.parametrize("segment", [1, 3])
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("loss", ["at the end", "targets of steps"])
@pytest.mark.parametrize("shape", ONE_DIRECTION)
@pytest.mark.parametrize("name", OF_NUMPY)
def test_checkpoints_change_no_bit(name, shape, loss, lengths, segment):
    settings = ONE_DIRECTION[shape] | LOSSES[loss]
    check_segments(make_problem(name, lengths=LENGTHS[lengths], **settings), segment)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OF_NUMPY)
def test_as_wide_as_they_come(name, dtype, monkeypatch):
    lengths = np.random.default_rng(0).integers(5, 12, size=37)  # blocks of three steps
    problem = make_problem(name, (33, 21), lengths, n_inputs=1234, dtype=dtype, replication=0.5)
    in_blocks = check_segments(problem, 4)
    monkeypatch.setattr(wide, "WIDE", 2000)
    at_each_step = problem.loss_and_gradients(Workspace(dtype))
    bound = 1e-4 if dtype == np.float32 else 1e-12  # sums of 1,234 products, over up to 11 steps
    for part, expected in zip(in_blocks[:2], at_each_step[:2], strict=True):
        assert_close(getattr(part, "flat", part), getattr(expected, "flat", expected), bound)
    assert_close(in_blocks[2], at_each_step[2], bound)


def check_segments(problem, segment):
    whole = problem.loss_and_gradients(Workspace(problem.x.dtype))
    cut = replace(problem, segment=segment).loss_and_gradients(Workspace(problem.x.dtype))
    assert cut[0] == whole[0]
    np.testing.assert_array_equal(cut[1].flat, whole[1].flat)
    np.testing.assert_array_equal(cut[2], whole[2])
    for d, expected in zip(cut[3], whole[3], strict=True):
        np.testing.assert_array_equal(d, expected)
    return whole
