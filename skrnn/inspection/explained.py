"""What is to be explained: one number of each sequence, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np

from skrnn.inspection.task import target_of
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Workspace
from skrnn.rules import shown
from skrnn.sequences.sequences import Sequences
from skrnn.training.inference import batches_for_prediction, predict_rows
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True)
class Explained:
    """
    One number of each sequence, or the sum of one number of each of its steps.

    `model` is the estimator that has the network, `outputs` (n, or the sum of lengths, 1) tell
    which of the scores each sequence, or step, is asked for. If there is a `join`, the network
    reads joined steps. Features that are categories have what is `missing` of them.
    """

    model: Any
    join: Callable[[Sequences], tuple[Sequences, IntArray]] | None
    outputs: Sequences
    missing: dict[int, float]

    @classmethod
    def of(cls, estimator: Any, X: Any, asked: Any) -> tuple[Self, Sequences, Callable[..., Any]]:
        """Return it with the sequences, not joined, and what brings their values into form."""
        *transformers, model = _steps_of(estimator)
        target = target_of(model)  # raises an error if it is not fitted
        reader, join = model, None
        if transformers and hasattr(transformers[-1], "__skrnn_join__"):
            reader = transformers.pop()
            join = partial(_join, reader, model)
        for transformer in transformers:
            X = transformer.transform(X)
        sequences, in_form = reader.x_format_.read(reader, X)
        read = sequences if join is None else join(sequences)[0]
        scores = predict_rows(model.__skrnn_network__, model.parameters_, read)
        lengths = read.lengths if target.per_step else np.ones_like(read.lengths)
        outputs = _outputs(model, asked, scores, lengths)
        columns: Any = outputs[:, None]
        codes = {feature: n_categories for feature, n_categories, _ in model.network_.embeddings}
        missing = codes if join is None else _missing(model.network_, sequences.n_features)
        return cls(model, join, Sequences(columns, lengths), missing), sequences, in_form

    def values(self, sequences: Sequences, of: IntArray) -> FloatArray:
        """Return the numbers (n,) of sequences that are variants `of` the first ones."""
        if self.join is not None:
            sequences, _ = self.join(sequences)
        outputs = self.outputs.take(of)
        scores = predict_rows(self.model.__skrnn_network__, self.model.parameters_, sequences)
        values, _ = self.model.target_.explained(scores, outputs.steps[:, 0])
        return Sequences(values[:, None], outputs.lengths).sums[:, 0]

    def gradient(self, sequences: Sequences, of: IntArray) -> FloatArray:
        """Return the derivatives in the steps, (sum of lengths, D)."""
        if self.join is None:
            return self._of_read(sequences, of)
        joined, rows = self.join(sequences)
        d_joined = self._of_read(joined, of)
        d_steps = np.zeros(sequences.steps.shape, d_joined.dtype)
        np.add.at(d_steps, rows, d_joined.reshape(-1, sequences.n_features))
        return d_steps

    def _of_read(self, sequences: Sequences, of: IntArray) -> FloatArray:
        """Return the derivatives in what the network reads."""
        network, parameters = self.model.__skrnn_network__, self.model.parameters_
        outputs, dtype = self.outputs.take(of), parameters.flat.dtype
        unused, workspace = Parameters.zeros(parameters.layout, dtype), Workspace(dtype)
        d_steps = np.empty(sequences.steps.shape, dtype)

        def cost(rows: IntArray, valid: Any, scores: FloatArray, steps: slice) -> FloatArray:
            """Return the derivatives (S, K, B) of scores, which belong to rows (S, B)."""
            columns = scores.transpose(0, 2, 1)
            asked = outputs.steps[rows[steps], 0].ravel()
            flat = columns.reshape(-1, columns.shape[2])
            _, slopes = self.model.target_.explained(flat, asked)
            slopes = slopes.reshape(columns.shape) * valid[steps][:, :, None]
            return np.ascontiguousarray(slopes.transpose(0, 2, 1), dtype)

        for members in batches_for_prediction(sequences.lengths, whole=True):
            n_steps, x = sequences.lengths[members], sequences.pad(members)
            places, valid = sequences.places(members, np.zeros_like(members), n_steps)
            state, d_x = network.initial_state(len(members), dtype), np.empty(x.shape, dtype)
            forward_pass = network.forward(parameters, x, n_steps, state, workspace)
            ends = members[None], np.ones((1, len(members)), dtype=bool)
            network.backward(
                parameters,
                forward_pass,
                partial(cost, *((places, valid) if network.per_step else ends)),
                unused,
                workspace,
                d_x=d_x,
                every_step=network.per_step,
            )
            d_steps[places[valid]] = d_x.transpose(0, 2, 1)[valid]
        return d_steps


def _steps_of(estimator: Any) -> list[Any]:
    """Return the steps of a pipeline, of those within as well, or what is none alone."""
    if not hasattr(estimator, "named_steps"):
        return [estimator]
    steps = [step for _, step in estimator.steps if step not in (None, "passthrough")]
    return [part for step in steps for part in _steps_of(step)]


def _join(stack: Any, model: Any, sequences: Sequences) -> tuple[Sequences, IntArray]:
    """Return joined steps as a network reads them, and which steps those within are."""
    joined, rows = stack.__skrnn_join__(sequences)
    return model.x_format_.encode(joined), rows


def _missing(network: Network, n_features: int) -> dict[int, float]:
    """Return which features of steps that are joined are categories, and NaN for each."""
    embeddings, n_joined = network.embeddings, network.n_inputs // n_features
    features = [feature % n_features for feature, _, _ in embeddings]
    for feature in features:
        if features.count(feature) < n_joined:
            raise ValueError(
                f"categorical_features={[f for f, _, _ in embeddings]} make feature {feature} a "
                f"category in some of the {n_joined} steps that are joined and a number in others, "
                f"so that it has no attributions. Name it in all: "
                f"{list(range(feature, network.n_inputs, n_features))}."
            )
    return dict.fromkeys(features, np.nan)


def _outputs(model: Any, asked: Any, scores: FloatArray, lengths: IntArray) -> IntArray:
    """Return which of the scores each row (m, K) is asked for; `lengths` are rows of sequences."""
    classes = getattr(model, "classes_", None)
    names = range(len(model.target_mean_)) if classes is None else classes.tolist()
    if asked is None:
        if classes is not None:
            return np.asarray(scores.argmax(axis=1))
        if len(names) > 1:
            raise ValueError(
                f"target=None is for a single output, but there are {len(names)}. Give the number "
                f"of one, from 0 to {len(names) - 1}."
            )
        return np.zeros(len(scores), dtype=np.intp)
    asked = np.asarray(asked)
    if asked.shape not in {(), (len(lengths),)}:
        raise ValueError(
            f"target must be one for all, or one for each of the {len(lengths)} sequences; its "
            f"shape is {asked.shape}."
        )
    place = {name: i for i, name in enumerate(names)}
    for name in asked.ravel().tolist():
        if name not in place:
            raise ValueError(f"target={shown(name)} is none of {shown(list(names))}.")
    which = np.array([place[name] for name in asked.ravel().tolist()], dtype=np.intp)
    return np.repeat(which, lengths if asked.ndim else lengths.sum())
