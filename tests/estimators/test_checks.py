"""scikit-learn's own checks: every one passed, none skipped, none expected to fail."""

import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import Elman, RNNSequenceClassifier
from skrnn.network.cells import CELLS
from skrnn.network.pooling import POOLS
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.schedules import SCHEDULES

# scikit-learn's own test suite lets this one pass as well: the checks fit for few epochs.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SLOW = [{"optimizer": "sgd"}, {"schedule": "inverse_scaling"}]  # to learn with few units
CHANGES = [
    *({"cell": name} for name in CELLS),
    *({"optimizer": name} for name in OPTIMIZERS if name != "sgd"),
    *({"schedule": name} for name in SCHEDULES if name != "inverse_scaling"),
    *({**change, "hidden_layer_sizes": 32} for change in SLOW),
    *({"clip_by": name} for name in CLIP_BY),
    *({"readout": name} for name in POOLS),
    {"cell": Elman(activation="relu")},
    {"hidden_layer_sizes": (16, 8)},
    {"bidirectional": True},
    {"target_replication": 0.5},
    {"dropout": 0.5},
    {"truncation_length": 2},
    {"truncation_length": 2, "truncation_stride": 1, "target_replication": 0.5},
    {"checkpoint": True},
    {"n_init": 2},
]
DEFAULTS = RNNSequenceClassifier().get_params()
FEW_UNITS = {"hidden_layer_sizes": 16}  # enough to learn what the checks ask for, and faster
ESTIMATORS = {"default": RNNSequenceClassifier()} | {
    ", ".join(f"{name}={value}" for name, value in change.items()): RNNSequenceClassifier(
        **FEW_UNITS | change
    )
    for change in CHANGES
    if any(value != DEFAULTS[name] for name, value in change.items())
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
