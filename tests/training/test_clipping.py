import numpy as np
import pytest

from skrnn.training.clipping import CLIP_BY, Clipping

pytestmark = pytest.mark.usefixtures("each_engine")


def clipped(by, threshold, gradient):
    gradient = np.array(gradient)
    Clipping(by, threshold).at_update(gradient)
    return gradient


@pytest.mark.parametrize(
    ("by", "threshold", "changed"),
    [
        ("norm", 4.9, True),
        ("norm", 5.1, False),
        ("norm", None, False),
        ("value", 3.9, True),
        ("value", 4.1, False),
        ("step_norm", 0.1, False),
    ],
)
def test_tells_the_norm_before_and_whether_it_clipped(by, threshold, changed):
    told = Clipping(by, threshold).at_update(np.array([3.0, -4.0]))
    assert told == (pytest.approx(5.0), changed)


def test_a_signal_at_its_threshold_is_not_clipped():
    clip = Clipping("step_norm", 2.0).at_step(np.array([0.5, 0.0]))
    clip(np.array([[0.6, 0.0], [0.8, 0.0]]))
    assert not clip.clipped


def test_step_norm_tells_whether_it_clipped_at_any_step():
    clip = Clipping("step_norm", 2.0).at_step(np.array([0.5, 0.5]))
    for signal, expected in ((0.9, False), (1.1, True), (0.1, True)):
        clip(np.array([[0.3, signal]]))
        assert clip.clipped == expected


def test_norm_scales_the_whole_gradient():
    np.testing.assert_allclose(clipped("norm", 1.0, [3.0, -4.0]), [0.6, -0.8])
    for threshold in (5.0, 7.0):
        np.testing.assert_array_equal(clipped("norm", threshold, [3.0, -4.0]), [3.0, -4.0])


def test_value_clips_each_element():
    np.testing.assert_array_equal(clipped("value", 3.5, [3.0, -4.0]), [3.0, -3.5])


@pytest.mark.parametrize("by", CLIP_BY)
def test_no_threshold_no_clipping(by):
    np.testing.assert_array_equal(clipped(by, None, [3e9, -4e9]), [3e9, -4e9])
    assert Clipping(by, None).at_step(np.ones(2)) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norm_survives_squares_that_overflow(dtype):
    large = np.sqrt(np.finfo(dtype).max) * 100
    gradient = np.array([3, -4], dtype) * dtype(large)
    Clipping("norm", 1.0).at_update(gradient)
    assert gradient.dtype == dtype
    np.testing.assert_allclose(gradient, [0.6, -0.8], rtol=1e-6)


def test_only_step_norm_acts_at_steps():
    assert Clipping("norm", 1.0).at_step(np.ones(2)) is None
    assert Clipping("value", 1.0).at_step(np.ones(2)) is None
    np.testing.assert_array_equal(clipped("step_norm", 1.0, [3.0, -4.0]), [3.0, -4.0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_step_norm_holds_each_sequence_to_its_share_of_the_threshold(dtype):
    d_hidden = np.array([[3, 0.3, 0, 0], [4, 0.4, 0, 1]], dtype)
    shares = np.array([0.5, 0.5, 0.5, 0], dtype)
    clip = Clipping("step_norm", 2.0).at_step(shares)
    clip(d_hidden)
    assert d_hidden.dtype == dtype
    np.testing.assert_allclose(d_hidden, [[0.6, 0.3, 0, 0], [0.8, 0.4, 0, 0]], rtol=1e-6)
