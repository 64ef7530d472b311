"""Pipelines, by way of skl2onnx."""

from __future__ import annotations

from typing import Any

from skrnn.estimators.classifier import RNNSequenceClassifier
from skrnn.estimators.regressor import RNNSequenceRegressor
from skrnn.estimators.tagger import RNNSequenceTagger
from skrnn.export.converters import convert_estimator, parse, set_answers
from skrnn.export.fill_steps import convert_fill_steps, set_filled
from skrnn.export.graph import Tensor
from skrnn.export.per_step import convert_per_step, set_steps
from skrnn.export.sklearn_onnx import import_skl2onnx, type_of
from skrnn.export.stack_steps import convert_stack_steps, set_new_steps
from skrnn.export.transformers import OPTIONS
from skrnn.preprocessing.fill_steps import FillSteps
from skrnn.preprocessing.per_step import PerStep
from skrnn.preprocessing.stack_steps import StackSteps


def register() -> None:
    """
    Let skl2onnx's own functions convert skrnn's estimators and transformers in any pipeline.

    `skrnn.export.to_onnx` does so by itself. Call this to use ``skl2onnx.to_onnx`` or
    ``skl2onnx.convert_sklearn`` instead, for their options, or for a pipeline with an input for
    each column of a table, which its first transformer joins; skrnn's estimators read one X. The
    models differ from those of `skrnn.export.to_onnx` by what is skl2onnx's custom: the number of
    steps and the type of the input are those of the X that is given, and a classifier's
    probabilities are a list of dicts unless ``options={"zipmap": False}``. A tagger's are always an
    array. Options that are given by class or id also reach the transformer within a `PerStep`:
    `transformer_`, as it is fitted.

    A `CalibratedClassifierCV` around a classifier is converted, too. skl2onnx 1.20 writes other
    probabilities than it predicts if it stands around a pipeline, whatever this ends in: put it at
    the end of the pipeline instead. And with ``method="isotonic"``: between two points that the
    calibration knows, skl2onnx takes the nearest. Of a `TunedThresholdClassifierCV` it leaves the
    threshold out: take ``probabilities``, and compare with ``best_threshold_``.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    See Also
    --------
    to_onnx : Write a fitted estimator or pipeline as an ONNX model.

    Examples
    --------
    >>> import numpy as np, skl2onnx
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skrnn import RNNSequenceRegressor
    >>> from skrnn.export import register
    >>> X = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    >>> model = make_pipeline(StandardScaler(), RNNSequenceRegressor(4, tol=0.01)).fit(X, X.sum(1))
    >>> register()
    >>> [output.name for output in skl2onnx.to_onnx(model, X[:1]).graph.output]
    ['variable']
    """
    update = import_skl2onnx().update_registered_converter
    options = {"zipmap": [True, False, "columns"], "nocl": [False]}  # it asks for both
    options["log_proba"] = [True, False]
    converters = set_answers, convert_estimator
    update(
        RNNSequenceClassifier,
        "SkrnnRNNSequenceClassifier",
        *converters,
        options={**options, "raw_scores": [True, False]},  # CalibratedClassifierCV asks for them
    )
    update(RNNSequenceRegressor, "SkrnnRNNSequenceRegressor", *converters, parser=parse)
    update(
        RNNSequenceTagger,
        "SkrnnRNNSequenceTagger",
        *converters,
        options=options,
        parser=parse,
    )
    update(FillSteps, "SkrnnFillSteps", set_filled, convert_fill_steps)
    update(PerStep, "SkrnnPerStep", set_steps, convert_per_step)
    update(StackSteps, "SkrnnStackSteps", set_new_steps, convert_stack_steps)


def convert_pipeline(pipeline: Any, network: Any, X: Tensor, opset: int, output: str) -> Any:
    """Return the onnx.ModelProto of a fitted pipeline that ends in a network of skrnn's."""
    skl2onnx = import_skl2onnx()
    register()
    options: dict[Any, dict[str, Any]] = {**OPTIONS}
    if hasattr(pipeline, "classes_"):
        options[id(pipeline)] = {"zipmap": False}
        options[id(network)] = {"log_proba": output == "log_proba"}
    return skl2onnx.convert_sklearn(
        pipeline,
        initial_types=[(X.name, type_of(X))],
        name="skrnn",  # by default it is a random one
        target_opset=opset,
        options=options,
    )
