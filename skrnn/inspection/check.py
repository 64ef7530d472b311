"""Whether a gradient is right: analytic against numerical derivatives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from skrnn.inspection.gradient import loss_of_all
from skrnn.inspection.task import task_of
from skrnn.network.parameters import Parameters
from skrnn.network.workspace import Bound, Workspace
from skrnn.rules import check, real, whole
from skrnn.training.dataset import Dataset
from skrnn.training.inference import NonFiniteError
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # what is not finite is an error of our own
def check_gradients(
    estimator: Any, X: Any, y: Any, *, n_probes: int = 20, step: float = 1e-5, seed: int = 0
) -> dict[str, Any]:
    """
    Compare the gradient that training would use with central differences of the loss.

    The loss is that of the estimator's own configuration, all sequences in one batch: with its
    penalty, target replication, truncation and dropout, but before any clipping. States at the
    beginning of a window of truncated BPTT, and the dropout, are held constant. All is computed in
    float64.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted or not; it is left as it is. If not, the parameters are those that `fit` would begin
        with.
    X : array-like or list of arrays
        Sequences; a few short ones will do.
    y : array-like or list of arrays
        Their targets, as the estimator's `fit` takes them; without weights, so none may be missing.
    n_probes : int, default=20
        In how many directions each array of parameters is moved: all its entries, one at a time, if
        it has no more than so many, else random ones, each of which involves every entry. Each
        takes two passes forward and back.
    step : float, default=1e-5
        How far, as a Euclidean distance. Much smaller steps drown in rounding; larger ones see the
        curvature of the loss.
    seed : int, default=0
        Of the random directions and of the dropout.

    Returns
    -------
    dict of str to array
        A table with a row for each array of parameters, as ``pandas.DataFrame`` takes it. Columns:
        "parameter", its name; "size", its entries; "gradient", the norm of the analytic derivatives
        in the directions tried; "absolute_error", the norm of their differences from the numerical
        ones; "relative_error", that divided by the larger of both norms, infinite where a gradient
        is not finite (such as that of an array which a cell forgets to write). Right gradients
        have relative errors of 1e-6 and less, with three exceptions: where gradients are so small
        that the rounding of the loss, about 1e-11, is most of the difference; where the loss is
        strongly curved, as after a long training, so that the error falls a hundredfold with a
        tenth of the `step`; and where a "relu", a "max" or an absolute error bends between two
        evaluations, or at a tie, such as that of states 0 that a GRU or LSTM keeps of inputs 0.
        An error in one gate spreads to all arrays of its layer and of those below; sequences of one
        step tell more.

    Raises
    ------
    InvalidParameterError
        If `n_probes`, `step` or `seed` is out of range.
    NonFiniteError
        If states leave the range of float64.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.inspection import check_gradients
    >>> X, y = np.random.default_rng(0).normal(size=(6, 5, 2)), [0, 1] * 3
    >>> table = check_gradients(RNNSequenceClassifier(8, cell="elman", random_state=0), X, y)
    >>> table["parameter"].tolist()[:2]
    ['layer_0.input_weights', 'layer_0.recurrent_weights']
    >>> bool(table["relative_error"].max() < 1e-6)
    True
    """
    check("n_probes", n_probes, whole(1))
    check("step", step, real(0, ends="()"))
    check("seed", seed, whole(0))
    recipe, parameters, data = task_of(estimator, X, y)
    n_probes, step = int(n_probes), float(step)
    parameters = Parameters(parameters.layout, parameters.flat.astype(np.float64))
    targets = data.targets
    if targets.steps.dtype.kind == "f":
        targets = targets.astype(np.float64)
    data = Dataset(data.sequences.astype(np.float64), targets, data.weights)
    generator, workspace = np.random.default_rng(int(seed)), _PoisonedWorkspace(np.float64)
    loss = loss_of_all(recipe, parameters, data, generator, workspace)
    gradients = Parameters.zeros(parameters.layout, np.float64)
    unused = gradients.copy()
    loss(gradients)
    if not np.isfinite(loss(unused)):
        raise NonFiniteError(
            "The loss is not finite: with these parameters and this X, states have outgrown "
            "float64. Scale the inputs, or choose a cell whose states are bounded."
        )

    rows = []
    for name in parameters.layout:
        values, centre = parameters[name], parameters[name].copy()
        directions = _directions(centre.shape, n_probes, generator)
        analytic = np.array([np.vdot(gradients[name], direction) for direction in directions])
        numerical = np.empty_like(analytic)
        for i, direction in enumerate(directions):
            values[...] = centre + step * direction
            above = loss(unused)
            values[...] = centre - step * direction
            numerical[i] = (above - loss(unused)) / (2 * step)
        values[...] = centre
        size = max(np.linalg.norm(analytic), np.linalg.norm(numerical))
        error = np.linalg.norm(analytic - numerical)
        relative = 0.0 if size == 0 else error / size if np.isfinite(error) else np.inf
        rows.append((name, centre.size, np.linalg.norm(analytic), error, relative))
    columns = ("parameter", "size", "gradient", "absolute_error", "relative_error")
    return dict(zip(columns, map(np.array, zip(*rows, strict=True)), strict=True))


class _PoisonedWorkspace(Workspace):
    """Memory full of NaN: whoever reads what was not written is found out."""

    def empty(self, name: str, shape: tuple[int, ...]) -> FloatArray:
        array = super().empty(name, shape)
        array.fill(np.nan)
        return array

    def bind(self, name: str, key: Hashable, build: Callable[[], Bound]) -> Bound:
        return build()


def _directions(
    shape: tuple[int, ...], n_probes: int, generator: np.random.Generator
) -> FloatArray:
    """Return the unit vectors along every entry, or random ones if there are too many entries."""
    size = int(np.prod(shape))
    if size <= n_probes:
        return np.eye(size).reshape(size, *shape)
    directions = generator.normal(size=(n_probes, size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return directions.reshape(n_probes, *shape)
