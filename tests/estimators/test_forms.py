"""What X may be, and that its form changes nothing."""

import numpy as np
import pandas as pd
import pytest

from skrnn import Elman, RNNSequenceClassifier
from tests.estimators.forms import FORMS, N_FEATURES, N_STEPS, make_forms

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def model(**changes):
    settings = {"hidden_layer_sizes": 8, "max_iter": 5, "n_step_features": 2, "random_state": 0}
    return RNNSequenceClassifier(**settings | changes)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_learns(form):
    forms, y = make_forms()
    fitted = model(hidden_layer_sizes=32, learning_rate=0.01, max_iter=200).fit(forms[form], y)
    assert fitted.score(forms[form], y) > 0.95
    assert fitted.classes_.tolist() == ["down", "up"]
    assert fitted.n_features_in_ == (N_STEPS * N_FEATURES if form == "rows" else N_FEATURES)
    np.testing.assert_allclose(fitted.predict_proba(forms[form]).sum(axis=1), 1)


def test_padding_with_nan_gives_the_very_model_of_the_list():
    forms, y = make_forms()
    models = [model().fit(forms[form], y) for form in ("list", "objects", "NaN-padded")]
    for other in models[1:]:
        np.testing.assert_array_equal(other.parameters_.flat, models[0].parameters_.flat)
        np.testing.assert_array_equal(
            other.predict_proba(forms["list"]), models[0].predict_proba(forms["NaN-padded"])
        )


def test_rows_and_3d_give_the_same_model():
    forms, y = make_forms()
    rows, cube = (model().fit(forms[form], y) for form in ("rows", "3-D"))
    np.testing.assert_array_equal(rows.parameters_.flat, cube.parameters_.flat)


ARCHITECTURES = [
    {"cell": "elman"},
    {"cell": "lstm", "hidden_layer_sizes": (8, 6)},
    {"bidirectional": True},
    {"bidirectional": True, "hidden_layer_sizes": (8, 6), "readout": "mean"},
    {"readout": "max"},
]


@pytest.mark.parametrize("architecture", [{}, *ARCHITECTURES], ids=str)
def test_a_ragged_batch_equals_its_sequences_one_by_one(architecture):
    forms, y = make_forms()
    fitted = model(**architecture).fit(forms["list"], y)
    together = fitted.predict_proba(forms["list"])
    alone = np.concatenate([fitted.predict_proba([x]) for x in forms["list"]])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("architecture", [{}, *ARCHITECTURES], ids=str)
def test_the_order_of_sequences_does_not_change_a_full_batch(architecture):
    """Not by a bit, or else training would magnify it."""
    forms, y = make_forms()
    order = np.random.default_rng(0).permutation(len(y))
    one = model(batch_size=100, **architecture).fit(forms["list"], y)
    X = [forms["list"][i] for i in order]
    other = model(batch_size=100, **architecture).fit(X, y[order])
    np.testing.assert_array_equal(other.parameters_.flat, one.parameters_.flat)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
def test_every_architecture_learns_ragged_sequences(architecture):
    forms, y = make_forms()
    settings = {"hidden_layer_sizes": 16, "learning_rate": 0.01, "max_iter": 200} | architecture
    assert model(**settings).fit(forms["list"], y).score(forms["list"], y) > 0.95


def test_reading_backwards_is_reading_the_reversed_sequence_onwards():
    """With the weights of the two directions exchanged, reversed input gives the same scores."""
    forms, y = make_forms()
    fitted = model(bidirectional=True, cell="lstm").fit(forms["list"], y)
    expected = fitted.decision_function(forms["list"])
    p = fitted.parameters_
    for name in ("input_weights", "recurrent_weights", "bias"):
        onwards, backwards = p[f"layer_0.{name}"], p[f"layer_0_reverse.{name}"]
        onwards[...], backwards[...] = backwards.copy(), onwards.copy()
    p["readout.weights"][...] = np.roll(p["readout.weights"], 8, axis=1)
    reversed_sequences = [x[::-1] for x in forms["list"]]
    np.testing.assert_allclose(
        fitted.decision_function(reversed_sequences), expected, rtol=0, atol=1e-12
    )


def test_univariate_items():
    X = [np.arange(n, dtype=float) for n in (3, 4, 5, 6)]
    fitted = model().fit(X, [0, 0, 1, 1])
    assert fitted.n_features_in_ == 1
    columns = [x[:, None] for x in X]
    np.testing.assert_array_equal(fitted.predict_proba(X), fitted.predict_proba(columns))


