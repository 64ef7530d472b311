"""L-BFGS: the exact loss of all sequences, minimised by SciPy."""

import numpy as np
import pytest
import scipy.optimize

from skrnn import (
    LBFGS,
    Elman,
    RNNSequenceClassifier,
    RNNSequenceRegressor,
    RNNSequenceTagger,
)
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.training import lbfgs
from skrnn.training.dataset import Dataset
from skrnn.training.inference import NonFiniteError
from skrnn.training.loop import train
from skrnn.training.monitor import Monitor, Validation
from skrnn.training.progress import Progress
from skrnn.training.starts import best_of
from tests.gradients.cases import CASES
from tests.reference import oracle_of
from tests.reference.bptt import loss_and_gradients
from tests.rounding import assert_close
from tests.training.cases import begin, dataset, make_data, make_recipe, make_step_data

pytestmark = pytest.mark.usefixtures("each_engine")

LENGTHS = [3, 6, 1, 4, 6, 2]


def recipe_of(**changes):
    return make_recipe(optimizer=LBFGS(), alpha=0.1, **changes)


@pytest.mark.parametrize(
    ("replication", "per_step"), [(0.0, False), (0.5, False), (0.0, True)], ids=str
)
@pytest.mark.parametrize("batch_size", [2, 100])
@pytest.mark.parametrize("name", ["elman", "lstm"])
def test_scipy_gets_the_loss_of_the_oracle(name, batch_size, replication, per_step, monkeypatch):
    data, asked = (make_step_data if per_step else make_data)(LENGTHS), []
    network = Network(CASES[name], 2, (4, 3), 2, per_step=per_step)
    recipe = recipe_of(network=network, batch_size=batch_size, target_replication=replication)
    progress = begin(recipe)
    start = progress.parameters.flat.copy()

    def spy(function, flat, **settings):
        asked.append(function(flat + 0.25))
        return scipy.optimize.OptimizeResult(x=flat, success=True, nit=1)

    monkeypatch.setattr(lbfgs.scipy.optimize, "minimize", spy)
    train(recipe, progress, data, n_epochs=1)
    np.testing.assert_array_equal(progress.parameters.flat, start)

    parameters = Parameters(network.layout, start + 0.25)
    expected = Parameters.zeros(network.layout, float)
    total = data.weights.steps.sum()
    expected_loss = 0.0
    for key in network.layout:
        if "weights" in key:
            expected[key][...] = 0.1 / total * parameters[key]
            expected_loss += 0.05 / total * (parameters[key] ** 2).sum()
    zeros = [[tuple(np.zeros(n) for _ in network.cell.states)] for n in network.layer_sizes]
    for x, targets, weights in zip(data.sequences, data.targets, data.weights, strict=True):
        weight = weights.sum()
        loss, gradients, _, _ = loss_and_gradients(
            oracle_of(name),
            network,
            parameters,
            x,
            zeros,
            targets if per_step else targets[0],
            replication=replication,
            shares=weights[:, 0] / weight if per_step else None,
        )
        expected_loss += weight / total * loss
        for key, value in gradients.items():
            expected[key][...] += weight / total * value
    ((loss, gradient),) = asked
    assert_close(loss, expected_loss, 1e-12)
    assert_close(gradient, expected.flat, 1e-12)


def test_it_ends_in_a_minimum():
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e-7, patience=1000)
    ending = train(recipe, progress, data, n_epochs=1000)
    assert ending.complaint is None
    losses = progress.monitor.loss_curve
    assert (np.diff(losses) <= 0).all()
    assert losses[-1] < 0.8 * losses[0]
    assert progress.monitor.gradient_norms[-1][0] < 1e-5
    assert progress.monitor.clip_rates == [0.0] * len(losses)
    assert progress.n_seen >= len(LENGTHS) * len(losses)


def test_more_memory_is_another_way():
    results = []
    for memory in (1, 10):
        recipe = make_recipe(optimizer=LBFGS(memory=memory), alpha=0.1)
        progress = begin(recipe)
        train(recipe, progress, make_data(LENGTHS), n_epochs=20)
        results.append(progress.monitor.loss_curve[-1])
    assert abs(results[0] - results[1]) > 1e-6


