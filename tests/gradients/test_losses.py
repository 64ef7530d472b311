"""Losses of numbers and of several labels, against central differences and the slow oracle."""

import numpy as np
import pytest

from tests.gradients.cases import CASES, OF_NUMBERS, make_problem
from tests.gradients.test_differences import check
from tests.gradients.test_oracle import check_against_the_oracle

LOSSES = {"at the end": {}, "replicated": {"replication": 0.3}, "of steps": {"per_step": True}}
every_kind = pytest.mark.parametrize("kind", OF_NUMBERS)
every_loss = pytest.mark.parametrize("loss", LOSSES)
every_cell = pytest.mark.parametrize("name", CASES)


def make(name, loss, kind):
    settings = {"sizes": (4, 3), "bidirectional": True, "pooling": "mean", "dropout": 0.4}
    return make_problem(name, lengths=(2, 4, 1), n_inputs=2, kind=kind, **settings, **LOSSES[loss])


@every_kind
@every_loss
@every_cell
def test_differences(name, loss, kind):
    check(make(name, loss, kind))


@every_kind
@every_loss
@every_cell
def test_oracle(name, loss, kind):
    check_against_the_oracle(make(name, loss, kind))


@every_kind
def test_float32_stays_float32(kind):
    problem = make_problem("elman", kind=kind, per_step=True, dtype=np.float32)
    problem.targets = problem.targets.astype(np.float32)
    assert problem.loss_and_gradients()[1].flat.dtype == np.float32
