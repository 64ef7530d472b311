"""What each step and feature contributes to what a network says."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from skrnn.inspection.explained import Explained
from skrnn.rules import among, check
from skrnn.sequences.sequences import Sequences
from skrnn.training.inference import PREDICT_BATCH
from skrnn.training.threads import one_blas_thread
from skrnn.types import FloatArray, IntArray

N_POINTS = 8
"""Points of the quadrature of each part of the way."""

TOLERANCE = 1e-4
"""Error of a part, in what the whole way amounts to, beyond which it is halved."""

SHORTEST = 2.0**-20
"""A part that is not halved any more."""


def attributions(
    estimator: Any, X: Any, target: Any = None, *, method: str = "integrated_gradients"
) -> Any:
    """
    Tell what each step and feature of sequences contributes to what a network says of them.

    What is explained is one number f(x) of each sequence x. For classes it is the log odds of one,
    log p / (1 - p): it neither levels off where the network is sure, as p and log p do, nor depends
    on a shift of all scores, as one score does. For numbers it is the prediction, in units of y.
    Where steps have targets, it is the sum over the steps.

    - "integrated_gradients": x times the mean gradient of f on the straight way from 0 to x. The
      contributions add up to f(x) - f(0), to about 1e-3 of it: the way is divided until they do.
    - "gradient": the derivatives of f at x. They say what a small change would do, in units of f by
      units of the feature, and add up to nothing.
    - "occlusion": f(x) less f of x with that one value set to 0. It needs a prediction for each
      value; of two that say the same, neither seems to matter.

    A category has no derivative, and contributes 0 to the first two; occlusion makes it a missing
    one.

    So 0 has to be a value that says nothing. In a pipeline with ``PerStep(StandardScaler())`` it is
    the mean of the training data; a contribution is then that of the difference from it.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn, or a pipeline that ends in one
        Fitted. Of a pipeline, attributions are of the steps and features that the network reads:
        those of X after `PerStep` with a scaler, one for each category after it encodes them. Only
        `StackSteps` right before the network is undone: each of the joined steps gets its own.
    X : array-like or list of arrays
        Sequences, in any form that `predict` takes.
    target : label, int or array-like of shape (n_samples,), default=None
        What is to be explained, for all sequences or for each: a class, the column of an indicator
        y, or the number of an output. None is the most probable class, of each step for a tagger,
        or the single output of a regressor.
    method : {"integrated_gradients", "gradient", "occlusion"}, default="integrated_gradients"
        How. Integrated gradients take some ten or a hundred passes forward and back.

    Returns
    -------
    ndarray of shape (n_samples, n_timesteps, n_features) or list of arrays
        In the form of X: an array for 2-D and 3-D X, an array of shape (n_timesteps_i, n_features)
        for each sequence where they may differ in length. The sum over features is what a step
        contributes.

    Raises
    ------
    ValueError
        If `target` is none of the classes or outputs, or None where there are several outputs; if
        there is one class only.

    References
    ----------
    M. Sundararajan, A. Taly, Q. Yan, "Axiomatic attribution for deep networks", ICML 2017;
    M. D. Zeiler, R. Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceRegressor
    >>> from skrnn.inspection import attributions
    >>> X = np.random.default_rng(0).normal(size=(100, 5, 2))
    >>> model = RNNSequenceRegressor(8, random_state=0).fit(X, X[:, 1, 0])
    >>> shares = np.abs(attributions(model, X)).mean(axis=0)
    >>> np.unravel_index(shares.argmax(), shares.shape) == (1, 0)
    True
    """
    contributions, _, in_form = attributions_beside(estimator, X, target, method)
    return in_form(contributions)


@one_blas_thread()
@np.errstate(over="ignore", invalid="ignore")  # padding may overflow; nothing reads it
def attributions_beside(
    estimator: Any, X: Any, target: Any, method: str
) -> tuple[FloatArray, Sequences, Callable[..., Any]]:
    """Return attributions (sum of lengths, D), what they are of, and what brings them into form."""
    check("method", method, among(METHODS))
    explained, sequences, in_form = Explained.of(estimator, X, target)
    return METHODS[method](explained, sequences), sequences, in_form


def _gradient(explained: Explained, sequences: Sequences) -> FloatArray:
    """Return the derivatives (sum of lengths, D) at the sequences."""
    return explained.gradient(sequences, np.arange(len(sequences)))


def _integrated(explained: Explained, sequences: Sequences) -> FloatArray:
    """
    Return steps times the mean of the derivatives on the way, (sum of lengths, D).

    What the contributions of a part of the way add up to is known: by how much the number grows
    there. Parts where they do not are halved.
    """
    at = partial(_at, sequences, list(explained.missing))
    points, weights = np.polynomial.legendre.leggauss(N_POINTS)
    points, weights = (points + 1) / 2, (weights / 2).astype(sequences.steps.dtype)
    everyone, rounding = np.arange(len(sequences)), 8 * np.finfo(sequences.steps.dtype).eps
    start, end = (
        explained.values(at(everyone, np.full(len(everyone), place)), everyone)
        for place in (0.0, 1.0)
    )
    result = np.zeros_like(sequences.steps)
    pending = np.argsort(-sequences.lengths, kind="stable")
    begin, size = np.zeros(len(pending)), np.ones(len(pending))
    while len(pending):
        now, later = slice(PREDICT_BATCH // N_POINTS), slice(PREDICT_BATCH // N_POINTS, None)
        of, first, width = pending[now], begin[now], size[now]
        copies = np.tile(of, N_POINTS)
        places = (first + np.multiply.outer(points, width)).ravel()
        slopes = explained.gradient(at(copies, places), copies)
        steps = at(of, width)  # times slopes that are 0 where categories stand
        parts = np.tensordot(weights, slopes.reshape(N_POINTS, *steps.steps.shape), 1) * steps.steps
        above, below = (explained.values(at(of, place), of) for place in (first + width, first))
        sums, sizes = (
            Sequences(values, steps.lengths).sums.sum(axis=1) for values in (parts, np.abs(parts))
        )
        allowed = TOLERANCE * (np.abs(end - start)[of] + 0.01 * sizes)
        allowed += rounding * (np.abs(above) + np.abs(below))
        halve = (np.abs(sums - (above - below)) > allowed) & (width > SHORTEST)
        done = sequences.rows(of[~halve])
        np.add.at(result, done, parts[np.repeat(~halve, steps.lengths)])
        half = width[halve] / 2
        pending = np.concatenate([of[halve], of[halve], pending[later]])
        begin = np.concatenate([first[halve], first[halve] + half, begin[later]])
        size = np.concatenate([half, half, size[later]])
    return result


def _at(sequences: Sequences, kept: list[int], of: IntArray, place: FloatArray) -> Sequences:
    """
    Return copies of some of the sequences, each times a number: where on its way it is.

    Features that are `kept` are codes of categories, between which there is no way.
    """
    copies = sequences.take(of)
    factors = np.repeat(place, copies.lengths).astype(copies.steps.dtype)
    steps = copies.steps * factors[:, None]
    steps[:, kept] = copies.steps[:, kept]
    return Sequences(steps, copies.lengths)


def _occlusion(explained: Explained, sequences: Sequences) -> FloatArray:
    """Return by how much the number falls if a value is set to 0 or missing, each in turn."""
    result = np.empty_like(sequences.steps)
    nothing = np.zeros(sequences.n_features)
    nothing[list(explained.missing)] = list(explained.missing.values())
    everyone = np.arange(len(sequences))
    whole, owners = explained.values(sequences, everyone), np.repeat(everyone, sequences.lengths)
    for values in np.array_split(np.arange(result.size), -(-result.size // PREDICT_BATCH)):
        rows, features = np.divmod(values, sequences.n_features)
        of = owners[rows]
        copies = sequences.take(of)
        copies.steps[copies.starts + rows - sequences.starts[of], features] = nothing[features]
        result.flat[values] = whole[of] - explained.values(copies, of)
    return result


METHODS = {
    "integrated_gradients": _integrated,
    "gradient": _gradient,
    "occlusion": _occlusion,
}
