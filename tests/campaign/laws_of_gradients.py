"""Gradients of all sequences together, where a fitted network stands."""

from unittest import mock

from skrnn.inspection import check_gradients
from tests.campaign.comparisons import assert_rounded, gradient
from tests.campaign.law import law


def assert_same_gradient(c, found, expected):
    """Hold a loss and its gradient to others, but for rounding."""
    for one, other in zip(found, expected, strict=True):
        assert_rounded(c, one, other)


@law(lambda c: not c.has_kinks)
def gradients_are_those_of_differences(c):
    given = c.data.given(c.form)
    estimator = c.choose(c.model, c.fitted)
    for step in (
        1e-5,
        1e-6,
    ):  # of a wrong gradient, no step is right; curvature asks for a short one
        table = check_gradients(estimator, given["X"], given["y"], n_probes=1, step=step)
        wrong = (table["relative_error"] > 1e-6) & (table["absolute_error"] > 1e-9)
        if not wrong.any():
            return
    raise AssertionError({name: column[wrong] for name, column in table.items()})


@law(lambda c: c.takes_steps and c.every_step and not c.model.bidirectional)
def windows_count_each_step_once(c):
    whole, windows = (
        gradient(c, truncation_length=length, truncation_stride=stride)
        for length, stride in ((None, None), (3, c.choose(1, 2, 3)))
    )
    assert_rounded(c, windows[0], whole[0], "loss")


@law()
def threads_change_a_gradient_by_rounding(c):
    alone = gradient(c, n_jobs=1)
    for n in (2, 3):
        assert_same_gradient(c, gradient(c, n_jobs=n), alone)


@law(lambda c: len(set(c.lengths)) > 1)
def parts_of_a_batch_add_up_to_its_gradient(c):
    expected = gradient(c)
    for size in (1, 1000):
        with mock.patch(
            "skrnn.training.gradients.similar_lengths",
            lambda lengths, size=size: [slice(i, i + size) for i in range(0, len(lengths), size)],
        ):
            assert_same_gradient(c, gradient(c), expected)


@law()
def blocks_and_products_change_a_gradient_by_rounding(c):
    with (
        mock.patch("skrnn.training.inference.BLOCK_STEPS", 2),
        mock.patch("skrnn.network.products.LARGE", 0),
        mock.patch("skrnn.network.wide.WIDE", c.choose(0, 1000)),
        mock.patch("skrnn.network.wide.COLUMNS", 10),
    ):
        found = gradient(c)
    assert_same_gradient(c, found, gradient(c))


@law(lambda c: c.is_single)
def single_precision_is_double_precision_rounded(c):
    single, double = (gradient(c, double=double, dropout=0.0) for double in (False, True))
    assert_same_gradient(c, single, double)
