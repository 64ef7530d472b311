"""The page where digits are drawn says what `predict_proba` says."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from skrnn.inspection import hidden_states

SCRIPT = Path(__file__).parents[2] / "docs" / "draw" / "export.py"
NUMBERS = """
(strips) => strips.map((strip) => [...strip.children].map((cell) =>
  cell.style.getPropertyValue("--size") * (cell.classList.contains("negative") ? -1 : 1)))
"""
STROKES = {  # tenths of the pad: 23 is at 0.2 from the left and 0.3 from the top
    0: "51 32 24 26 38 59 78 86 84 72 51",
    1: "33 51 59",
    2: "23 31 51 73 75 56 29 79",
    3: "22 41 62 63 45 65 76 78 59 28",
    4: "41 26 76, 63 59",
    5: "71 31 25 54 76 77 59 29",
    6: "61 33 26 38 59 78 76 55 36",
    7: "22 72 49, 45 75",  # as most in the data set are, with a bar
    8: "62 41 33 45 66 78 59 38 36 54 72 62",
    9: "73 52 33 35 46 65 73 69",
}


@pytest.fixture(scope="module")
def script():
    return runpy.run_path(str(SCRIPT))


@pytest.fixture(scope="module")
def model(script):
    return script["fit"]()


@pytest.fixture
def pad(visit):
    page, wrong = visit("draw.html")
    yield page
    assert wrong == []


def shown(page, kind):
    """Return the numbers of a column of the table, once what was drawn last is there."""
    page.wait_for_selector("#draw .rows[aria-busy=false]", state="attached")
    return np.array(page.eval_on_selector_all(f"#draw .{kind}", NUMBERS))


def check(page, model):
    """Compare what stands beside an image with what the network says of it; return the image."""
    image = shown(page, "pixels")
    rows = [image[:n] for n in range(1, 9)]
    np.testing.assert_allclose(shown(page, "probabilities"), model.predict_proba(rows), atol=1e-5)
    np.testing.assert_allclose(
        shown(page, "state"), hidden_states(model, [image])["layer_0"][0], atol=1e-5
    )
    return image


def way_of(page, stroke):
    """Yield where a pen is in the window, twice from each point of a stroke to the next."""
    box = page.locator("#draw svg").bounding_box()
    points = np.array([[int(x), int(y)] for x, y in stroke.split()]) / 10
    times = np.arange(len(points))
    for time in np.linspace(0, times[-1], 2 * times[-1] + 1):
        x, y = (np.interp(time, times, values) for values in points.T)
        yield box["x"] + x * box["width"], box["y"] + y * box["height"]


def by_mouse(page, stroke):
    for number, place in enumerate(way_of(page, stroke)):
        page.mouse.move(*place)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def by_finger(page, stroke):
    chromium = page.context.new_cdp_session(page)  # playwright itself only taps
    kind = "touchStart"
    for x, y in way_of(page, stroke):
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y}]}
        chromium.send("Input.dispatchTouchEvent", touch)
        kind = "touchMove"
    chromium.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_images_of_the_data_set(pad, model, script):
    for digit in range(10):
        pad.click(f"#draw .examples button:text('{digit}')")
        image = check(pad, model)
        assert np.array_equal(image, script["X_test"][script["y_test"] == digit][0])


def is_told(page, model, digit, draw):
    """Draw a digit and return whether the network tells it."""
    page.click("#draw .clear")
    assert not shown(page, "pixels").any()
    for stroke in STROKES[digit].split(", "):
        draw(page, stroke)
    assert check(page, model).sum() * 16 == 312  # as much ink as in others
    return f": {digit}," in page.inner_text("#draw output")


def test_digits_drawn_by_mouse(pad, model):
    assert sum(is_told(pad, model, digit, by_mouse) for digit in STROKES) >= 9


def test_a_digit_drawn_by_finger(pad, model):
    assert is_told(pad, model, 4, by_finger)
