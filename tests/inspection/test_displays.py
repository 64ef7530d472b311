import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from skrnn import RNNSequenceClassifier, RNNSequenceRegressor, RNNSequenceTagger
from skrnn.inspection import (
    AttributionDisplay,
    GradientFlowDisplay,
    HiddenStateDisplay,
    LossCurveDisplay,
    attributions,
    gradient_flow,
)
from tests.estimators.forms import make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FORMS, Y = make_forms()
X = FORMS["list"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def model(**changes):
    settings = {"hidden_layer_sizes": (5, 4), "max_iter": 3, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


def draw(kind, fitted, **settings):
    """Make a display of any kind."""
    if kind is LossCurveDisplay:
        return kind.from_estimator(fitted, **settings)
    if kind is GradientFlowDisplay:
        return kind.from_estimator(fitted, X, Y, **settings)
    one = X[:1] if kind is AttributionDisplay else X[0]
    return kind.from_estimator(fitted, one, **settings)


DISPLAYS = [AttributionDisplay, GradientFlowDisplay, HiddenStateDisplay, LossCurveDisplay]


@pytest.mark.parametrize("kind", DISPLAYS)
def test_the_convention(kind):
    """A figure of its own or given axes, and a display that can be drawn again."""
    fitted = model().fit(X, Y)
    display = draw(kind, fitted)
    assert display.figure_ is display.ax_.figure
    figure, axes = plt.subplots(1, 2)
    given = draw(kind, fitted, ax=axes[1])
    assert given.ax_ is axes[1]
    assert given.figure_ is figure
    assert given.plot(ax=axes[0]) is given
    assert given.ax_ is axes[0]
    figure.canvas.draw()


def test_loss_curve():
    fitted = model().fit(X, Y)
    display = LossCurveDisplay.from_estimator(fitted, line_kw={"color": "red"})
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3])
    np.testing.assert_array_equal(display.line_.get_ydata(), fitted.loss_curve_)
    assert display.line_.get_color() == "red"
    assert display.line_.get_label() == "RNNSequenceClassifier"
    assert display.score_ax_ is display.validation_line_ is None
    assert display.ax_.get_ylabel() == "Training loss"
    named = LossCurveDisplay.from_estimator(fitted, ax=display.ax_, name="again")
    assert [text.get_text() for text in named.ax_.get_legend().get_texts()][-1] == "again"


def test_loss_curve_with_validation():
    fitted = model(early_stopping=True).fit(X, Y)
    display = LossCurveDisplay.from_estimator(fitted)
    np.testing.assert_array_equal(display.score_line_.get_ydata(), fitted.validation_scores_)
    losses = display.validation_line_.get_ydata()
    np.testing.assert_array_equal(losses, fitted.validation_loss_curve_)
    assert display.ax_.get_ylabel() == "Training loss, validation loss (dotted)"
    assert display.score_ax_ is not display.ax_
    assert display.score_ax_.get_ylabel() == "Validation score (dashed)"


def test_two_loss_curves_share_the_axes_of_their_scores():
    figure, (ax, other) = plt.subplots(2, sharex=True)
    displays = [
        LossCurveDisplay.from_estimator(model(early_stopping=True, cell=cell).fit(X, Y), ax=ax)
        for cell in ("gru", "elman")
    ]
    assert displays[0].score_ax_ is displays[1].score_ax_
    apart = LossCurveDisplay.from_estimator(model(early_stopping=True).fit(X, Y), ax=other)
    assert apart.score_ax_ is not displays[0].score_ax_
    assert len(figure.axes) == 4


def test_loss_curve_of_a_warm_start_that_adds_the_validation():
    fitted = model(warm_start=True).fit(X, Y).set_params(early_stopping=True, max_iter=2).fit(X, Y)
    display = LossCurveDisplay.from_estimator(fitted)
    assert display.line_.get_xdata().tolist() == [1, 2, 3, 4, 5]
    for line in (display.score_line_, display.validation_line_):
        assert line.get_xdata().tolist() == [4, 5]


