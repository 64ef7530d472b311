"""What the constructors of all estimators have in common, and what their docstrings say of it."""

import re
from ast import literal_eval
from inspect import signature

import pytest

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.estimators.hyperparameters import Hyperparameters, documented

ESTIMATORS = (RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_docstring_tells_the_defaults(estimator):
    pattern = re.compile(r"^(\w+) : .*?default=(.*)$", re.MULTILINE)
    told = dict(pattern.findall(estimator.__doc__))
    defaults = estimator().get_params()
    assert {name: literal_eval(value) for name, value in told.items()} == defaults
    for section in ("Parameters", "Attributes", "References", "Examples"):
        assert estimator.__doc__.count(f"\n{section}\n---") == 1


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_only_the_sizes_may_come_without_a_name(estimator):
    first, *others = signature(estimator).parameters.values()
    assert first.name == "hidden_layer_sizes"
    assert first.kind is first.POSITIONAL_OR_KEYWORD
    assert {other.kind for other in others} == {first.KEYWORD_ONLY}
    assert estimator(3).hidden_layer_sizes == 3


def test_estimators_are_compared_by_identity_and_shown_by_what_is_not_default():
    assert RNNSequenceTagger() != RNNSequenceTagger()
    assert len({RNNSequenceTagger(), RNNSequenceTagger()}) == 2
    assert repr(RNNSequenceRegressor(5)) == "RNNSequenceRegressor(hidden_layer_sizes=5)"


def test_a_docstring_may_be_stripped():
    stripped = type("Stripped", (Hyperparameters,), {"__doc__": None})
    assert documented(stripped).__doc__ is None
