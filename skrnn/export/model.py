"""Fitted estimators, and pipelines that end in one, as ONNX models."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.export.estimators import add_estimator, input_of, outputs_of
from skrnn.export.graph import Graph, Tensor, numbered
from skrnn.export.pipeline import convert_pipeline
from skrnn.export.proto import constants_of, import_onnx, model_of, nodes_of, value_of
from skrnn.export.sklearn_onnx import import_skl2onnx
from skrnn.export.steps import step_numbers
from skrnn.export.transformers import check_transformers, parts_of, simplified
from skrnn.inspection.task import target_of
from skrnn.preprocessing.channels_first import ChannelsFirst
from skrnn.rules import InvalidParameterError, among, check, shown, whole
from skrnn.version import __version__

OLDEST_OPSET = 14  # what ReduceSum, CumSum and Unsqueeze read has changed until here


def to_onnx(
    estimator: Any, *, lengths: bool = False, output: str = "proba", target_opset: int = 15
) -> Any:
    """
    Write a fitted estimator as an ONNX model, which runs without Python.

    The recurrent layers become ONNX's operators RNN, GRU and LSTM, none of which is given lengths:
    not every runtime heeds them. A model takes X as the estimator does, but for lists:

    - ``X``, float32: of shape (n_sequences, n_columns) after a fit on 2-D X, else of shape
      (n_sequences, n_timesteps, n_features) for any number of sequences and steps. Sequences that
      are shorter end in steps of NaN, as in a padded X that the estimator reads.
    - ``lengths``, int32, of shape (n_sequences,), only if asked for: steps of each sequence. What
      stands beyond them in ``X`` is then ignored, whatever it is, and NaN before is a gap, or a
      category that is missing, as in a list.

    And it says, under the names that skl2onnx gives:

    - of a classifier, ``label`` of shape (n_sequences,), int64 or strings, and ``probabilities``,
      float32, of shape (n_sequences, n_classes), in the order of `classes_`. Booleans become 0
      and 1, floats that are whole numbers int64. Of one fitted on an indicator, both are of shape
      (n_sequences, n_labels).
    - of a tagger, the same of shapes (n_sequences, n_timesteps) and (n_sequences, n_timesteps,
      n_classes). After the end of a sequence, labels are -1 or an empty string, probabilities NaN.
      A tagger fitted on 2-D X has no axis for time.
    - of a regressor, ``variable``, float32, of shape (n_sequences, n_outputs); with targets for
      steps, (n_sequences, n_timesteps, n_outputs), NaN after the end of a sequence. There is an
      axis for outputs even if y had none. Of a `Quantile` with several levels also ``quantiles``,
      float32, with an axis for levels after that for outputs.

    An estimator that was fitted in float64 computes in float32 here: onnxruntime has no recurrent
    layers in float64. A regressor's predictions are in float32 as well, which has seven digits: if
    those of y differ from the eighth on only, subtract something from y before the fit.

    Categories of `categorical_features` are numbers here, those unknown counting as missing as in
    the estimator; missing ones, NaN in ``X``, too. What a transformer makes of them is rounded to
    float32: numbers closer than 1e-5 are one category, so let those far above their spread pass
    a scaler by.

    Unlike the estimator, a model checks nothing. Before scoring, check that there is a sequence,
    that each has a time step, that `lengths` are from 1 to n_timesteps, and that all values but
    padding are finite, unless the pipeline begins with what fills gaps, such as `FillSteps`. What a
    network says of a NaN that is no padding means nothing, but may look plausible: the gates of
    onnxruntime's GRU and LSTM make numbers of it.

    The model's metadata hold the class of the estimator, the version of skrnn and, as JSON, the
    classes and the names of features, if there are any.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn, Pipeline or search
        Fitted. A pipeline ends in one of skrnn's, or in a search over these; its other steps are
        those that skl2onnx converts, all of whose columns are numbers. A ColumnTransformer within
        it must have been given its columns by number: X has no names here. Of a search, the best
        estimator is taken.
    lengths : bool, default=False
        Whether the model has an input for the lengths of sequences, for those who pad with
        something else than NaN. Not after a fit on 2-D X, where all have one length.
    output : {"proba", "log_proba"}, default="proba"
        Of a classifier or tagger. With "log_proba", there is ``log_probabilities`` in place of
        ``probabilities``, what `predict_log_proba` says. Take it to compare what is improbable, or
        for a log loss: runtimes round small probabilities each in its own way, and of several
        labels onnxruntime 1.32 makes exactly 0 of what is below 1.5e-8.
    target_opset : int, default=15
        Version of ONNX's operators, from 14 to the newest that onnx or, for a pipeline, skl2onnx
        knows. Raise it for a runtime that asks for a later one.

    Returns
    -------
    onnx.ModelProto
        Checked by ``onnx.checker``; ``SerializeToString()`` gives the bytes to write to a file.

    Raises
    ------
    ImportError
        If onnx, or skl2onnx for a pipeline, is not installed.
    TypeError
        If neither the estimator nor the last step of the pipeline is one of skrnn's; if a pipeline
        begins with `ChannelsFirst`.
    NotFittedError
        If the estimator, or a transformer of the pipeline, is not fitted.
    ValueError
        If `output` is "log_proba" and the estimator is a regressor; if ONNX cannot have the cell,
        the loss, or the labels, or float32 the numbers; if categories of X are strings, or are the
        same in float32; if a transformer is one that skl2onnx is known to convert to something
        else, such as KMeans, of which it writes what it predicts.

    See Also
    --------
    register : Let skl2onnx's own functions convert skrnn's estimators.

    Examples
    --------
    >>> import numpy as np, onnxruntime
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.export import to_onnx
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), ["down", "up"] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> session = onnxruntime.InferenceSession(to_onnx(model).SerializeToString())
    >>> label, probabilities = session.run(None, {"X": X.astype(np.float32)})
    >>> bool(np.allclose(probabilities, model.predict_proba(X), atol=1e-5))
    True
    """
    onnx = import_onnx()
    check("output", output, among(["proba", "log_proba"]))
    estimator = simplified(estimator)
    network = _last_step(estimator)
    if output == "log_proba" and not hasattr(network, "predict_log_proba"):
        raise ValueError(
            f"output='log_proba' is for classifiers and taggers: {type(network).__name__} predicts "
            f"no probabilities."
        )
    check_transformers(estimator)
    if network is estimator:
        _check_opset(target_opset, onnx.defs.onnx_opset_version(), "onnx")
    else:
        _check_opset(target_opset, import_skl2onnx().__max_supported_opset__, "skl2onnx")
    first = _first_reader(estimator)
    if isinstance(first, ChannelsFirst):
        raise TypeError(
            "An ONNX model reads time first. Export the pipeline without its ChannelsFirst, "
            "pipeline[1:], and give the model what that transforms X into."
        )
    if lengths and first.x_format_.on_rows:
        raise ValueError(
            "lengths=True, but the estimator was fitted on 2-D X, whose sequences all have one "
            "length. Fit it on 3-D or ragged X."
        )
    # Of an X that is not 2-D, transformers of scikit-learn's count steps as features.
    X = input_of(first, (estimator if first.x_format_.on_rows else first).n_features_in_)
    if network is estimator:
        model = _convert_alone(network, X, int(target_opset), output)
    else:
        model = convert_pipeline(estimator, network, X, int(target_opset), output)
    if output == "log_proba":
        _rename_output(model, "probabilities", "log_probabilities")
    if lengths:
        _ask_for_lengths(model, X)
    _describe(model, estimator, network)
    onnx.checker.check_model(model, full_check=True)
    return model


def _check_opset(opset: Any, newest: int, library: str) -> None:
    """Raise an error unless an opset has all that is needed, and is known to who writes it."""
    if not whole(OLDEST_OPSET).admits(opset) or opset > newest:
        raise InvalidParameterError(
            f"target_opset must be an int from {OLDEST_OPSET} to {newest}, the newest that the "
            f"installed {library} knows. Got {shown(opset)} instead."
        )


def _last_step(estimator: Any) -> BaseSequenceEstimator:
    """Return the fitted estimator of skrnn's that an estimator is or ends in."""
    last = estimator
    while hasattr(last, "named_steps"):
        last = last.steps[-1][1]
    if not isinstance(last, BaseSequenceEstimator):
        what = "a class" if isinstance(last, type) else f"a {type(last).__name__}"
        raise TypeError(
            f"estimator must be one of skrnn's, a pipeline that ends in one, or a search over "
            f"these after its fit, with refit=True; this is, or ends in, {what}."
        )
    target_of(last)  # raises an error if it is not fitted
    return last