def test_gradient_flow():
    fitted = model().fit(X, Y)
    display = GradientFlowDisplay.from_estimator(fitted, X, Y, name="GRU")
    flow = gradient_flow(fitted, X, Y)
    assert [line.get_label() for line in display.lines_] == ["GRU, layer_0", "GRU, layer_1"]
    for line, name in zip(display.lines_, ("layer_0", "layer_1"), strict=True):
        np.testing.assert_array_equal(line.get_xdata(), flow["distance"])
        np.testing.assert_array_equal(line.get_ydata(), flow[name])
    one = GradientFlowDisplay(gradient_flow(model(hidden_layer_sizes=3), X, Y), "one").plot()
    assert [line.get_label() for line in one.lines_] == ["one"]
    unnamed = GradientFlowDisplay(one.flow).plot()
    assert [line.get_label() for line in unnamed.lines_] == ["layer_0"]


@pytest.mark.parametrize("form", ["rows", "3-D", "list"])
def test_hidden_states_end_in_the_prediction(form):
    X = FORMS[form]
    fitted = model(n_step_features=2).fit(X, Y)
    display = HiddenStateDisplay.from_estimator(fitted, X[3])
    expected = fitted.predict_proba(X[3:4])[0]
    n_steps = len(X[3]) if form != "rows" else X.shape[1] // 2
    assert display.hidden.shape == (4, n_steps)
    assert display.outputs.shape == (n_steps, 2)
    np.testing.assert_allclose(display.outputs[-1], expected, rtol=1e-12)
    np.testing.assert_array_equal(display.image_.get_array(), display.hidden)
    assert [line.get_label() for line in display.lines_] == ["down", "up"]
    np.testing.assert_array_equal(display.lines_[1].get_ydata(), display.outputs[:, 1])
    for line in display.lines_:
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, n_steps + 1))
    assert display.image_.get_extent() == [0.5, n_steps + 0.5, 3.5, -0.5]
    assert display.output_ax_.get_shared_x_axes().joined(display.output_ax_, display.ax_)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_hidden_states_of_each_layer(bidirectional):
    fitted = model(bidirectional=bidirectional).fit(X, Y)
    displays = [HiddenStateDisplay.from_estimator(fitted, X[3], layer=i) for i in (0, 1, -1, -2)]
    n_directions = 1 + bidirectional
    shapes = [display.hidden.shape for display in displays]
    assert shapes == [(n_directions * n, len(X[3])) for n in (5, 4, 4, 5)]
    np.testing.assert_array_equal(displays[0].hidden, displays[3].hidden)


def test_probabilities_are_those_of_the_sequence_so_far():
    fitted = model(readout="mean").fit(X, Y)
    display = HiddenStateDisplay.from_estimator(fitted, X[3])
    prefixes = fitted.predict_proba([X[3][:n] for n in range(1, len(X[3]) + 1)])
    np.testing.assert_allclose(display.outputs, prefixes, rtol=1e-12)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_tags_of_steps_are_those_that_are_predicted(bidirectional):
    tags = [np.where(x[:, 0] > 0, "up", "down") for x in X]
    fitted = RNNSequenceTagger(4, max_iter=2, bidirectional=bidirectional).fit(X, tags)
    display = HiddenStateDisplay.from_estimator(fitted, X[3])
    np.testing.assert_allclose(display.outputs, fitted.predict_proba(X[3:4])[0], rtol=1e-12)
    assert [line.get_label() for line in display.lines_] == ["down", "up"]


