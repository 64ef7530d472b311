"""Battery 2: equality with the slow oracle, which knows neither batches nor padding."""

import pytest

from tests.gradients.cases import CASES, DROPOUT, LOSSES, SHAPES, make_problem
from tests.rounding import assert_close


@pytest.mark.parametrize("lengths", [(5, 5, 5), (1, 7, 4, 7)], ids=["equal", "ragged"])
@pytest.mark.parametrize("dropout", DROPOUT)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", CASES)
def test_every_sequence(name, shape, loss, dropout, lengths):
    settings = SHAPES[shape] | LOSSES[loss] | DROPOUT[dropout]
    check_against_the_oracle(make_problem(name, lengths=lengths, **settings))


def check_against_the_oracle(problem):
    lengths = problem.lengths
    loss, gradients, d_x, d_state = problem.loss_and_gradients()
    expected_loss, expected = 0.0, dict.fromkeys(gradients.layout, 0.0)
    for b, share in enumerate(problem.shares):
        loss_b, gradients_b, d_x_b, d_state_b = problem.oracle(b)
        expected_loss += share * loss_b
        for key, value in gradients_b.items():
            expected[key] += share * value
        assert_close(d_x[: lengths[b], :, b], share * d_x_b, 1e-12)
        assert not d_x[lengths[b] :, :, b].any()
        for d, d_b in zip(d_state, d_state_b, strict=True):
            assert_close(d[:, b], share * d_b, 1e-12)
    assert_close(loss, expected_loss, 1e-12)
    for key, value in expected.items():
        assert_close(gradients[key], value, 1e-12, key)