@pytest.mark.parametrize("n_epochs", [1, 2, 7])
def test_the_recorded_loss_and_norm_are_those_of_the_parameters(n_epochs):
    data, recipe = make_data(LENGTHS), recipe_of()
    progress = begin(recipe)
    train(recipe, progress, data, n_epochs)
    plain = make_recipe(alpha=0.1, learning_rate=1e-300)
    same = begin(plain)
    same.parameters.flat[...] = progress.parameters.flat
    train(plain, same, data, n_epochs=1)
    assert progress.monitor.loss_curve[-1] == pytest.approx(same.monitor.loss_curve[0], rel=1e-12)
    norms = [monitor.gradient_norms[-1][0] for monitor in (progress.monitor, same.monitor)]
    assert norms[0] == pytest.approx(norms[1], rel=1e-9)


@pytest.mark.parametrize(
    ("optimizer", "n_epochs", "limit"),
    [(LBFGS(), 3, "ITERATIONS"), (LBFGS(max_fun=4), 100, "EVALUATIONS")],
)
def test_a_limit_that_is_reached_is_complained_of(optimizer, n_epochs, limit):
    recipe = make_recipe(optimizer=optimizer, alpha=0.1)
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e-7, patience=1000)
    complaint = train(recipe, progress, make_data(LENGTHS), n_epochs).complaint
    assert limit in complaint.upper()
    assert f"Raise max_iter={n_epochs} or max_fun={optimizer.max_fun}" in complaint


def test_the_monitor_ends_it():
    recipe = recipe_of()
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e-9, patience=3)
    ending = train(
        recipe, progress, make_data(LENGTHS), n_epochs=100, judge=lambda _: Validation(0.5, 0.7)
    )
    assert ending.complaint is None
    assert len(progress.monitor.validation_scores) == 5


def test_where_there_is_nothing_to_learn_one_epoch_is_recorded():
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e3, patience=3)
    start = progress.parameters.flat.copy()
    assert train(recipe, progress, data, n_epochs=9).complaint is None
    np.testing.assert_array_equal(progress.parameters.flat, start)
    assert len(progress.monitor.loss_curve) == 1
    plain = make_recipe(alpha=0.1)
    same = begin(plain)
    train(plain, same, data, n_epochs=1)
    for told, expected in zip(
        progress.monitor.gradient_norms[0], same.monitor.gradient_norms[0], strict=True
    ):
        assert told == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("batch_size", "sizes"), [(2, [2, 2, 2]), (4, [3, 3]), (100, [6])])
def test_batches_bound_what_is_in_memory_and_all_sequences_are_seen(batch_size, sizes, monkeypatch):
    seen, windows = [], lbfgs.windows

    def spy(recipe, parameters, data, members, *others):
        seen.append(len(members))
        return windows(recipe, parameters, data, members, *others)

    monkeypatch.setattr(lbfgs, "windows", spy)
    recipe = recipe_of(batch_size=batch_size)
    progress = begin(recipe)
    data = make_data(LENGTHS)
    train(recipe, progress, data, n_epochs=1)
    assert seen[: len(sizes)] == sizes
    n_evaluations = len(seen) // len(sizes)
    assert progress.n_seen == n_evaluations * len(LENGTHS)
    copies = data.take(np.repeat(np.arange(6), 2))
    doubled = begin(recipe)
    seen.clear()
    train(recipe, doubled, copies, n_epochs=1)
    assert seen[: len(sizes)] == sizes
    assert doubled.n_seen == len(seen) // len(sizes) * len(copies.sequences)


def test_a_weight_equals_copies_and_the_order_does_not_matter_bit_for_bit():
    data, results = make_data(LENGTHS), []
    members = np.arange(len(LENGTHS))
    targets = data.targets.steps[:, 0]
    weighted = dataset(data.sequences, targets, np.array([1.0, 2, 0, 3, 1, 1]))
    copies = np.repeat(members, [1, 2, 0, 3, 1, 1])
    for part in (
        weighted,
        weighted.take(members[::-1]),
        dataset(data.sequences.take(copies), targets[copies], np.ones(len(copies))),
    ):
        recipe = recipe_of()
        progress = begin(recipe)
        train(recipe, progress, part, n_epochs=30)
        results.append(progress.parameters.flat)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_float32_stays():
    recipe, data = recipe_of(), make_data(LENGTHS)
    data = Dataset(data.sequences.astype(np.float32), data.targets, data.weights)
    progress = begin(recipe, dtype=np.float32)
    train(recipe, progress, data, n_epochs=10)
    assert progress.parameters.flat.dtype == np.float32
    assert progress.monitor.loss_curve[-1] < progress.monitor.loss_curve[0]