def _first_reader(estimator: Any) -> Any:
    """Return the first part of a pipeline that knows the form of X, or an estimator itself."""
    first = next(part for part in parts_of(estimator) if hasattr(part, "x_format_"))
    if first.x_format_.dtype.kind == "O":
        raise ValueError(
            f"The X of an ONNX model is of numbers, but {type(first).__name__} was fitted on "
            f"words. Export what follows it, and encode words before."
        )
    return first


def _convert_alone(estimator: BaseSequenceEstimator, X: Tensor, opset: int, output: str) -> Any:
    """Return the model of an estimator without a pipeline."""
    graph, outputs = Graph(opset), outputs_of(estimator)
    names = add_estimator(graph, estimator, X.name, output)
    for tensor, name in zip(outputs, names, strict=True):
        graph.rename(name, tensor.name)
    return model_of(graph, [X], outputs)


def _rename_output(model: Any, name: str, to: str) -> None:
    """Rename what a model says, and so what the last of its nodes writes."""
    (output,) = (output for output in model.graph.output if output.name == name)
    output.name = to
    for node in model.graph.node:
        node.output[:] = [to if written == name else written for written in node.output]


def _ask_for_lengths(model: Any, X: Tensor) -> None:
    """
    Let a model that finds padding by its NaN take lengths as well, and put the NaN there.

    Where it looks for the last step, it is told, until steps are joined: that may lack every value.
    """
    graph = Graph(OLDEST_OPSET, numbered("lengths."))
    time, width = step_numbers(graph, X.name, axis=1), graph.add("Shape", X.name)
    n_steps = graph.add("Cast", "lengths", to=np.int64)
    before = graph.add("Less", time, graph.add("Unsqueeze", n_steps, np.array([1])))
    there = graph.add("Unsqueeze", before, np.array([2]))  # (B, T, 1)
    padded = graph.add("Where", there, X.name, np.nan)
    n_steps = graph.add("Min", n_steps, graph.add("Gather", width, np.array(1)))
    last, are_joined = graph.add("Sub", n_steps, np.array(1)), False
    for node in model.graph.node:
        node.input[:] = [padded if name == X.name else name for name in node.input]
        are_joined |= node.op_type == "GatherND"
        if not are_joined and any(a.name == "select_last_index" for a in node.attribute):
            node.op_type, node.input[:] = "Identity", [last]
            del node.attribute[:]
    nodes = [*nodes_of(graph), *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(constants_of(graph))
    model.graph.input.append(value_of(Tensor("lengths", np.int32, X.shape[:1])))


def _describe(model: Any, estimator: Any, network: BaseSequenceEstimator) -> None:
    """Say in a model what it was made of."""
    model.producer_name, model.producer_version = "skrnn", __version__
    notes = {"estimator": type(network).__name__, "skrnn_version": __version__}
    if hasattr(network, "classes_"):
        notes["classes"] = json.dumps(network.classes_.tolist())
    if hasattr(estimator, "feature_names_in_"):
        notes["feature_names"] = json.dumps(estimator.feature_names_in_.tolist())
    for key, value in notes.items():
        model.metadata_props.add(key=key, value=value)
