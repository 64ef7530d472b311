"""What y is like, learns and says: the twin of `XFormat`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from skrnn.network.losses import Loss
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.sequences.sequences import Sequences
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_rows
from skrnn.training.plan import Habits
from skrnn.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Target(ABC):
    """
    A kind of target, with the hyperparameters that concern it, and what was learnt of earlier ones.

    An estimator makes one for each y that it is given; `after` and `learn` return others. A row is
    what is right of a sequence or, if `per_step`, of a step. `habits` are what training asks for,
    `metric` is what `score` returns, given rows that are right, rows that were said, and weights.
    """

    habits: ClassVar[Habits]
    metric: ClassVar[Callable[..., float]]

    per_step: bool = False

    @abstractmethod
    def after(self, earlier: Self) -> Self:
        """Return this with what was learnt before, or raise an error if it is another kind."""

    @abstractmethod
    def check(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        """
        Return y as rows (m, ...), after checking those that are there.

        `lengths` (n,) are those of the sequences; `width` is as in `take_apart`.
        """

    @abstractmethod
    def learn(self, rows: Any, weights: FloatArray, all_targets: Any) -> Self:
        """Return what knows more, from rows with weights (m,), or all there will be; else this."""

    @abstractmethod
    def encode(self, rows: Any) -> FloatArray | IntArray:
        """Return what a network learns of rows: (m, K) or, for numbers of classes, (m, 1)."""

    def weigh(self, encoded: Any, weights: FloatArray) -> FloatArray:
        """Return the weights (m,) that encoded rows have in training."""
        return weights

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """K, once it is learnt."""

    @property
    @abstractmethod
    def loss(self) -> Loss:
        """What scores cost."""

    @abstractmethod
    def read(self, scores: FloatArray) -> FloatArray:
        """Return what scores (m, K) say: probabilities, or predictions."""

    def predict(self, scores: FloatArray) -> Any:
        """Return the rows that scores (m, K) stand for: labels, of which `read` says how likely."""
        return self.read(scores)

    def decide(self, scores: FloatArray) -> Any:
        """Return what `score` is given, (m, ...), of scores (m, K)."""
        return scores

    @abstractmethod
    def explained(self, scores: FloatArray, outputs: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return what scores (m, K) say of one output each, (m,), and its derivatives (m, K)."""

    @abstractmethod
    def score(self, said: Any, validation: Dataset) -> float:
        """Return what early stopping watches, of what `decide` made of scores."""

    def strata(self, data: Dataset) -> Any:
        """Return the class of each sequence (n,), if it has one, to hold out some of each."""
        return None

    @property
    def has_time(self) -> bool:
        """Whether y and predictions have an axis for steps."""
        return self.per_step

    def there(self, weights: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell which rows there are: a step of weight 0 has none, a sequence always has one."""
        return weights > 0 if self.per_step else np.ones(len(weights), dtype=bool)

    def dataset(self, sequences: Sequences, rows: Any, weights: FloatArray) -> Dataset:
        """Return X, y and weights, with a row for each, as training understands them."""
        lengths = sequences.lengths if self.per_step else np.ones_like(sequences.lengths)
        weights, there = weights.copy(), self.there(weights)
        with np.errstate(over="ignore"):  # of what has no weight; training finds the rest
            encoded = self.encode(rows[there])
            weights[there] = self.weigh(encoded, weights[there])
            is_float = encoded.dtype.kind == "f"
            dtype: Any = sequences.steps.dtype if is_float else encoded.dtype
            targets = np.zeros((len(weights), encoded.shape[1]), dtype)
            targets[there] = encoded
        return Dataset(sequences, Sequences(targets, lengths), Sequences(weights[:, None], lengths))

    def rate(
        self,
        network: Network,
        parameters: Parameters,
        sequences: Sequences,
        rows: Any,
        weights: FloatArray,
    ) -> float:
        """Return what the metric says of rows, and of those that a network predicts."""
        said = predict_rows(network, parameters, sequences, self.predict)
        there = self.there(weights)
        return float(self.metric(rows[there], said[there], sample_weight=weights[there]))
