import pickle
import tracemalloc

import numpy as np
import pytest

from skrnn import LBFGS, AdamW, Elman
from skrnn.network.dropout import dropout_masks
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.sequences.batching import similar_lengths
from skrnn.training import descent, gradients, loop
from skrnn.training.clipping import Clipping
from skrnn.training.inference import NonFiniteError
from skrnn.training.loop import train
from skrnn.training.monitor import Monitor, Validation
from skrnn.training.progress import generator_in
from tests.reference import elman
from tests.reference.bptt import loss_and_gradients
from tests.rounding import assert_close
from tests.training.cases import begin, make_data, make_recipe, make_step_data

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"alpha": 3.0},
        {"truncation_length": 2},
        {"target_replication": 0.5},
        {"dropout": 0.4},
        {"dropout": 0.4, "truncation_length": 2, "alpha": 3.0},
        {"clipping": Clipping("step_norm", 0.05), "target_replication": 0.5},
        {"clipping": Clipping("norm", 0.05), "alpha": 3.0},
        {"clipping": Clipping("value", 0.01), "alpha": 3.0},
    ],
    ids=str,
)
def test_an_update_is_the_textbook_one(settings):
    """One step of plain gradient descent, against the slow oracle sequence by sequence."""
    check_update(make_data([3, 6, 1, 4]), Network(Elman(), 2, (5, 4), 2), settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"alpha": 3.0},
        {"dropout": 0.4},
        {"clipping": Clipping("step_norm", 0.05)},
        {"clipping": Clipping("norm", 0.05), "alpha": 3.0},
    ],
    ids=str,
)
def test_an_update_with_targets_of_steps(settings):
    network = Network(Elman(), 2, (5, 4), 2, per_step=True)
    check_update(make_step_data([3, 6, 1, 4]), network, settings)


def check_update(data, network, settings):
    recipe = make_recipe(network=network, **settings)
    progress = begin(recipe)
    parameters, total, alpha = progress.parameters, data.weights.steps.sum(), recipe.alpha
    members, _ = data.distinct(np.arange(4))
    masks = dropout_masks(recipe.dropout, (5, 4), 4, np.dtype(float), generator_in(progress.masks))
    penalised = [key for key in parameters.layout if "weights" in key]
    before = Parameters(parameters.layout, parameters.flat.copy())
    expected_loss = alpha / 2 * sum((before[key] ** 2).sum() for key in penalised) / total
    expected = Parameters.zeros(parameters.layout, float)
    for key in penalised:
        expected[key][...] = alpha * before[key] / total
    sequences, targets, weights = map(list, (data.sequences, data.targets, data.weights))
    for column, member in enumerate(members):
        share = weights[member].sum() / total
        clips_steps = recipe.clipping.by == "step_norm"
        loss, gradients, _, _ = loss_and_gradients(
            elman,
            recipe.network,
            parameters,
            sequences[member],
            [[(np.zeros(5),)], [(np.zeros(4),)]],
            targets[member] if network.per_step else targets[member][0],
            replication=recipe.target_replication,
            shares=weights[member][:, 0] / weights[member].sum() if network.per_step else None,
            truncation_length=recipe.truncation_length,
            clip=recipe.clipping.threshold if clips_steps else None,
            masks=[mask[:, column] for mask in masks] or None,
        )
        expected_loss += share * loss
        for key, value in gradients.items():
            expected[key][...] += share * value
    recipe.clipping.at_update(expected.flat)

    train(recipe, progress, data, n_epochs=1)
    assert_close(progress.monitor.loss_curve, [expected_loss], 1e-12)
    assert_close(parameters.flat, before.flat - 0.1 * expected.flat, 1e-12)


def test_every_update_draws_new_masks(monkeypatch):
    drawn = []

    def spy(*arguments):
        drawn.append(dropout_masks(*arguments))
        return drawn[-1]

    monkeypatch.setattr(gradients, "dropout_masks", spy)
    recipe = make_recipe(dropout=0.5, batch_size=2)
    train(recipe, begin(recipe), make_data([4] * 4), n_epochs=2)
    assert len({masks[0].tobytes() for masks in drawn}) == 4


