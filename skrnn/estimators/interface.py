"""X, y and weights in, predictions and scores out: what has to do with their forms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from skrnn.estimators.data import XFormat, as_container, width_of
from skrnn.estimators.hyperparameters import Hyperparameters, documented
from skrnn.estimators.limits import RULES
from skrnn.estimators.stream import Stream
from skrnn.network.compiled.engine import check_engine
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.rules import check_parameters
from skrnn.sequences.sequences import Sequences
from skrnn.sequences.steps import put_together
from skrnn.sequences.weights import check_sample_weight
from skrnn.training.dataset import Dataset
from skrnn.training.inference import predict_rows
from skrnn.types import FloatArray, IntArray


@documented
class SequenceInterface(Hyperparameters, ABC):
    """
    What an estimator takes, and what it answers.

    A subclass says how targets are checked, encoded and weighed, and what scores mean.
    """

    network_: Network
    parameters_: Parameters
    _x_format: XFormat
    _per_step: bool = False  # whether targets belong to steps

    def stream(self, n_sequences: int | None = None) -> Stream:
        """
        Return the fitted network in a form that reads one step at a time.

        Parameters
        ----------
        n_sequences : int, default=None
            How many sequences to read side by side; None for one, without an axis for it.

        Returns
        -------
        Stream
            At the beginning of a sequence. Later fits do not reach it.

        Examples
        --------
        >>> import numpy as np
        >>> from skrnn import RNNSequenceClassifier
        >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
        >>> stream = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y).stream()
        >>> for step in X[0]:
        ...     probabilities = stream.update(step)
        >>> probabilities.shape
        (2,)
        """
        self._check_fitted()
        return Stream(self._runner, self.parameters_, self._reader, n_sequences)

    def _check_data(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool
    ) -> tuple[Sequences, Any, FloatArray]:
        """Return X as sequences, and y and the weights with a row for each target."""
        X = as_container(X)
        if reset:
            n_step_features = self._features_of_step(X)
            self._x_format, sequences = XFormat.learn(self, X, n_step_features)
        else:
            sequences = self._x_format.check(self, X)
        self._learn_form(y, reset=reset)
        lengths, width, per_step = sequences.lengths, width_of(X), self._per_step
        weights = check_sample_weight(sample_weight, lengths, width, per_step=per_step)
        targets = self._check_targets(y, lengths, width, self._has_target(weights))
        return sequences, targets, weights

    def _learn_form(self, y: Any, *, reset: bool) -> None:
        """Note whether targets belong to steps, or compare; for a subclass where y decides."""
        return

    def _encode(self, sequences: Sequences, targets: Any, weights: FloatArray) -> Dataset:
        """Return everything as training understands it."""
        lengths = sequences.lengths if self._per_step else np.ones_like(sequences.lengths)
        weights, there = weights.copy(), self._has_target(weights)
        encoded = self._encode_targets(targets[there])
        rows: Any = np.zeros((len(weights), encoded.shape[1]), encoded.dtype)
        rows[there] = encoded
        weights[there] = self._weigh(encoded, weights[there])
        return Dataset(sequences, Sequences(rows, lengths), Sequences(weights[:, None], lengths))

    def _read(self, X: Any) -> tuple[Sequences, Callable[[Any], Any]]:
        """Return X as sequences, and what brings values (m, ...) of all steps into its form."""
        self._check_fitted()
        X = as_container(X)
        sequences = self._x_format.check(self, X)
        form = {"lengths": sequences.lengths, "X": X, "padded": self._x_format.padded}
        return sequences, partial(put_together, **form)

    def _predict(self, X: Any, read: Callable[[FloatArray], Any] | None = None) -> Any:
        """Return what a function makes of the scores, in the form of X where steps have some."""
        sequences, in_form = self._read(X)
        rows = predict_rows(self._runner, self.parameters_, sequences, read or self._reader)
        return in_form(rows) if self._per_step else rows

    def _score(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        metric: Callable[..., float],
        read: Callable[[FloatArray], Any] | None = None,
    ) -> float:
        """Return what a metric says of all targets and what a function makes of the scores."""
        self._check_fitted()
        sequences, targets, weights = self._check_data(X, y, sample_weight, reset=False)
        said = predict_rows(self._runner, self.parameters_, sequences, read or self._reader)
        there = self._has_target(weights)
        return float(metric(targets[there], said[there], sample_weight=weights[there]))

    def _has_target(self, weights: FloatArray) -> npt.NDArray[np.bool_]:
        """Tell which targets there are: a step of weight 0 has none, a sequence always has one."""
        return weights > 0 if self._per_step else np.ones(len(weights), dtype=bool)

    @abstractmethod
    def _features_of_step(self, X: Any) -> int:
        """Return how many features of a 2-D X make a step."""

    @abstractmethod
    def _check_targets(
        self, y: Any, lengths: IntArray, width: int | None, there: npt.NDArray[np.bool_]
    ) -> Any:
        """Return y with a row for each target, after checking those that are there."""

    @abstractmethod
    def _encode_targets(self, targets: Any) -> FloatArray | IntArray:
        """Return what is learnt of targets, of shape (m, K) or, for classes, (m, 1)."""

    def _weigh(self, targets: Any, weights: FloatArray) -> FloatArray:
        """Return the weights that encoded targets have in training."""
        return weights

    @property
    @abstractmethod
    def _reader(self) -> Callable[[FloatArray], FloatArray]:
        """What scores say, a row for each: for probabilities or predictions."""

    @property
    def _runner(self) -> Network:
        """The fitted network with the engine that is chosen by now."""
        check_parameters(self, {"engine": RULES["engine"]})
        check_engine(self.engine, self.network_.cell)
        if self.network_.engine == self.engine:
            return self.network_
        return replace(self.network_, engine=self.engine)

    def _check_fitted(self) -> None:
        check_is_fitted(self)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
