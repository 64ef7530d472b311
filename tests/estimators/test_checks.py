"""scikit-learn's own checks: every one passed, none skipped, none expected to fail."""

from importlib.util import find_spec
from itertools import zip_longest

import pytest
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
    check_inplace_ensure_writeable,
)

from skrnn import Elman, Quantile, RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.network.cells import CELLS
from skrnn.network.pooling import POOLS
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizers import OPTIMIZERS
from skrnn.training.schedules import SCHEDULES

# scikit-learn's own test suite lets this one pass as well: the checks fit for few epochs.
pytestmark = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.DataDimensionalityWarning",  # of rows that are single steps
)

EVERY_CELL = [{"cell": name} for name in CELLS]
COMPILED = [{"cell": name, "engine": "numba"} for name in CELLS if find_spec("numba")]
OF_EACH = {
    "optimizer": [name for name in OPTIMIZERS if name not in {"sgd", "lbfgs"}],
    "schedule": [name for name in SCHEDULES if name != "inverse_scaling"],
    "clip_by": CLIP_BY,
    "readout": POOLS,
    "hidden_layer_sizes": [16, (16, 8)],
}
"""What goes together: the first of each, the second of each, and so on."""
CHANGES = [
    *EVERY_CELL,
    *COMPILED,
    *(
        {name: value for name, value in zip(OF_EACH, values, strict=True) if value is not None}
        for values in zip_longest(*OF_EACH.values())
    ),
    {"optimizer": "sgd", "hidden_layer_sizes": 32},  # to learn with few units
    {"schedule": "inverse_scaling", "hidden_layer_sizes": 32},
    {"optimizer": "lbfgs", "bidirectional": True},
    {"cell": Elman(activation="relu"), "truncation_length": 2, "checkpoint": True},
    {"target_replication": 0.5, "truncation_length": 2, "truncation_stride": 1},
    {"target_replication": 0.5, "dropout": 0.5},
    {"n_init": 2},
    {"categorical_features": [0]},
]
# What the checks ask of a regressor is more. Cells do not know whose they are: of both others, each
# meets every cell and every engine.
QUICK = {"cell": "elman", "hidden_layer_sizes": 32, "learning_rate": 0.01}
CHANGES_OF_OTHERS = {
    RNNSequenceRegressor: [
        *({**cell, "batch_size": 32, "max_iter": 30} for cell in (*EVERY_CELL, *COMPILED[:1])),
        *(QUICK | {"loss": name} for name in ("absolute_error", "huber", "quantile")),
        QUICK | {"loss": Quantile([0.1, 0.5, 0.9])},
        QUICK | {"bidirectional": True, "readout": "mean"},
        QUICK | {"truncation_length": 5, "truncation_stride": 3, "target_replication": 0.2},
        QUICK | {"optimizer": "lbfgs"},
        QUICK | {"categorical_features": [0]},
    ],
    RNNSequenceTagger: [
        *EVERY_CELL,
        *COMPILED[:1],
        {"bidirectional": True},
        {"truncation_length": 2, "truncation_stride": 1},
        {"optimizer": "lbfgs"},
        # Not [0]: of several features, the checks put NaN into any, or want it refused in any.
        {"categorical_features": []},
        {"categorical_features": "from_dtype"},
    ],
}
# Enough to learn what the checks ask for, in a tenth of the time that the defaults take or less.
FEW_LARGE_STEPS = {"hidden_layer_sizes": 16, "learning_rate": 0.02, "max_iter": 20}
FEW_LARGE_STEPS |= {"schedule": "constant", "batch_size": 200}


def variants(estimator, changes):
    """Return an estimator as it is by default, and with each change, by name."""
    defaults, kind = estimator().get_params(), estimator.__name__.removeprefix("RNNSequence")
    return {f"{kind}, default": estimator()} | {
        f"{kind}, " + ", ".join(f"{name}={value}" for name, value in change.items()): estimator(
            **FEW_LARGE_STEPS | change
        )
        for change in changes
        if any(value != defaults[name] for name, value in change.items())
    }


ESTIMATORS = variants(RNNSequenceClassifier, CHANGES)
for other, changes in CHANGES_OF_OTHERS.items():
    ESTIMATORS |= variants(other, changes)


@pytest.mark.parametrize("name", ESTIMATORS, ids=str)  # however long
def test_check_estimator(name):
    results = check_estimator(ESTIMATORS[name], on_skip=None, on_fail=None)
    assert len(results) > 50
    not_passed = [
        f"{result['check_name']}: {result['status']}: {result['exception']!r}"
        for result in results
        if result["status"] != "passed"
    ]
    assert not not_passed


@pytest.mark.parametrize("kind", [RNNSequenceClassifier, *CHANGES_OF_OTHERS])
@pytest.mark.parametrize(
    "check", [check_dataframe_column_names_consistency, check_inplace_ensure_writeable]
)
def test_checks_outside_check_estimator(check, kind):
    check(kind.__name__, kind())