def test_truncation_beyond_every_length_is_full_backpropagation():
    data, results = make_data([3, 6, 1, 4]), []
    for truncation_length in (None, 6, 1000):
        recipe = make_recipe(truncation_length=truncation_length)
        progress = begin(recipe)
        train(recipe, progress, data, n_epochs=3)
        results.append(progress.parameters.flat)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_truncated_training_keeps_activations_of_the_window_only():
    """T = 5000, k = 50: the peak of memory is that of 50 steps, a hundredth of the full pass."""
    n_steps, k, n_units, n_sequences = 5000, 50, 32, 4
    data = make_data([n_steps] * n_sequences)
    network = Network(Elman(), 2, (n_units,), 2)
    peaks = {}
    for truncation_length in (k, None):
        recipe = make_recipe(network=network, truncation_length=truncation_length)
        progress = begin(recipe)
        tracemalloc.start()
        train(recipe, progress, data, n_epochs=1)
        peaks[truncation_length] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    hidden_states = n_units * n_sequences * 8  # bytes per step
    assert peaks[None] > 3 * n_steps * hidden_states  # gates, states and their gradients
    assert peaks[k] < 10 * k * hidden_states
    assert peaks[k] < peaks[None] / 50


def test_every_sequence_weighs_by_its_weight_across_batches():
    data = make_data([4] * 10)
    recipe = make_recipe(learning_rate=1e-12, batch_size=3)
    progress = begin(recipe)
    train(recipe, progress, data, n_epochs=1)
    whole = make_recipe(learning_rate=1e-12)
    other = begin(whole)
    train(whole, other, data, n_epochs=1)
    assert progress.monitor.loss_curve == pytest.approx(other.monitor.loss_curve, abs=1e-9)
    assert progress.stepper.n_steps == 4
    assert progress.n_seen == 10


def test_a_batch_without_weight_is_skipped():
    data = make_data([4] * 6)
    data.weights.steps[:2] = 0
    recipe = make_recipe(batch_size=2, shuffle=False)
    progress = begin(recipe)
    train(recipe, progress, data, n_epochs=1)
    assert progress.stepper.n_steps == 2
    assert np.isfinite(progress.monitor.loss_curve).all()


def test_a_loss_that_overflows_names_the_epoch_and_a_remedy():
    recipe = make_recipe(
        network=Network(Elman("relu"), 2, (5,), 2), learning_rate=1e6, batch_size=2
    )
    with pytest.raises(NonFiniteError, match=r"in epoch \d+.*learning_rate below 1e\+06.*clip"):
        train(recipe, begin(recipe), make_data([50] * 6), n_epochs=50)


def test_penalties_that_overflow_are_named():
    for changes, named in (
        ({"alpha": 1e308}, r"a smaller alpha \(now 1e\+308\), and"),
        ({"optimizer": AdamW(weight_decay=1e308)}, r"alpha .* or weight_decay \(now 1e\+308\)"),
    ):
        recipe = make_recipe(**changes)
        with pytest.raises(NonFiniteError, match=named):
            train(recipe, begin(recipe), make_data([5] * 6), n_epochs=9)


def test_ctrl_c_keeps_the_model_so_far(monkeypatch):
    calls = []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return original(*arguments)

    original = loop.train_epoch
    monkeypatch.setattr(loop, "train_epoch", interrupted)
    recipe = make_recipe()
    progress = begin(recipe)
    with pytest.warns(UserWarning, match="interrupted"):
        train(recipe, progress, make_data([4] * 6), n_epochs=10)
    assert len(progress.monitor.loss_curve) == 2