@pytest.mark.parametrize("y", [[x.sum() for x in X], X], ids=["one", "two, at every step"])
def test_predictions_in_units_of_y(y):
    fitted = RNNSequenceRegressor(4, max_iter=2).fit(X, y)
    display = HiddenStateDisplay.from_estimator(fitted, X[3])
    assert display.output_ax_.get_ylabel() == "Prediction"
    assert len(display.lines_) == (2 if y is X else 1)
    expected = fitted.predict(X[3:4])[0]
    found = display.outputs if y is X else display.outputs[-1, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (display.output_ax_.get_legend() is not None) == (y is X)


@pytest.mark.parametrize("layout", [None, "constrained", "tight"])
def test_probabilities_take_the_upper_third_of_the_axes(layout):
    fitted = model().fit(X, Y)
    given = [plt.subplots(1, 2, layout=layout)[1][1], plt.figure(layout=layout).add_subplot()]
    if layout is None:  # layouts know nothing of axes that are placed by hand
        given.append(plt.figure().add_axes((0.1, 0.1, 0.3, 0.3)))
    for ax in given:
        before = ax.get_position()
        display = HiddenStateDisplay.from_estimator(fitted, X[0], ax=ax)
        ax.figure.canvas.draw()
        units, above = display.ax_.get_position(), display.output_ax_.get_position()
        assert units.y1 < above.y0
        assert above.height < 0.6 * units.height
        np.testing.assert_allclose((units.x0, units.x1), (above.x0, above.x1))
        bar = display.colorbar_.ax.get_position()
        assert units.x1 < bar.x0
        np.testing.assert_allclose((units.y0, units.y1), (bar.y0, bar.y1))
        if layout is None:
            np.testing.assert_allclose((units.x0, units.y0), (before.x0, before.y0))
            np.testing.assert_allclose(above.y1, before.y1)
        if layout != "tight":  # which knows nothing of axes within axes
            numbers = display.colorbar_.ax.get_tightbbox()
            others = [other for other in ax.figure.axes if other.get_position().x0 > bar.x1]
            assert bar.x1 < before.x1
            assert all(numbers.x1 < other.get_tightbbox().x0 for other in others)


@pytest.mark.parametrize("kind", DISPLAYS)
def test_legends_cover_nothing(kind):
    fitted = model(bidirectional=True, early_stopping=True).fit(X, Y)
    display = draw(kind, fitted)
    display.figure_.canvas.draw()
    (legend,) = [ax.get_legend() for ax in display.figure_.axes if ax.get_legend()]
    box = legend.get_window_extent()
    for ax in display.figure_.axes:
        assert not box.overlaps(ax.get_window_extent())
        labels = [axis.get_tightbbox() for axis in (ax.xaxis, ax.yaxis)]
        assert not any(box.overlaps(label) for label in labels if label is not None)
    assert box.x1 <= display.figure_.bbox.x1
    assert box.y1 <= display.figure_.bbox.y1


def test_steps_and_units_are_whole_numbers():
    display = HiddenStateDisplay.from_estimator(model(hidden_layer_sizes=2).fit(X, Y), X[0][:2])
    display.figure_.canvas.draw()
    for ticks in (display.ax_.get_xticks(), display.ax_.get_yticks()):
        np.testing.assert_array_equal(ticks, np.round(ticks))


def test_attributions():
    fitted = model().fit(X, Y)
    with pytest.raises(ValueError, match=r"must name the 2 features .* names 1"):
        AttributionDisplay.from_estimator(fitted, X[3:4], feature_names=["a"])
    display = AttributionDisplay.from_estimator(fitted, X[3:4], "up", feature_names=["a", "b"])
    expected = attributions(fitted, X[3:4], "up")[0]
    np.testing.assert_array_equal(display.image_.get_array(), expected.T)
    np.testing.assert_allclose(display.sequence_image_.get_array()[0], expected.sum(axis=1))
    assert display.image_.norm.vmin == -display.image_.norm.vmax
    assert [line.get_label() for line in display.lines_] == ["a", "b"]
    assert [label.get_text() for label in display.ax_.get_yticklabels()] == ["a", "b"]
    for line, course in zip(display.lines_, X[3].T, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), np.arange(1, len(X[3]) + 1))
        np.testing.assert_array_equal(line.get_ydata(), course)
    still = AttributionDisplay(np.zeros((3, 1)), np.zeros((3, 1))).plot()
    assert still.sequence_ax_.get_legend() is None
    for form in ("rows", "3-D", "NaN-padded", "objects"):
        fitted = model(n_step_features=2).fit(FORMS[form], Y)
        assert AttributionDisplay.from_estimator(fitted, FORMS[form][:1]).steps.shape == (6, 2)
    with pytest.raises(ValueError, match=r"one sequence, such as X\[:1\], but it has 2"):
        AttributionDisplay.from_estimator(model().fit(X, Y), X[:2])


