"""A batch on several threads: the same gradient, whatever the number of threads."""

from dataclasses import replace

import numpy as np
import pytest

from skrnn import Elman
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.training import gradients as module
from skrnn.training.clipping import Clipping
from skrnn.training.gradients import loss_and_gradient, windows
from skrnn.training.progress import Progress, generator_in
from tests.rounding import assert_close
from tests.training.cases import make_data, make_recipe, make_step_data

pytestmark = pytest.mark.usefixtures("each_engine")

LENGTHS = (6, 2, 5, 5, 1, 6, 3)


def gradient(recipe, data, n_jobs, clipping=None):
    """Return the loss, the gradient, and whether anything was clipped."""
    recipe = replace(recipe, n_jobs=n_jobs)
    progress = Progress.begin(recipe, 0, np.dtype(float))
    parameters, workspace = progress.parameters, Workspace(float)
    gradients = Parameters.zeros(parameters.layout, float)
    gradients.flat[...] = 1  # to be added to
    members, weights = data.distinct(np.arange(len(data.sequences)))
    total = float(weights.steps.sum())
    for_masks = generator_in(progress.masks)
    ((batch,),) = windows(recipe, parameters, data, members, weights, total, for_masks, workspace)
    clip = None if clipping is None else clipping.at_step(batch.of_sequences)
    loss = loss_and_gradient(recipe, parameters, batch, gradients, workspace, clip)
    return loss, gradients.flat, clip is not None and clip.clipped


CASES = {
    "last": {},
    "replicated, dropout": {"target_replication": 0.5, "dropout": 0.3},
    "checkpoint": {"checkpoint": 2},
}


@pytest.mark.parametrize("n_jobs", [2, 3, 50])
@pytest.mark.parametrize("case", CASES)
def test_threads_change_the_gradient_by_no_more_than_rounding(case, n_jobs):
    recipe, data = make_recipe(**CASES[case]), make_data(LENGTHS)
    loss, expected, _ = gradient(recipe, data, 1)
    parallel_loss, parallel, _ = gradient(recipe, data, n_jobs)
    assert_close(parallel_loss, loss, 1e-14)
    assert np.abs(expected).max() > 1e-3
    assert_close(parallel, expected, 1e-14)
    again = gradient(recipe, data, n_jobs)
    assert (again[0], again[1].tobytes()) == (parallel_loss, parallel.tobytes())


def test_each_thread_has_its_columns_and_its_memory(monkeypatch):
    seen, original = [], module.loss_and_gradient

    def spy(recipe, parameters, batch, gradients, workspace, clip):
        seen.append((len(batch.lengths), gradients.flat, workspace))
        return original(recipe, parameters, batch, gradients, workspace, clip)

    monkeypatch.setattr(module, "loss_and_gradient", spy)
    gradient(make_recipe(), make_data(LENGTHS), 3)
    widths, gradients, workspaces = zip(*seen, strict=True)
    assert sorted(widths) == [2, 2, 3]
    assert len({id(own) for own in gradients}) == len({id(own) for own in workspaces}) == 3


def test_numbers_may_overflow_in_a_thread(monkeypatch):
    """As they may without threads: what it means is told by an error that helps, not a warning."""
    recipe, data = make_recipe(network=Network(Elman("relu"), 2, (5,), 2)), make_data((400, 390))
    begin = Progress.begin

    def begin_large(*arguments):
        progress = begin(*arguments)
        progress.parameters["layer_0.recurrent_weights"][...] = 10 * np.eye(5)
        return progress

    monkeypatch.setattr(Progress, "begin", begin_large)
    with np.errstate(over="ignore", invalid="ignore"):
        loss, _, _ = gradient(recipe, data, 2)
    assert not np.isfinite(loss)


def test_targets_of_steps():
    network = Network(Elman(), 2, (5,), 2, per_step=True)
    recipe, data = make_recipe(network=network), make_step_data(LENGTHS)
    _, expected, _ = gradient(recipe, data, 1)
    assert_close(gradient(recipe, data, 3)[1], expected, 1e-14)


@pytest.mark.parametrize(("threshold", "clips"), [(1e-3, True), (1e3, False)])
def test_each_thread_clips_its_sequences_and_says_so(threshold, clips):
    recipe, data = make_recipe(), make_data(LENGTHS)
    clipping = Clipping("step_norm", threshold)
    _, expected, clipped = gradient(recipe, data, 1, clipping)
    assert clipped == clips
    _, parallel, clipped = gradient(recipe, data, 3, clipping)
    assert clipped == clips
    assert_close(parallel, expected, 1e-14)


@pytest.mark.parametrize(("least", "n_parts"), [(1, 3), (2, 3), (3, 2), (5, 1), (100, 0)])
def test_as_many_threads_as_have_enough_to_do(least, n_parts, monkeypatch):
    """Of 7 sequences, each as much as the network has weights."""
    seen, original = [], module._on_threads
    spy = lambda n_parts, *rest: seen.append(n_parts) or original(n_parts, *rest)  # noqa: E731
    monkeypatch.setattr(module, "_on_threads", spy)
    recipe = make_recipe()
    monkeypatch.setattr(module, "LEAST_WORK", least * recipe.network.layout.size)
    gradient(recipe, make_data(LENGTHS), 3)
    assert seen == ([n_parts] if n_parts > 1 else [])