@pytest.mark.parametrize("n_updates", [7, 8, 9])
def test_ctrl_c_within_an_epoch_keeps_the_epochs_before(monkeypatch, n_updates):
    original, calls = descent.loss_and_gradient, []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > n_updates:
            raise KeyboardInterrupt
        return original(*arguments)

    data, recipe = make_data([4] * 6), make_recipe(batch_size=2)  # three updates an epoch
    whole = begin(recipe)
    train(recipe, whole, data, n_epochs=n_updates // 3)
    monkeypatch.setattr(descent, "loss_and_gradient", interrupted)
    progress = begin(recipe)
    with pytest.warns(UserWarning, match="interrupted"):
        train(recipe, progress, data, n_epochs=10)
    assert pickle.dumps(progress) == pickle.dumps(whole)


def test_ctrl_c_in_the_first_epoch_leaves_nothing_to_keep(monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(descent, "loss_and_gradient", interrupted)
    recipe = make_recipe()
    with pytest.raises(KeyboardInterrupt):
        train(recipe, begin(recipe), make_data([4] * 6), n_epochs=10)


def test_training_stops_when_the_monitor_says_so():
    recipe = make_recipe()
    progress = begin(recipe)
    progress.monitor = Monitor(tol=1e9, patience=4)
    train(recipe, progress, make_data([4] * 6), n_epochs=100)
    assert len(progress.monitor.loss_curve) == 6


def test_the_best_validated_parameters_are_kept_beside_the_current_ones():
    recipe = make_recipe()
    progress, scores, seen = begin(recipe), iter([0.1, 0.8, 0.3]), []

    def judge(parameters):
        seen.append(parameters.flat.copy())
        return Validation(next(scores), 0.7)

    train(recipe, progress, make_data([4] * 6), n_epochs=3, judge=judge)
    np.testing.assert_array_equal(progress.best.flat, seen[1])
    np.testing.assert_array_equal(progress.parameters.flat, seen[2])


def test_memory_of_an_epoch_is_reused_by_the_next():
    recipe = make_recipe(batch_size=2)
    progress, workspace = begin(recipe), Workspace(np.float64)
    data = make_data([4] * 6)
    descent.train_epoch(recipe, progress, data, workspace)
    before = {name: id(buffer) for name, buffer in workspace._buffers.items()}
    descent.train_epoch(recipe, progress, data, workspace)
    assert {name: id(buffer) for name, buffer in workspace._buffers.items()} == before


@pytest.mark.parametrize("settings", [{}, {"target_replication": 0.5, "truncation_length": 2}])
def test_an_epoch_tells_of_all_its_updates(settings, monkeypatch):
    norms, at_update = [], Clipping.at_update

    def spy(*arguments):
        norm, clipped = at_update(*arguments)
        norms.append(norm)
        return norm, clipped

    monkeypatch.setattr(Clipping, "at_update", spy)
    data = make_data([4, 6, 4, 5, 4, 4, 3])
    free = make_recipe(batch_size=1, **settings)
    train(free, begin(free), data, n_epochs=1)
    threshold = np.mean(sorted(norms)[-3:-1])  # so that two updates are above
    recipe = make_recipe(
        batch_size=1, clipping=Clipping("norm", threshold), learning_rate=1e-9, **settings
    )
    norms.clear()
    progress = begin(recipe)
    train(recipe, progress, data, n_epochs=1)
    assert progress.monitor.gradient_norms == [(np.median(norms), max(norms))]
    assert np.median(norms) != np.mean(norms)
    assert progress.monitor.clip_rates == [np.mean(np.array(norms) > threshold)]
    assert 0 < progress.monitor.clip_rates[0] < 1


@pytest.mark.parametrize(
    "settings",
    [
        {"alpha": 3.0},
        {"target_replication": 0.4, "dropout": 0.3},
        {"clipping": Clipping("step_norm", 0.05)},
        {"optimizer": LBFGS(), "alpha": 3.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("per_step", [False, True])
def test_a_batch_in_parts_of_similar_length_is_the_batch(per_step, settings, monkeypatch):
    """Where lengths differ much, no more than rounding differs."""
    lengths = [2, 3, 2, 300, 3, 280]
    if per_step:
        settings = settings | {"target_replication": 0.0}
    network = Network(Elman(), 2, (5, 4), 2, per_step=per_step)
    recipe = make_recipe(network=network, **settings)
    data, results, n_parts = (make_step_data if per_step else make_data)(lengths), [], []

    def counted(n_steps):
        parts = similar_lengths(n_steps)
        n_parts.append(len(parts))
        return parts

    for divide in (counted, lambda n_steps: [slice(0, len(n_steps))]):
        monkeypatch.setattr(gradients, "similar_lengths", divide)
        progress = begin(recipe)
        train(recipe, progress, data, n_epochs=3)
        results.append(progress)
    assert set(n_parts) == {2}
    parts, whole = results
    assert_close(parts.monitor.loss_curve, whole.monitor.loss_curve, 1e-12)
    assert_close(parts.parameters.flat, whole.parameters.flat, 1e-12)
    assert parts.monitor.clip_rates == whole.monitor.clip_rates


@pytest.mark.parametrize("per_step", [False, True])
def test_a_long_sequence_does_not_drag_the_others_along(per_step):
    """Memory is that of the steps there are, not of the longest times the number of sequences."""
    network, peaks = Network(Elman(), 2, (32,), 2, per_step=per_step), []
    for lengths in ([3000], [3000] + 99 * [5]):
        data = (make_step_data if per_step else make_data)(lengths)
        recipe = make_recipe(network=network)
        progress = begin(recipe)
        data.identities  # noqa: B018 - what is kept of the data is no matter of batches
        tracemalloc.start()
        train(recipe, progress, data, n_epochs=1)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
