"""What a fitted estimator says, in whatever way it is asked."""

from dataclasses import replace
from unittest import mock

import numpy as np
from sklearn.metrics import accuracy_score, r2_score

from skrnn.export import to_onnx
from tests.campaign.comparisons import assert_rounded
from tests.campaign.data import OF_EQUAL_LENGTHS, OF_ROWS
from tests.campaign.law import law
from tests.export.cases import run
from tests.rounding import assert_close


@law()
def what_is_said_is_finite_and_in_the_form_of_x(c):
    given, n_steps, rows = c.data.given(c.form), [len(x) for x in c.data.x], c.said(c.fitted)
    n_targets = sum(n_steps) if c.per_step else len(n_steps)
    assert rows.shape == (n_targets, c.n_values)
    assert np.isfinite(rows).all()
    predicted = c.fitted.predict(given["X"])
    if c.per_step and c.form not in OF_EQUAL_LENGTHS:
        assert isinstance(predicted, list if c.form in {"list", "NaN-padded"} else np.ndarray)
        assert [len(item) for item in predicted] == n_steps
    else:
        assert predicted.shape == given["y"].shape
    if not c.is_regressor:
        codes = np.searchsorted(c.fitted.classes_, c.in_a_row(predicted))
        assert_rounded(c, rows[np.arange(n_targets), codes], rows.max(axis=1))
        assert_rounded(c, rows.sum(axis=1), 1)


@law()
def what_is_recorded_fits_together(c):
    fitted = c.fitted
    assert len(fitted.loss_curve_) == len(fitted.clip_rate_curve_) == fitted.n_iter_
    assert fitted.gradient_norm_curve_.shape == (fitted.n_iter_, 2)
    assert np.isfinite([*fitted.loss_curve_, *fitted.gradient_norm_curve_.flat]).all()
    if c.takes_steps and not c.holds_out:
        assert fitted.t_ == fitted.n_iter_ * len(c.data)
    if c.validates:
        assert len(fitted.validation_scores_) == fitted.n_iter_
        assert len(fitted.validation_loss_curve_) == fitted.n_iter_
        assert fitted.best_validation_score_ == max(fitted.validation_scores_)
        if c.parameters.get("scoring") == "loss":
            assert fitted.best_validation_score_ == -min(fitted.validation_loss_curve_)
    by_other = c.parameters.get("scoring") == "loss" or "class_weight" in c.parameters
    if c.n_validation > 0 and not by_other and not c.learns_quantiles:
        score = fitted.score(**c.validation.given(c.form))
        assert_rounded(c, score, fitted.best_validation_score_)


@law()
def the_score_is_that_of_what_is_said(c):
    given = c.data.given(c.form)
    said = c.in_a_row(c.fitted.predict(given["X"]))
    right = [y if c.per_step else [y] for y in c.data.y]
    of_each = [1.0] * len(right) if c.data.weights is None else c.data.weights
    weights = np.concatenate([np.resize(w, len(y)) for w, y in zip(of_each, right, strict=True)])
    right, there = np.concatenate(right), weights > 0
    metric = r2_score if c.is_regressor else accuracy_score
    expected = metric(right[there], said[there], sample_weight=weights[there])
    assert_rounded(c, c.fitted.score(**given), expected)


@law()
def alone_is_as_in_company(c):
    rows = np.concatenate([c.said(c.fitted, c.data.take([i])) for i in range(len(c.data))])
    assert_rounded(c, rows, c.said(c.fitted))


@law()
def the_order_of_sequences_changes_predictions_by_rounding(c):
    order = np.random.default_rng(c.seed).permutation(len(c.data))
    lengths = [len(x) if c.per_step else 1 for x in c.data.x]
    places = np.split(np.arange(sum(lengths)), np.cumsum(lengths)[:-1])
    expected = c.said(c.fitted)[np.concatenate([places[i] for i in order])]
    assert_rounded(c, c.said(c.fitted, c.data.take(order)), expected)


@law()
def blocks_change_predictions_by_rounding(c):
    with mock.patch.multiple("skrnn.training.inference", BLOCK_STEPS=2, PREDICT_BATCH=3):
        said = c.said(c.fitted)
    assert_rounded(c, said, c.said(c.fitted))


@law(lambda c: not c.model.bidirectional)
def a_stream_says_what_predict_says(c):
    stream, (first, *_) = c.fitted.stream(), c.data.x
    after = np.array([np.ravel(stream.update(step)) for step in first])
    said = c.said(c.fitted, c.data.take([0]))
    assert_rounded(c, after[-len(said) :], said)
    begun = c.data.until(min(len(x) for x in c.data.x))
    together = c.fitted.stream(len(begun)).update(np.stack(begun.x))
    said = c.said(c.fitted, begun).reshape(len(begun), -1, c.n_values)[:, -1]
    assert_rounded(c, np.reshape(together, said.shape), said)


@law(lambda c: c.labels != "dates")
def an_onnx_model_says_the_same(c):
    X = c.data.given("rows" if c.form in OF_ROWS else "NaN-padded")["X"]
    said = run(to_onnx(c.fitted), X.astype(np.float32))
    rows = said["variable" if c.is_regressor else "probabilities"].reshape(-1, c.n_values)
    assert_close(rows[~np.isnan(rows).all(axis=1)], c.said(c.fitted), 1e-4)


@law()
def precision_stays(c):
    double = replace(c.data, x=[x.astype(float) for x in c.data.x])
    assert c.fitted.parameters_.flat.dtype == c.dtype
    assert c.said(c.fitted).dtype == ("float64" if c.is_regressor else c.dtype)
    np.testing.assert_array_equal(c.said(c.fitted, double), c.said(c.fitted))
    warm = c.copy_of_fitted().set_params(warm_start=True, max_iter=1)
    assert warm.fit(**c.given(double)).parameters_.flat.dtype == c.dtype
