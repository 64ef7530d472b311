"""Categories of steps: the same battery for what is learnt of each."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn.network import wide
from skrnn.network.embedding import add_rows
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from tests.gradients.cases import (
    CASES,
    LOSSES,
    OF_NUMPY,
    ONE_DIRECTION,
    SHAPES,
    PoisonedWorkspace,
    flatten,
    make_problem,
)
from tests.gradients.differences import BOUND, error_by_direction, error_by_element
from tests.gradients.test_differences import check
from tests.gradients.test_oracle import check_against_the_oracle
from tests.gradients.test_segments import assert_same_bits
from tests.rounding import assert_close

OF_LAST = {key: shape for key, shape in SHAPES.items() if shape["pooling"] == "last"}
"""What is pooled of the states does not know how they came about."""
ONWARDS = {key: shape for key, shape in ONE_DIRECTION.items() if key in OF_LAST}
FEATURES = {
    "one category": {"n_inputs": 1, "embeddings": ((0, 4, 2),)},
    "two among numbers": {"n_inputs": 4, "embeddings": ((1, 3, 2), (3, 1, 1))},
}
RAGGED = (3, 8, 1, 5)
every_case = pytest.mark.parametrize("name", CASES)
every_shape = pytest.mark.parametrize("shape", OF_LAST)
every_shape_onwards = pytest.mark.parametrize("shape", ONWARDS)
every_loss = pytest.mark.parametrize("loss", ["at the end", "targets of steps"])
every_kind = pytest.mark.parametrize("features", FEATURES)


def make(name, shape, features="two among numbers", loss="at the end", **settings):
    return make_problem(name, **OF_LAST[shape], **FEATURES[features], **LOSSES[loss], **settings)


@pytest.mark.parametrize("lengths", [(1,), (5, 5, 5), (2, 4, 1)], ids=str)
@every_kind
@every_shape
@every_case
def test_differences(name, shape, features, lengths):
    """Codes cannot be moved a little, so that only numbers among the inputs are."""
    problem = make(name, shape, features, lengths=lengths, seed=4)  # no gradient is next to nothing
    if problem.network.engine != "numpy":
        check(problem)
        return
    _, gradients, d_x, d_state = problem.loss_and_gradients()
    codes = [feature for feature, _, _ in problem.network.embeddings]
    numbers = np.delete(problem.x, codes, axis=1)

    def loss_of_numbers():
        x = problem.x.copy()
        x[:, [j for j in range(x.shape[1]) if j not in codes]] = numbers
        return replace(problem, x=x).loss()

    assert not d_x[:, codes].any()
    error = error_by_element if lengths == (5, 5, 5) else error_by_direction
    assert error(np.delete(d_x, codes, axis=1), loss_of_numbers, numbers) < BOUND
    for d, array in zip(
        (gradients.flat, *d_state),
        (problem.parameters.flat, *flatten(problem.network, problem.state)),
        strict=True,
    ):
        assert error(d, problem.loss, array) < BOUND


@pytest.mark.parametrize("lengths", [(5, 5, 5), (1, 7, 4, 7)], ids=["equal", "ragged"])
@every_loss
@every_shape
@every_case
def test_every_sequence(name, shape, loss, lengths):
    check_against_the_oracle(make(name, shape, loss=loss, lengths=lengths, dropout=0.4))


@pytest.mark.parametrize("segment", [1, 3])
@every_loss
@every_shape_onwards
@every_case
def test_checkpoints_change_no_bit(name, shape, loss, segment):
    plain = make(name, shape, loss=loss, lengths=RAGGED, dropout=0.4)
    assert_same_bits(replace(plain, segment=segment), plain.loss_and_gradients())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_case
def test_bits_at_larger_sizes(name, dtype):
    lengths = np.random.default_rng(0).integers(20, 70, size=37)
    settings = {"n_inputs": 3, "embeddings": ((0, 50, 7), (2, 4, 3)), "dtype": dtype}
    plain = make_problem(name, (33, 21), lengths, **settings, replication=0.5)
    expected = plain.loss_and_gradients(Workspace(dtype))
    _, cut, d_x, _ = replace(plain, segment=9).loss_and_gradients(Workspace(dtype))
    np.testing.assert_array_equal(cut.flat, expected[1].flat)
    np.testing.assert_array_equal(d_x, expected[2])
    assert {cut.flat.dtype, d_x.dtype} == {np.dtype(dtype)}


@every_shape_onwards
@every_case
def test_one_unroll_equals_two_windows_with_carried_state(name, shape):
    problem = make(name, shape, lengths=(8, 8, 8))
    network, parameters, workspace = problem.network, problem.parameters, PoisonedWorkspace(float)
    whole = problem.scores(workspace)
    first, second = problem.lengths * 0 + 3, problem.lengths - 3
    state = network.advance(parameters, problem.x[:3], first, problem.state, workspace)
    unrolled = network.unroll(parameters, problem.x[3:], second, state, workspace)
    assert_close(network.read(parameters, unrolled, workspace), whole, 1e-13)


@every_shape
@every_case
def test_padding_and_order_change_nothing(name, shape):
    problem = make(name, shape, lengths=RAGGED)
    value, gradients, d_x, _ = problem.loss_and_gradients()
    order = np.array([2, 0, 3, 1])
    padded_value, padded, d_x_padded, _ = problem.take(order, n_steps=20).loss_and_gradients()
    assert_close(padded_value, value, 1e-13)
    assert_close(padded.flat, gradients.flat, 1e-13)
    assert_close(d_x_padded[: len(d_x)], d_x[:, :, order], 1e-13)
    assert not d_x_padded[max(RAGGED) :].any()


@every_kind
@pytest.mark.parametrize("name", OF_NUMPY)
def test_wide_inputs(name, features, monkeypatch):
    monkeypatch.setattr(wide, "WIDE", 1)
    monkeypatch.setattr(wide, "COLUMNS", 6)
    problem = make(name, "two layers, one directions, last", features, lengths=RAGGED, dropout=0.4)
    check_against_the_oracle(problem)
    for segment in (1, 3):
        assert_same_bits(replace(problem, segment=segment), problem.loss_and_gradients())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 500])
def test_rows_are_added_one_after_the_other(n, dtype):
    rng = np.random.default_rng(0)
    places, rows = rng.integers(20, size=n), rng.normal(size=(n, 3)).astype(dtype)
    total = rng.normal(size=(21, 3)).astype(dtype)
    expected = total.copy()
    np.add.at(expected, places, rows)
    add_rows(total, places, rows)
    np.testing.assert_array_equal(total, expected)


def test_other_weights_begin_as_if_there_were_no_categories():
    plain = make_problem("gru", n_inputs=3).network
    with_categories = replace(plain, n_inputs=2, embeddings=((1, 5, 2),))
    assert set(with_categories.layout) - set(plain.layout) == {"embedding_1.weights"}
    one, other = (
        network.initialize(np.random.default_rng(0), np.dtype(float))
        for network in (plain, with_categories)
    )
    for name in plain.layout:
        np.testing.assert_array_equal(one[name], other[name])
    E = other["embedding_1.weights"]
    assert E.shape == (6, 2)
    assert not E[-1].any()
    assert len(np.unique(E[:-1])) == 10


def test_weights_of_categories_are_penalised():
    layout = make_problem("gru", n_inputs=2, embeddings=((0, 5, 2),)).network.layout
    flags = layout.matrices(Parameters.zeros(layout, float).is_weight)
    assert flags["embedding_0"].all()