@pytest.mark.parametrize("form", FORMS)
def test_precision_of_x_is_that_of_the_model(form):
    forms, y = make_forms(np.float32)
    fitted = model().fit(forms[form], y)
    assert fitted.parameters_.flat.dtype == np.float32
    assert fitted.predict_proba(forms[form]).dtype == np.float32
    double, _ = make_forms(np.float64)
    assert fitted.predict_proba(double[form]).dtype == np.float32
    integers = model().fit(np.arange(12).reshape(3, 4), [0, 1, 0])
    assert integers.parameters_.flat.dtype == np.float64


@pytest.mark.parametrize("form", FORMS)
def test_a_single_precision_model_reads_double_precision_as_single(form):
    (double, y), (single, _) = make_forms(np.float64), make_forms(np.float32)
    fitted = model().fit(single[form], y)
    np.testing.assert_array_equal(
        fitted.predict_proba(double[form]), fitted.predict_proba(single[form])
    )
    too_large = np.full((1, 12) if form == "rows" else (1, 6, 2), 1e300)
    with pytest.raises(ValueError, match=r"infinity \(inf\): sequence 0, time step 0, feature 0"):
        fitted.predict(too_large)


def test_data_frames_and_their_names():
    forms, y = make_forms()
    frame = pd.DataFrame(forms["rows"]).add_prefix("c")
    fitted = model().fit(frame, pd.Series(y))
    assert fitted.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(
        fitted.parameters_.flat, model().fit(forms["rows"], y).parameters_.flat
    )
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame.rename(columns={"c0": "other"}))


@pytest.mark.parametrize(
    ("fitted_on", "given", "hint"),
    [
        ("rows", "3-D", r"fitted on 2-D.*Pass X\.reshape\(len\(X\), -1\)"),
        ("rows", "list", "fitted on 2-D.*Fit on a list of arrays as well"),
        (
            "3-D",
            "rows",
            r"fitted on 3-D or ragged.*pass \[X\]; .*X\.reshape\(len\(X\), n_timesteps",
        ),
        ("list", "rows", r"fitted on 3-D or ragged.*pass \[X\]"),
    ],
)
def test_predict_in_the_other_rank_has_a_hint(fitted_on, given, hint):
    forms, y = make_forms()
    fitted = model().fit(forms[fitted_on], y)
    with pytest.raises(ValueError, match=hint):
        fitted.predict(forms[given])


def test_a_series_of_arrays():
    forms, y = make_forms()
    series = pd.Series(forms["list"], index=range(100, 100 + len(y)))
    fitted = model().fit(series, pd.Series(y, index=series.index))
    np.testing.assert_array_equal(
        fitted.predict(series), model().fit(forms["list"], y).predict(series)
    )


def test_predict_accepts_3d_and_ragged_alike():
    forms, y = make_forms()
    fitted = model().fit(forms["3-D"], y)
    np.testing.assert_array_equal(
        fitted.predict_proba(forms["3-D"]), fitted.predict_proba(list(forms["3-D"]))
    )
    np.testing.assert_array_equal(
        fitted.predict_proba(forms["NaN-padded"]), fitted.predict_proba(forms["list"])
    )


@pytest.mark.parametrize("form", FORMS)
def test_predict_with_other_features(form):
    forms, y = make_forms()
    fitted = model().fit(forms[form], y)
    X = forms[form]
    fewer = [x[:, :1] for x in X] if form in {"list", "objects"} else X[..., :1]
    with pytest.raises(ValueError, match=r"X has 1 features, but .* expecting"):
        fitted.predict(fewer)


def test_predict_uses_the_layout_of_the_fit():
    forms, y = make_forms()
    fitted = model(cell=Elman()).fit(forms["rows"], y)
    before = fitted.predict_proba(forms["rows"])
    fitted.set_params(n_step_features=3, hidden_layer_sizes=99, cell__activation="relu")
    np.testing.assert_array_equal(fitted.predict_proba(forms["rows"]), before)


def test_x_is_not_changed():
    forms, y = make_forms()
    copies, _ = make_forms()
    for form, X in forms.items():
        model().fit(X, y).predict(X)
        for before, after in zip(copies[form], X, strict=True):
            np.testing.assert_array_equal(before, after)