def test_one_class_has_no_gradient_to_draw():
    display = GradientFlowDisplay.from_estimator(model(), X, ["only"] * len(X))
    assert display.ax_.get_yscale() == "linear"


def test_hidden_states_by_hand():
    """h_t = tanh(W x_t + U h_(t-1) + b), the second layer on top."""
    fitted = model(cell="elman").fit(X, Y)
    display = HiddenStateDisplay.from_estimator(fitted, X[0])
    p, below, above = fitted.parameters_, np.zeros(5), np.zeros(4)
    for t, x in enumerate(X[0]):
        for i, size in ((0, 5), (1, 4)):
            W, U, b = (
                p[f"layer_{i}.{name}"] for name in ("input_weights", "recurrent_weights", "bias")
            )
            assert b.shape == (size,)
            if i == 0:
                below = np.tanh(W @ x + U @ below + b)
            else:
                above = np.tanh(W @ below + U @ above + b)
        np.testing.assert_allclose(display.hidden[:, t], above, rtol=1e-12)


def test_hidden_states_of_both_directions_stand_at_the_same_step():
    fitted = model(bidirectional=True, hidden_layer_sizes=3).fit(X, Y)
    display = HiddenStateDisplay.from_estimator(fitted, X[0])
    changed = X[0].copy()
    changed[2] += 1
    other = HiddenStateDisplay.from_estimator(fitted, changed)
    differs = (display.hidden != other.hidden).any(axis=1), display.hidden != other.hidden
    assert differs[0].all()
    onwards, backwards = differs[1][:3], differs[1][3:]
    assert not onwards[:, :2].any()
    assert onwards[:, 2:].all()
    assert backwards[:, :3].all()
    assert not backwards[:, 3:].any()


def test_padding_is_left_out():
    fitted = model().fit(FORMS["3-D"], Y)
    padded = np.vstack([X[0], np.full((2, X[0].shape[1]), np.nan)])
    assert HiddenStateDisplay.from_estimator(fitted, padded).hidden.shape == (4, len(X[0]))


def test_errors():
    for kind in (AttributionDisplay, LossCurveDisplay, HiddenStateDisplay):
        with pytest.raises(NotFittedError):
            draw(kind, model())
        with pytest.raises(TypeError, match="estimator must be one of skrnn's, not a list"):
            draw(kind, [])
    fitted = model().fit(X, Y)
    for layer in (2, -3, 0.5):
        with pytest.raises(ValueError, match=rf"layer={layer} is not among the 2 layers"):
            HiddenStateDisplay.from_estimator(fitted, X[0], layer=layer)
    with pytest.raises(ValueError, match=r"one sequence of 2 features a step; its shape is \(3, 4"):
        HiddenStateDisplay.from_estimator(fitted, np.ones((3, 4)))
    with pytest.raises(ValueError, match="NaN"):
        HiddenStateDisplay.from_estimator(fitted, [[np.nan, 1.0], [1.0, 1.0]])


def test_matplotlib_is_imported_for_a_picture_only():
    script = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from skrnn import RNNSequenceClassifier\n"
        "from skrnn.inspection import LossCurveDisplay, gradient_flow\n"
        "gradient_flow(RNNSequenceClassifier(2), [[[1.0]], [[2.0]]], [0, 1])\n"
        "try: LossCurveDisplay([1.0]).plot()\n"
        "except ImportError as error: print(error)\n"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert output.stdout.decode().strip().endswith("pip install matplotlib.")
