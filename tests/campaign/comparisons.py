"""What laws compare: fits to the bit, predictions and gradients but for rounding."""

import pickle
from typing import Any

import numpy as np

from skrnn.network.parameters import Parameters
from skrnn.training.dataset import Dataset
from skrnn.training.gradients import loss_and_gradient, windows
from tests.campaign.configuration import Configuration
from tests.gradients.cases import PoisonedWorkspace
from tests.rounding import assert_close

RECORDED = (
    *("n_iter_", "t_", "loss_", "best_loss_", "loss_curve_", "clip_rate_curve_"),
    *("validation_scores_", "best_validation_score_", "validation_loss_curve_"),
)


def assert_same_weights(found: Any, expected: Any) -> None:
    """Hold what was learnt to another fit, bit for bit."""
    np.testing.assert_array_equal(found.parameters_.flat, expected.parameters_.flat)


def assert_same_fit(found: Any, expected: Any, *, but: tuple[str, ...] = ()) -> None:
    """Hold all that a fit leaves to another, bit for bit."""
    assert_same_weights(found, expected)
    np.testing.assert_array_equal(found.gradient_norm_curve_, expected.gradient_norm_curve_)
    for name in RECORDED:
        one, other = getattr(found, name), getattr(expected, name)
        assert name in but or one == other, f"{name} is {one}, not {other}"


def assert_rounded(c: Configuration, found: Any, expected: Any, what: str = "") -> None:
    """Hold predictions or gradients to others, but for rounding."""
    assert_close(found, expected, 2e-4 if c.is_single else 1e-10, what)


def assert_raises(error: type[Exception], call: Any, **arguments: Any) -> None:
    """Make a call that must fail."""
    try:
        call(**arguments)
    except error:
        return
    raise AssertionError(f"there was no {error.__name__}")


def left(estimator: Any) -> dict[str, Any]:
    """Return what an error must leave of an estimator: the same objects, with the same content."""
    return {name: (id(value), pickle.dumps(value)) for name, value in vars(estimator).items()}


def gradient(c: Configuration, *, double: bool = False, **changes: Any) -> tuple[float, Any]:
    """
    Return loss and gradient of all sequences together, where the fitted network stands.

    Of several windows, these are their means.
    """
    model, parameters = c.make(**changes), c.fitted.parameters_
    data = model._check(*c.data.given(c.form).values())
    recipe = model._build(data, model._seed())
    if double:
        parameters = Parameters(parameters.layout, parameters.flat.astype(float))
        targets = data.targets.astype(float) if c.is_regressor else data.targets
        data = Dataset(data.sequences.astype(float), targets, data.weights)
    members, weights = data.distinct(np.arange(len(data.sequences)))
    workspace, masks = PoisonedWorkspace(parameters.flat.dtype), np.random.default_rng(0)
    summed, loss = Parameters.zeros(parameters.layout, parameters.flat.dtype), 0.0
    total, n = float(weights.steps.sum()), 0
    for window in windows(recipe, parameters, data, members, weights, total, masks, workspace):
        n += 1
        for batch in window:
            clip = recipe.clipping.at_step(batch.of_sequences)
            loss += loss_and_gradient(recipe, parameters, batch, summed, workspace, clip)
    return loss / n, summed.flat / n
