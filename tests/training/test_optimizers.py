import copy
import pickle

import numpy as np
import pytest

from skrnn import SGD, Adam, AdamW, RMSprop
from skrnn.training.optimizers import OPTIMIZERS

START = np.array([1.0, -2.0, 0.5])
GRADIENT = np.array([0.3, -4.0, 1e-3])
RATE = 0.01
BY_STEPS = [name for name in OPTIMIZERS if name != "lbfgs"]


def after(optimizer, n_steps, dtype=float):
    """Return the parameters after some steps along a constant gradient."""
    parameters = START.astype(dtype)
    stepper = optimizer.start(parameters)
    for _ in range(n_steps):
        stepper.step(parameters, GRADIENT.astype(dtype), RATE)
    assert stepper.n_steps == n_steps
    return parameters


@pytest.mark.parametrize("n_steps", [1, 2, 30])
class TestClosedFormForAConstantGradient:
    def test_sgd_without_momentum(self, n_steps):
        for nesterov in (True, False):
            expected = START - n_steps * RATE * GRADIENT
            np.testing.assert_allclose(after(SGD(0.0, nesterov=nesterov), n_steps), expected)

    def test_sgd_with_momentum(self, n_steps):
        mu, t = 0.8, np.arange(1, n_steps + 1)
        velocities = -RATE * (1 - mu**t) / (1 - mu)  # times the gradient
        plain = START + velocities.sum() * GRADIENT
        ahead = START + (mu * velocities - RATE).sum() * GRADIENT
        np.testing.assert_allclose(after(SGD(mu, nesterov=False), n_steps), plain)
        np.testing.assert_allclose(after(SGD(mu, nesterov=True), n_steps), ahead)

    def test_rmsprop(self, n_steps):
        decay, epsilon, t = 0.9, 1e-3, np.arange(1, n_steps + 1)[:, None]
        root = np.sqrt(1 - decay**t) * np.abs(GRADIENT)
        expected = START - RATE * (GRADIENT / (root + epsilon)).sum(axis=0)
        np.testing.assert_allclose(after(RMSprop(decay, epsilon), n_steps), expected)

    def test_adam(self, n_steps):
        expected = START - n_steps * RATE * GRADIENT / (np.abs(GRADIENT) + 1e-3)
        np.testing.assert_allclose(after(Adam(epsilon=1e-3), n_steps), expected)

    def test_adamw(self, n_steps):
        shrink, step = 1 - RATE * 0.5, RATE * GRADIENT / (np.abs(GRADIENT) + 1e-3)
        geometric = (1 - shrink**n_steps) / (1 - shrink)
        expected = shrink**n_steps * START - geometric * step
        np.testing.assert_allclose(after(AdamW(epsilon=1e-3, weight_decay=0.5), n_steps), expected)


@pytest.mark.parametrize("name", BY_STEPS)
def test_parabola_and_rosenbrock(name):
    def parabola(p):
        return 2 * (p - 1)

    def rosenbrock(p):
        x, y = p
        return np.array([2 * (x - 1) + 400 * x * (x**2 - y), 200 * (y - x**2)])

    optimizer = AdamW(weight_decay=0.0) if name == "adamw" else OPTIMIZERS[name]()
    rates = {"sgd": (0.02, 2e-4), "rmsprop": (1e-3, 1e-4)}.get(name, (0.02, 5e-3))
    for gradient, rate in zip((parabola, rosenbrock), rates, strict=True):
        parameters = np.array([-1.0, 0.5])
        stepper = optimizer.start(parameters)
        for _ in range(30_000):
            stepper.step(parameters, gradient(parameters), rate)
        np.testing.assert_allclose(parameters, 1, atol=5e-3)


@pytest.mark.parametrize("name", BY_STEPS)
def test_float32_stays(name):
    single = after(OPTIMIZERS[name](), 5, np.float32)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, after(OPTIMIZERS[name](), 5), rtol=1e-5)


@pytest.mark.parametrize("name", BY_STEPS)
def test_a_copied_stepper_goes_on_alike_and_alone(name):
    parameters = START.copy()
    stepper = OPTIMIZERS[name]().start(parameters)
    stepper.step(parameters, GRADIENT.copy(), RATE)
    results = []
    for other in (copy.deepcopy(stepper), pickle.loads(pickle.dumps(stepper)), stepper):
        result = parameters.copy()
        other.step(result, GRADIENT.copy(), RATE)
        results.append(result)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])