@pytest.mark.parametrize("checkpoint", [True, 2])
def test_checkpoints_change_no_bit(checkpoint):
    results = []
    for setting in (False, checkpoint):
        recipe = recipe_of(checkpoint=setting)
        progress = begin(recipe)
        train(recipe, progress, make_data(LENGTHS), n_epochs=10)
        results.append(progress.parameters.flat)
    np.testing.assert_array_equal(results[0], results[1])


def test_ctrl_c_keeps_the_last_whole_iteration(monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    whole = begin(recipe)
    train(recipe, whole, data, n_epochs=3)
    original, calls = lbfgs.loss_and_gradient, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(progress.monitor.loss_curve) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    monkeypatch.setattr(lbfgs, "loss_and_gradient", interrupted)
    progress = begin(recipe)
    with pytest.warns(UserWarning, match="interrupted"):
        ending = train(recipe, progress, data, n_epochs=10)
    assert ending.interrupted
    np.testing.assert_array_equal(progress.parameters.flat, whole.parameters.flat)
    assert progress.monitor.loss_curve == whole.monitor.loss_curve


def let_fail(monkeypatch, how, when):
    """
    Let those evaluations fail, counted from 1, of which `when` says so.

    Return what will be the parameters of every one, and its loss.
    """
    original, seen = lbfgs.loss_and_gradient, []

    def failing(recipe, parameters, batch, gradients, workspace):
        loss = original(recipe, parameters, batch, gradients, workspace)
        seen.append((parameters.flat.copy(), loss))
        if when(len(seen)):
            loss = FAILURES[how].get("loss", loss)
            gradients.flat[:2] = FAILURES[how].get("gradient", gradients.flat[:2])
        return loss

    monkeypatch.setattr(lbfgs, "loss_and_gradient", failing)
    return seen


FAILURES = {
    "infinite loss": {"loss": np.inf},
    "negative infinity": {"loss": -np.inf},
    "no loss": {"loss": np.nan},
    "infinite gradient": {"gradient": np.inf},
    "gradient whose square is infinite": {"gradient": 1e200},
    "no gradient": {"gradient": np.nan},
    "nothing": {"loss": np.inf, "gradient": np.nan},
}
every_failure = pytest.mark.parametrize("how", FAILURES)


def at(progress, recipe, data):
    """Return the point at which a training is."""
    return lbfgs.loss_of_all(recipe, progress.copy(), data)(progress.parameters.flat)


@every_failure
@pytest.mark.parametrize("number", [2, 5, 12])
def test_of_a_step_that_has_no_finite_loss_half_is_tried(how, number, monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e-5, patience=1000)
    seen = let_fail(monkeypatch, how, lambda n: n == number)
    assert train(recipe, progress, data, n_epochs=1000).complaint is None
    points = np.array([flat for flat, _ in seen])
    assert len(np.unique(points, axis=0)) == len(points)  # the start is asked for twice
    before, there, then = points[number - 2 : number + 1]
    np.testing.assert_allclose(then - before, 0.5 * (there - before), rtol=0.01)
    assert (np.diff(progress.monitor.loss_curve) <= 0).all()
    assert progress.monitor.gradient_norms[-1][0] < 1e-4
    monkeypatch.undo()
    assert at(progress, recipe, data).loss == progress.monitor.loss_curve[-1]


@every_failure
def test_a_start_that_has_no_finite_loss_is_an_error(how, monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    let_fail(monkeypatch, how, lambda n: n == 1)
    with pytest.raises(NonFiniteError, match=r"in epoch 1\. Scale the inputs.*bounded states"):
        train(recipe, progress, data, n_epochs=9)
    monkeypatch.undo()
    train(recipe, progress, data, n_epochs=3)
    let_fail(monkeypatch, how, lambda n: n == 1)
    with pytest.raises(NonFiniteError, match="in epoch 4"):
        train(recipe, progress, data, n_epochs=9)


@every_failure
@pytest.mark.parametrize("first", [2, 5, 12])
def test_where_no_step_has_a_finite_loss_it_stops_at_the_best_and_says_so(how, first, monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    seen = let_fail(monkeypatch, how, lambda n: n >= first)
    complaint = train(recipe, progress, data, n_epochs=100).complaint
    assert "lead to where the loss is not finite. Scale the inputs" in complaint
    flat, loss = min(seen[: first - 1], key=lambda point: point[1])
    np.testing.assert_array_equal(progress.parameters.flat, flat)
    assert progress.monitor.loss_curve[-1] == loss
    assert np.isfinite(progress.monitor.gradient_norms).all()


def test_a_fall_that_is_cut_short_is_no_convergence(monkeypatch):
    """Near the start the loss is finite and falls by less than 2e-9, which is enough for SciPy."""
    original, recipe, data = lbfgs.loss_and_gradient, recipe_of(), make_data(LENGTHS)
    progress, messages = begin(recipe), []
    progress.monitor = Monitor(tol=1e-9, patience=1000)
    start = progress.parameters.flat.copy()

    def walled(recipe, parameters, batch, gradients, workspace):
        loss = original(recipe, parameters, batch, gradients, workspace)
        gradients.flat *= 1e-6
        return 1e-6 * loss if np.linalg.norm(parameters.flat - start) < 1e-3 else np.inf

    def spy(*arguments, minimize=scipy.optimize.minimize, **settings):
        result = minimize(*arguments, **settings)
        messages.append(result.message)
        return result

    monkeypatch.setattr(lbfgs, "loss_and_gradient", walled)
    monkeypatch.setattr(lbfgs.scipy.optimize, "minimize", spy)
    assert "not finite" in train(recipe, progress, data, n_epochs=100).complaint
    assert messages[0].startswith("CONVERGENCE")


def test_a_gradient_below_tol_is_convergence_whatever_was_tried_before(monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    slopes = []
    for n_epochs in (0, 1, 100):
        progress = begin(recipe)
        if n_epochs == 100:
            progress.monitor = Monitor(tol=slopes[1], patience=1000)
        let_fail(monkeypatch, "infinite loss", lambda n: n == 2)
        ending = train(recipe, progress, data, n_epochs) if n_epochs else None
        monkeypatch.undo()
        slopes.append(np.abs(at(progress, recipe, data).gradient).max())
    assert ending.complaint is None
    assert len(progress.monitor.loss_curve) == 1
    assert slopes[0] > slopes[1] == slopes[2]


def test_the_best_point_is_kept_even_if_no_iteration_ended_there(monkeypatch):
    """It is a little lower than the start, and too little; whatever else is tried is not finite."""
    original, recipe, data = lbfgs.loss_and_gradient, recipe_of(), make_data(LENGTHS)
    seen = []

    def odd(recipe, parameters, batch, gradients, workspace):
        seen.append(
            (parameters.flat.copy(), original(recipe, parameters, batch, gradients, workspace))
        )
        return {1: 1.0, 2: 1.0 - 1e-12}.get(len(seen), np.nan)

    monkeypatch.setattr(lbfgs, "loss_and_gradient", odd)
    progress = begin(recipe)
    assert train(recipe, progress, data, n_epochs=100).complaint is not None
    np.testing.assert_array_equal(progress.parameters.flat, seen[1][0])
    assert progress.monitor.loss_curve == [1.0 - 1e-12]


def by_size(parameters):
    return Validation(-float(np.abs(parameters.flat).max()), 0.7)


@pytest.mark.parametrize("judge", [None, by_size])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_after_each_iteration_loss_and_norm_are_those_of_the_parameters(dtype, judge, monkeypatch):
    recipe, data, told = recipe_of(), make_data(LENGTHS), []
    data = Dataset(data.sequences.astype(dtype), data.targets, data.weights)
    progress = begin(recipe, dtype=dtype)
    progress.monitor = Monitor(tol=0.0, patience=1000)  # to where rounding is all there is

    def note(progress):
        told.append((progress.parameters.flat, progress.parameters.flat.copy(), progress.monitor))
        point = at(progress, recipe, data)
        assert point.loss == progress.monitor.loss_curve[-1]
        assert (point.norm, point.norm) == progress.monitor.gradient_norms[-1]

    train(recipe, progress, data, 300, judge, note)
    assert len(told) > 20
    losses = progress.monitor.loss_curve
    assert (np.diff(losses) <= 0).all()
    assert len({flat.tobytes() for _, flat, _ in told}) == len(set(losses))
    if judge is not None:
        scores = progress.monitor.validation_scores
        found = [Parameters(recipe.network.layout, flat) for _, flat, _ in told]
        assert scores == [judge(parameters).score for parameters in found]
        np.testing.assert_array_equal(progress.best.flat, told[int(np.argmax(scores))][1])


@pytest.mark.parametrize(("max_fun", "n_epochs"), [(1, 100), (15_000, 1)])
def test_the_smallest_limits_leave_one_iteration(max_fun, n_epochs):
    recipe, data = make_recipe(optimizer=LBFGS(max_fun=max_fun), alpha=0.1), make_data(LENGTHS)
    progress = begin(recipe)
    start = at(progress, recipe, data)
    assert "LIMIT" in train(recipe, progress, data, n_epochs).complaint
    (loss,) = progress.monitor.loss_curve
    assert loss == at(progress, recipe, data).loss < start.loss


def test_another_fit_goes_on_from_the_best(monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)
    let_fail(monkeypatch, "infinite loss", lambda n: n >= 6)
    train(recipe, progress, data, n_epochs=100)
    monkeypatch.undo()
    before = progress.monitor.loss_curve[-1]
    n_before = len(progress.monitor.loss_curve)
    seen = let_fail(monkeypatch, "infinite loss", lambda n: n == 2)
    train(recipe, progress, data, n_epochs=5)
    assert seen[0][1] == before
    assert (np.diff(progress.monitor.loss_curve) <= 0).all()
    assert len(progress.monitor.loss_curve) == n_before + 5


def test_ctrl_c_after_a_step_that_had_no_finite_loss_keeps_the_last_whole_iteration(monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    progress = begin(recipe)

    def when(n):
        if n == 7:
            raise KeyboardInterrupt
        return n == 6

    seen = let_fail(monkeypatch, "infinite loss", when)
    with pytest.warns(UserWarning, match="interrupted"):
        train(recipe, progress, data, n_epochs=10)
    losses = [loss for _, loss in seen]
    assert progress.monitor.loss_curve[-1] == losses[np.argmin(losses[:5])]
    monkeypatch.undo()
    assert at(progress, recipe, data).loss == progress.monitor.loss_curve[-1]


def test_a_start_without_a_finite_loss_is_passed_over(monkeypatch):
    recipe, data = recipe_of(), make_data(LENGTHS)
    let_fail(monkeypatch, "no loss", lambda n: n == 1)
    progress, _ = best_of(
        begin(recipe),
        2,
        lambda start: Progress.begin(recipe, 0, np.dtype(float), start),
        lambda progress: train(recipe, progress, data, n_epochs=3),
    )
    alone = Progress.begin(recipe, 0, np.dtype(float), 1)
    train(recipe, alone, data, n_epochs=3)
    np.testing.assert_array_equal(progress.parameters.flat, alone.parameters.flat)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(
    ("kind", "seed"),
    [(RNNSequenceClassifier, 2), (RNNSequenceRegressor, 0), (RNNSequenceTagger, 1)],
)
def test_states_that_outgrow_float32_on_the_way_do_not_end_a_fit(kind, seed, early_stopping):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(10, 1000, 2)).astype(np.float32)
    y = {
        RNNSequenceClassifier: lambda: rng.integers(2, size=10),
        RNNSequenceRegressor: lambda: rng.normal(size=10),
        RNNSequenceTagger: lambda: (X.cumsum(1).sum(2) > 0).astype(int),
    }[kind]()
    model = kind(
        6,
        cell=Elman(activation="relu", recurrent_init="identity"),
        optimizer="lbfgs",
        max_iter=5,
        random_state=seed,
    )
    given = {"X_val": X[:3], "y_val": y[:3]} if early_stopping else {}
    model.fit(X, y, **given)
    assert model.n_iter_ == 5
