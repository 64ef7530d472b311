"""Fits that are promised to be the same, bit for bit, though they come about in other ways."""

from dataclasses import replace
from unittest import mock

import numpy as np

from tests.campaign.comparisons import assert_same_fit, assert_same_weights
from tests.campaign.law import law
from tests.gradients.cases import PoisonedWorkspace


def goes_in_parts(c):
    """Tell whether a call need not see all the data, nor choose between beginnings."""
    return c.takes_steps and c.model.n_init == 1 and not (c.validates or c.is_balanced)


@law()
def a_seed_gives_the_same_bits(c):
    assert_same_fit(c.fit(), c.fitted)


@law()
def a_fit_forgets_what_was_before(c):
    again = c.copy_of_fitted().set_params(warm_start=False)
    assert_same_fit(again.fit(**c.given()), c.fit(warm_start=False))


@law(goes_in_parts)
def epochs_add_up_in_calls_of_partial_fit(c):
    parts = c.make()
    classes = {} if c.is_regressor else {"classes": c.fitted.classes_}
    for _ in range(c.fitted.n_iter_):
        parts.partial_fit(**c.given(), **classes)
    assert_same_fit(parts, c.fitted)


@law(lambda c: c.takes_steps and c.model.n_init == 1 and not c.ends_with_training)
def epochs_add_up_in_warm_starts(c):
    warm = c.make(max_iter=1, warm_start=True)
    for _ in range(c.fitted.n_iter_):
        warm.fit(**c.given())
    assert_same_fit(warm, c.fitted, but=("n_iter_",))


@law(lambda c: goes_in_parts(c) and not c.ends_with_training)
def fits_and_calls_of_partial_fit_go_on_with_each_other(c):
    settings = {"tol": 0.0, "n_iter_no_change": 10}
    mixed = c.make(max_iter=1, warm_start=True, **settings)
    mixed.fit(**c.given()).partial_fit(**c.given()).fit(**c.given())
    assert_same_fit(mixed, c.fit(max_iter=3, **settings), but=("n_iter_",))


@law(lambda c: "class_weight" not in c.parameters and not c.holds_out)
def a_whole_weight_equals_copies(c):
    rng = np.random.default_rng(c.seed)
    weights = rng.integers(4, size=len(c.data))
    weights[: c.n_values] = 1  # so that no class is lost
    copies = rng.permutation(np.repeat(np.arange(len(weights)), weights))
    once = replace(c.data, weights=None)
    weighted = c.fit(replace(once, weights=list(weights)), batch_size=1000)
    assert_same_fit(c.fit(once.take(copies), batch_size=1000), weighted, but=("t_",))


@law()
def weights_and_the_penalty_count_by_their_shares(c):
    scale = 2.0 ** c.choose(-300, 1, 300)
    weights = c.data.weights or [1.0] * len(c.data)
    scaled = replace(c.data, weights=[scale * w for w in weights])
    assert_same_fit(c.fit(scaled, alpha=scale * c.model.alpha), c.fitted)


@law(lambda c: c.weights == "of steps")
def a_step_without_weight_has_no_target(c):
    y = [np.array(y, None if y.dtype.kind in "fM" else object) for y in c.data.y]
    for item, w in zip(y, c.data.weights, strict=True):
        item[w == 0] = np.nan if c.is_regressor else "NaT"
    assert_same_fit(c.fit(replace(c.data, y=y)), c.fitted)


@law(lambda c: not c.holds_out)
def the_order_of_sequences_changes_no_bit_of_a_full_batch(c):
    order = np.random.default_rng(c.seed).permutation(len(c.data))
    of_other_zeros = replace(c.data, x=[np.where(x == 0, -x, x) for x in c.data.x])
    other = c.fit(of_other_zeros.take(order), batch_size=1000)
    assert_same_weights(other, c.fit(batch_size=1000))


@law(lambda c: not c.model.bidirectional)
def checkpoints_change_no_bit(c):
    checkpoint = False if c.model.checkpoint else c.choose(True, 1, 3)
    assert_same_fit(c.fit(checkpoint=checkpoint), c.fitted)


@law(lambda c: c.takes_steps and not c.model.bidirectional)
def a_window_of_all_steps_is_full_backpropagation(c):
    settings = {"truncation_length": None, "truncation_stride": None}
    windows = c.fit(**settings | {"truncation_length": 1000})
    assert_same_fit(windows, c.fit(**settings))


@law(lambda c: c.takes_steps and not (c.validates or c.is_single))
def threads_change_a_fit_by_rounding(c):
    one, *two = (c.fit(n_jobs=n, n_init=1) for n in (1, 2, 2))
    assert_same_fit(*two)
    assert two[0].clip_rate_curve_ == one.clip_rate_curve_
    np.testing.assert_allclose(c.said(two[0]), c.said(one), rtol=1e-6, atol=1e-6)


@law()
def memory_full_of_nan_changes_no_bit(c):
    with (
        mock.patch("skrnn.training.loop.Workspace", PoisonedWorkspace),
        mock.patch("skrnn.training.lbfgs.Workspace", PoisonedWorkspace),
        mock.patch("skrnn.training.inference.Workspace", PoisonedWorkspace),
    ):
        poisoned = c.fit()
        np.testing.assert_array_equal(c.said(poisoned), c.said(c.fitted))
    assert_same_fit(poisoned, c.fitted)
