"""A fitted network that reads one step at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skrnn.estimators.categories import NONE, Categories
from skrnn.estimators.category_words import numbers_of_steps
from skrnn.estimators.feature_names import check_names
from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.network.states import State, put, segments, take
from skrnn.network.workspace import Workspace
from skrnn.rules import NOTHING, check, shown, whole
from skrnn.sequences.arrays import as_array, as_floats
from skrnn.training.inference import BLOCK_STEPS, NonFiniteError
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray, IntArray


class Stream:
    """
    What a fitted network says after each step, at the same cost for each.

    Its state is all that it keeps of the steps before. What it says is what the estimator would of
    the sequence up to here, up to rounding. A stream can be pickled, for the same version of skrnn,
    and goes on from where it was. Use the `stream` method of an estimator to make one.

    Parameters
    ----------
    network : Network
        Fitted, in one direction.
    parameters : Parameters
        Its parameters.
    read : callable
        What is made of scores (B, K).
    n_sequences : int or None
        B; None for a single sequence, without an axis for it.
    feature_names : array-like of shape (n_features,), default=None
        Names that the columns of a data frame must have.
    categories : Categories, default=NONE
        What the network has codes for.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceRegressor
    >>> X = np.random.default_rng(0).normal(size=(10, 5, 1))
    >>> model = RNNSequenceRegressor(4, random_state=0).fit(X, X[:, -1, 0])
    >>> stream = model.stream()
    >>> after_each_step = [stream.update(x) for x in X[0]]
    >>> bool(np.isclose(after_each_step[-1], model.predict(X[:1])[0]))
    True
    """

    def __init__(
        self,
        network: Network,
        parameters: Parameters,
        read: Callable[[FloatArray], FloatArray],
        n_sequences: int | None,
        feature_names: Any = None,
        categories: Categories = NONE,
    ) -> None:
        check("n_sequences", n_sequences, NOTHING, whole(1, 2**31 - 1))
        if network.bidirectional:
            raise ValueError(
                "An estimator with bidirectional=True cannot be streamed: the direction that reads "
                "backwards begins at the end of the sequence, which a stream does not know yet."
            )
        self._network = network
        self._parameters = parameters
        self._read = read
        self._n_sequences = n_sequences
        self._feature_names = feature_names
        self._categories = categories
        self._state = self._initial_state()
        self._workspace = Workspace(parameters.flat.dtype)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_workspace": Workspace(self._workspace.dtype)}

    def reset(self, sequences: Any = None) -> None:
        """
        Begin anew.

        Parameters
        ----------
        sequences : int, array-like of int, or of n_sequences bools, default=None
            Which of the sequences side by side; None for all.
        """
        fresh = self._initial_state()
        if sequences is not None:
            which = self._members(sequences)
            fresh = put(self._state, which, take(fresh, which))
        self._state = fresh

    @one_blas_thread()
    @np.errstate(over="ignore", invalid="ignore")  # what is not finite is an error of our own
    def update(self, x: Any) -> FloatArray:
        """
        Read on.

        Parameters
        ----------
        x : array-like of shape (n_features,) or (n_timesteps, n_features)
            The next step or steps; with `n_sequences`, of shape (n_sequences, n_features) or
            (n_sequences, n_timesteps, n_features).

        Returns
        -------
        ndarray of shape (n_classes,) or (n_outputs,), or a number
            After the last of these steps: class probabilities, or what a regressor predicts. With
            `n_sequences`, an array with one for each along the first axis.

        Raises
        ------
        NonFiniteError
            If what it says would not be a finite number. The stream is left as it was.
        """
        steps, state = self._check(x), self._state
        workspace = self._workspace
        for part in segments(len(steps), BLOCK_STEPS):  # memory for these, however many come
            lengths: IntArray = np.full(steps.shape[2], part.stop - part.start)
            state = self._network.advance(self._parameters, steps[part], lengths, state, workspace)
        scores = self._network.score(self._parameters, state, workspace).T
        if not np.isfinite(scores).all():
            raise NonFiniteError(
                f"The scores are not finite: states have outgrown {steps.dtype}. Scale the inputs, "
                f"or fit a cell whose states are bounded. The stream is as it was."
            )
        said = self._read(scores)  # which may fail as well, and then the state stays
        self._state = state
        return said[0] if self._n_sequences is None else said

    def _members(self, sequences: Any) -> IntArray:
        """Return the places of some of the sequences."""
        n = self._state["n_steps"].size
        which = as_array(sequences, "sequences")
        if not which.size:  # of an empty list, NumPy makes floats
            which = which.astype(np.intp)
        try:
            return np.atleast_1d(np.arange(n)[which])
        except IndexError as error:
            raise ValueError(
                f"sequences must be numbers from 0 to {n - 1}, or {n} booleans. Got "
                f"{shown(sequences)} instead."
            ) from error

    def _initial_state(self) -> State:
        """Return the state before the first step of all sequences."""
        n_sequences = 1 if self._n_sequences is None else int(self._n_sequences)
        return self._network.initial_state(n_sequences, self._parameters.flat.dtype)

    def _check(self, x: Any) -> FloatArray:
        """Return x as steps of shape (T, D, B)."""
        check_names(x, self._feature_names)
        single = self._n_sequences is None
        n_sequences, n_features = self._state["n_steps"].size, self._network.n_inputs
        x = numbers_of_steps(as_array(x, "x"), n_features, self._categories.words)
        with np.errstate(over="ignore"):
            steps: FloatArray = as_floats(x, "x").astype(self._parameters.flat.dtype, copy=False)
        if n_features == 1 and steps.ndim == 1 - single:  # such as a prediction that is fed back
            steps = steps[..., None]
        if single:
            steps = steps[None]
        if steps.ndim == 2:
            steps = steps[:, None]
        if steps.ndim != 3 or steps.shape[::2] != (n_sequences, n_features) or not steps.size:
            before = "" if single else f"{n_sequences}, "
            raise ValueError(
                f"x must have shape ({before}{n_features}{',' if single else ''}) for one step, or "
                f"({before}n_timesteps, {n_features}) for several; its shape is {np.shape(x)}."
            )
        finite = np.isfinite(steps)
        if categorical := self._categories.features:
            finite[..., categorical] |= np.isnan(steps[..., categorical])
        if not finite.all():
            sequence, step, feature = np.argwhere(~finite)[0]
            of_sequence = "" if single else f"sequence {sequence}, "
            raise ValueError(
                f"x contains NaN or infinity: {of_sequence}time step {step}, feature {feature}."
            )
        return np.ascontiguousarray(self._categories.encode(steps).transpose(1, 2, 0))


class Streamable:
    """A fitted estimator that can read step by step."""

    def stream(self: Any, n_sequences: int | None = None) -> Stream:
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
        read = self.target_.read
        names = None if self.x_format_.on_rows else getattr(self, "feature_names_in_", None)
        categories = self.x_format_.categories
        return Stream(
            self.__skrnn_network__, self.parameters_, read, n_sequences, names, categories
        )
