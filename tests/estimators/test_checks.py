"""scikit-learn's own checks: every one passed, none skipped, none expected to fail."""

import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import Elman, RNNSequenceClassifier
from skrnn.network.cells import CELLS
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizers import OPTIMIZERS

# scikit-learn's own test suite lets this one pass as well: the checks fit for few epochs.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ESTIMATORS = {
    "default": RNNSequenceClassifier(),
    **{f"cell={name}": RNNSequenceClassifier(cell=name) for name in CELLS},
    **{f"optimizer={name}": RNNSequenceClassifier(optimizer=name) for name in OPTIMIZERS},
    **{f"clip_by={name}": RNNSequenceClassifier(clip_by=name) for name in CLIP_BY},
    "truncation_length=2": RNNSequenceClassifier(truncation_length=2),
    "relu": RNNSequenceClassifier(cell=Elman(activation="relu")),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_check_estimator(name):
    results = check_estimator(ESTIMATORS[name], on_skip=None, on_fail=None)
    assert len(results) > 50
    not_passed = [
        f"{result['check_name']}: {result['status']}: {result['exception']!r}"
        for result in results
        if result["status"] != "passed"
    ]
    assert not not_passed


@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check):
    check("RNNSequenceClassifier", RNNSequenceClassifier())
