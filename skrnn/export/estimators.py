"""A fitted estimator as a graph: X in, labels and probabilities or numbers out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skrnn.estimators.base import BaseSequenceEstimator
from skrnn.estimators.targets.label_sets import LabelSets
from skrnn.estimators.targets.labels import Labels
from skrnn.estimators.targets.units import Units
from skrnn.export.embedding import add_embeddings
from skrnn.export.graph import Graph, Tensor
from skrnn.export.readout import add_network
from skrnn.export.steps import read_padded, read_rows
from skrnn.network.losses import Poisson, Quantile, RegressionLoss


def input_of(estimator: Any, n_columns: int) -> Tensor:
    """
    Describe X: 2-D or 3-D, as that of the fit was.

    Of a pipeline, the estimator is the first that knows this form; `n_columns` counts columns, or
    features of a step, of the X that it or the pipeline around it was fitted on.
    """
    if estimator.x_format_.on_rows:
        return Tensor("X", np.float32, ("n_sequences", n_columns))
    return Tensor("X", np.float32, ("n_sequences", "n_timesteps", n_columns))


def outputs_of(estimator: BaseSequenceEstimator) -> tuple[Tensor, ...]:
    """Describe what `add_estimator` returns, in this order."""
    network, target = estimator.network_, estimator.target_
    shape: tuple[int | str, ...] = ("n_sequences",)
    if target.has_time:
        on_rows = estimator.x_format_.on_rows
        shape += (estimator.n_features_in_ // network.n_inputs if on_rows else "n_timesteps",)
    if not isinstance(target, Labels):
        n_outputs, n_levels = len(target.units.size), target.units.loss.n_scores
        variable = Tensor("variable", np.float32, (*shape, n_outputs))
        quantiles = Tensor("quantiles", np.float32, (*shape, n_outputs, n_levels))
        return (variable, quantiles) if n_levels > 1 else (variable,)
    dtype = np.int64 if labels_of(estimator).dtype.kind == "i" else str
    probabilities = Tensor("probabilities", np.float32, (*shape, network.n_outputs))
    if isinstance(target, LabelSets):
        shape = probabilities.shape
    return Tensor("label", dtype, shape), probabilities


def labels_of(estimator: BaseSequenceEstimator) -> npt.NDArray[Any]:
    """
    Return the classes, of shape (n_classes,), as ONNX can have them.

    They are of int64, as booleans and whole floats are too, or str as objects.
    """
    classes: Any = estimator.target_.classes
    classes = list(classes) if classes.dtype.kind in "mM" else classes.tolist()  # or of times, ints
    if all(isinstance(label, str) for label in classes):
        return np.array(classes, dtype=object)
    for label in classes:
        is_whole = isinstance(label, int) or (isinstance(label, float) and label.is_integer())
        if not is_whole or not -(2**63) <= label < 2**63:
            raise ValueError(
                f"Labels of an ONNX model are all strings or all whole numbers of 64 bits, but "
                f"{type(estimator).__name__} was fitted on a y that has {label!r}. Fit it on "
                f"strings, or on the numbers of LabelEncoder."
            )
    return np.array(classes).astype(np.int64)


def add_estimator(
    graph: Graph, estimator: BaseSequenceEstimator, X: str, output: str = "proba"
) -> list[str]:
    """
    Predict for X, which is of float32 and of the form that `input_of` describes.

    Return what `outputs_of` describes. In place of probabilities a classifier says their logarithms
    if the output is "log_proba", and scores if it is "raw_scores"; of two classes, the log odds.
    """
    network, target = estimator.network_, estimator.target_
    if estimator.x_format_.on_rows:
        n_steps = estimator.n_features_in_ // network.n_inputs
        steps = read_rows(graph, X, n_steps, network.n_inputs)
    else:
        steps = read_padded(graph, X)
    steps = add_embeddings(graph, estimator, steps)
    scores = add_network(graph, network, estimator.parameters_, steps)
    if not isinstance(target, Labels):
        said = _add_numbers(graph, target.units, scores, per_step=target.per_step)
    else:
        if target.per_step and not target.has_time:
            scores = graph.add("Squeeze", scores, np.array([1]))  # each row is one step
        said = _add_labels(graph, estimator, scores, output)
    if network.per_step and steps.there is not None:
        said = _blank_padding(graph, outputs_of(estimator), said, steps.there)
    return said


def _add_labels(
    graph: Graph, estimator: BaseSequenceEstimator, scores: str, output: str
) -> list[str]:
    """Return the most probable label, or which there are, and what is asked for of all."""
    if isinstance(estimator.target_, LabelSets):
        there = graph.add("Greater", scores, np.array(0.0))
        label = graph.add("Cast", there, to=np.int64)
        if output == "proba":
            scores = graph.add("Sigmoid", scores)
        elif output == "log_proba":
            scores = graph.add("Neg", graph.add("Softplus", graph.add("Neg", scores)))
        return [label, scores]
    classes = graph.constant(labels_of(estimator), "classes")
    index = graph.add("ArgMax", scores, axis=-1, keepdims=0)
    label = graph.add("Gather", classes, index)
    if output != "raw_scores":
        softmax = "Softmax" if output == "proba" else "LogSoftmax"
        scores = graph.add(softmax, scores, axis=-1)
    elif estimator.target_.n_outputs == 2:
        others = graph.add("Gather", scores, np.array([1, 0]), axis=-1)
        scores = graph.add("Sub", scores, others)
    return [label, scores]


def _add_numbers(graph: Graph, units: Units, scores: str, *, per_step: bool) -> list[str]:
    """Return predictions in the units of y and, of several levels, all quantiles."""
    link = type(units.loss).predict
    if type(units.loss) is Quantile:
        scores = _add_quantiles(graph, units.loss, scores, len(units.size), per_step=per_step)
    elif link is Poisson.predict:
        if not units.size.all():  # of outputs that are constant, whose scores may be anything
            scores = graph.add("Mul", scores, np.sign(units.size))
        scores = graph.add("Exp", scores)
    elif link is not RegressionLoss.predict:
        raise ValueError(
            f"The loss {units.loss!r} turns scores into predictions by a method of its own, of "
            f"which no ONNX operators are known."
        )
    sized = graph.add("Mul", scores, graph.constant(units.size, "y.size"))
    said = [graph.add("Add", sized, graph.constant(units.origin, "y.origin"))]
    if type(units.loss) is Quantile:
        if units.loss.n_scores > 1:
            said.append(graph.add("Transpose", *said, perm=[0, 1, 3, 2] if per_step else [0, 2, 1]))
        said[0] = graph.add("Gather", said[0], np.array(units.loss.middle), axis=-2)
    return said


def _add_quantiles(graph: Graph, loss: Quantile, scores: str, n: int, *, per_step: bool) -> str:
    """Return quantiles of n outputs, (B, L, K) or (B, T, L, K), in the units that are learnt."""
    places = np.arange(loss.n_scores)[:, None] - loss.middle
    z = graph.add("Reshape", scores, np.array([*[0] * (1 + per_step), len(places), n]))
    z = graph.add("Add", z, loss.shifts[:, None])
    middle = graph.add("Gather", z, np.array([loss.middle]), axis=-2)
    steps = graph.add("Softplus", z)
    above, below = (graph.add("Mul", steps, 1.0 * there) for there in (places > 0, places < 0))
    up = graph.add("CumSum", above, np.array(-2))
    down = graph.add("CumSum", below, np.array(-2), reverse=1)
    return graph.add("Sub", graph.add("Add", middle, up), down)


def _blank_padding(
    graph: Graph, outputs: Sequence[Tensor], said: Sequence[str], there: str
) -> list[str]:
    """Return what is said of steps with NaN, -1 or an empty string for padding."""
    blanks: dict[type, npt.NDArray[Any]] = {
        np.float32: np.array(np.nan),
        np.int64: np.array(-1),
        str: np.array("", dtype=object),
    }
    there = graph.add("Transpose", there, perm=[1, 0, 2])  # (B, T, 1)
    blanked = []
    for output, values in zip(outputs, said, strict=True):
        has_values = there
        if len(output.shape) != 3:
            change = "Squeeze" if len(output.shape) == 2 else "Unsqueeze"
            has_values = graph.add(change, there, np.array([2]))
        blanked.append(graph.add("Where", has_values, values, blanks[output.dtype]))
    return blanked
