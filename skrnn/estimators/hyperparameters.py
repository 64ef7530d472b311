"""The hyperparameters that all estimators share: declared, described and set."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import cleandoc
from numbers import Integral
from typing import Any, Literal, Self, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.metrics import get_scorer_names

from skrnn.network.cells import CELLS, Cell
from skrnn.network.compiled.engine import ENGINES
from skrnn.rules import (
    BOOLEAN,
    NOTHING,
    SEED,
    InvalidParameterError,
    Rule,
    among,
    is_several,
    obeying,
    real,
    setting,
    whole,
)
from skrnn.spec import choice, choices_of
from skrnn.training.clipping import CLIP_BY
from skrnn.training.optimizers import OPTIMIZERS, Optimizer
from skrnn.training.schedule import Schedule
from skrnn.training.schedules import SCHEDULES, Cycles


def _is_sizes(value: Any) -> bool:
    """Tell whether a value is a sequence of at least one layer size."""
    return is_several(value) and all(map(_COUNT.admits, value))


def _is_selection(value: Any) -> bool:
    """Tell whether a value is a sequence of ints, of strings or of booleans, all of a kind."""
    if not isinstance(value, list | tuple | np.ndarray) or np.ndim(value) != 1:
        return False
    kinds = (str,), (bool, np.bool_), (Integral,)
    of = {next((i for i, k in enumerate(kinds) if isinstance(v, k)), None) for v in value}
    return None not in of and len(of) <= 1


def _is_minus_one(value: Any) -> bool:
    """Tell whether a value is the integer -1."""
    return isinstance(value, Integral) and int(value) == -1


_AUTO, _COUNT = among(["auto"]), whole(1)
_SIZES = Rule("a sequence of ints in the range [1, 2**63)", _is_sizes)
_SELECTION = Rule("a list of ints, of names or of bools", _is_selection)
_EACH_CORE = Rule("-1", _is_minus_one)
_SCORERS = among(["loss", *get_scorer_names()]), Rule("a callable", callable)


@dataclass(eq=False, repr=False, kw_only=True)
class Hyperparameters(BaseEstimator):
    """
    What every estimator's constructor stores, and nothing else.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(64,)
        Units of each recurrent layer, from the input upwards.
    cell : {"elman", "gru", "lstm"} or Cell, default="gru"
        The kind of recurrence. The cells with gates, GRU and LSTM, remember for longer; an Elman
        cell is two to four times as fast. An object such as ``GRU(update_bias=Chrono(100))`` sets
        details, which a search reaches as ``cell__update_bias``.
    bidirectional : bool, default=False
        Whether every layer also reads each sequence from its end to its beginning, with as many
        units again. Prediction then needs memory for whole sequences, and `truncation_length` must
        be None, `checkpoint` False.
    categorical_features : {"from_dtype"}, list of int, of str or of bool, or None, default=None
        Which features of a step are categories, by number, by name or as a mask; "from_dtype" are
        the columns of a data frame that have a type for categories. Each is replaced by a vector
        that is learnt for each category of the X with which training begins, and for "missing",
        which is NaN, None, and any category that later X has beside. Categories are numbers or
        strings. The rows of ``parameters_["embedding_0.weights"]``, for feature 0, are those of
        the sorted categories, and of what is missing.
    embedding_size : int or "auto", default="auto"
        Size of these vectors. "auto" is fastai's rule, 1.6 times the number of categories to the
        power of 0.56, but at most 50.
    dropout : float, default=0.0
        Share, in [0, 1), of each layer's outputs that training hides from the layer above or the
        readout: for each sequence anew, the same ones at all its steps. None in prediction.
    truncation_length : int or None, default=None
        Steps through which the gradient flows back and for which activations are kept; None is
        full backpropagation. States before them, and what a readout has gathered, count as
        constants. With one target for each sequence, these are its last steps. With a target at
        every step, or target replication, windows of so many steps cover the sequence, with an
        update for each and the state carried from one to the next: the last window ends with the
        sequence, and the first is shorter if need be. They bound memory, but take about a third
        more time than full backpropagation, as the state goes on with new weights.
    truncation_stride : int or None, default=None
        Where windows cover the sequence, steps from one to the next, at most `truncation_length`;
        None for as many. The cost of a step counts once, in the first window that has it. So a
        smaller stride lets the gradient of every step reach further back, and takes about
        ``truncation_length / truncation_stride`` times as long; 1 is the textbook's loop.
    checkpoint : bool or int, default=False
        After how many steps to keep the network's state; all else is computed again in the
        backward pass. True is the root of the number of steps. The gradient is the same, bit for
        bit; long sequences take a fraction of the memory and about a third more time. Not for
        `bidirectional`.
    clip_threshold : float or None, default=1.0
        Size at which gradients are clipped; None for never. The default is there so that a single
        exploding gradient does not undo a fit.
    clip_by : {"norm", "step_norm", "value"}, default="norm"
        What is held to the threshold: the norm of the whole gradient; for each sequence and step,
        the norm of its loss's gradient with respect to the hidden state, but not to an LSTM's
        memory; or each element.
    optimizer : {"adam", "adamw", "lbfgs", "rmsprop", "sgd"} or Optimizer, default="adam"
        The rule of the update. An object such as ``Adam(beta_1=0.8)`` sets its details, and these
        can be searched as ``optimizer__beta_1``. "lbfgs" takes all sequences at once, which suits
        small data; see `LBFGS` for what it leaves aside.
    learning_rate : float or "auto", default="auto"
        Size of an update, times what the schedule says. "auto" is 0.01 for sequences of up to 64
        steps in the median, and falls with the root of their length beyond: long ones have steeper
        gradients.
    schedule : {"auto", "adaptive", "constant", "cosine", "cycles", "inverse_scaling", \
"one_cycle"} or Schedule, default="auto"
        What becomes of the learning rate. "auto" is `Cycles`, the first as long as the data need,
        and constant where `n_iter_no_change` says what ends training. "cosine" and "one_cycle" end
        with `max_iter`: choose it with care. A warm start moves their end to where it ends itself.
        An object such as ``OneCycle(rise=0.1)`` sets details.
    alpha : float, default=1e-4
        L2 penalty on the weights, not the biases; divided by the sum of the weights of a batch's
        targets.
    batch_size : int or "auto", default="auto"
        Sequences in an update, at most; "auto" is 32, and 200 for "lbfgs", where it bounds memory
        alone. Batches are as equal in size as can be and hold sequences of similar length.
    max_iter : int or "auto", default="auto"
        Epochs, at most. With "auto", training goes through cycles of the learning rate, the first
        of at least 300 updates and 10 epochs (150 and 5 for numbers), each of the next twice as
        long, until at the end of one there is nothing left to learn, since the training loss is
        below 0.05 (0.005) or the score of what is held out falls with it, or until the third
        (fourth) has ended. For "lbfgs" it is 200.
    shuffle : bool, default=True
        Whether every epoch forms new batches. Without it, they are neighbours in X.
    tol : float, default=1e-4
        Improvement of the loss, or of the validation score, that counts as one.
    n_iter_no_change : int or "auto", default="auto"
        Training stops after more than this many epochs in a row without an improvement. "auto"
        counts cycles, or whatever lets the learning rate fall, since within them a loss may rest
        before it falls: after two in a row without one it stops. With a schedule that does not let
        the rate fall, it is 10.
    n_init : int, default=1
        How often to begin from other initial weights. The fit with the best validation score is
        kept, or that with the smallest last training loss, and all attributes are its own; one that
        diverges is passed over. A warm start and `partial_fit` go on with one.
    early_stopping : bool or "auto", default="auto"
        Whether to watch the score on held-out sequences instead of the training loss, and keep the
        best epoch. "auto" does so if `fit` is given some; if there are more than 10,000 sequences,
        as in ``HistGradientBoostingClassifier``; and if `max_iter` and `n_iter_no_change` are
        "auto" and there are at least 50 sequences with 50 numbers, or 500 labels, as targets: these
        tell noise from what is to be learnt. A cycle is then kept only if it makes up for a fifth
        of what the score of the best one lacks of 1 (with `scoring`, of 0 while nothing was above,
        or of the best of all), once the training loss has halved, so that luck does not choose.
        False learns from all sequences.
    validation_fraction : float, default=0.1
        Share of the sequences that early stopping holds out, unless `fit` is given some.
    scoring : str, callable or None, default=None
        What early stopping watches, the larger the better, by `tol` at least. None is the
        estimator's own `score`: accuracy or R^2; of quantiles, the D^2 of their pinball loss.
        "loss" is `validation_loss_curve_` with a minus. A name is one of
        `sklearn.metrics.get_scorer_names`, over all steps if these have targets. A callable,
        ``scorer(estimator, X, y)``, gets the network as it is after the epoch, what is held out of
        X and y in the form they have, and the weights that targets have in training if not all are
        1 and it has a parameter `sample_weight`. For steps,
        ``make_scorer(skrnn.metrics.step_f1_score)`` is one.
    warm_start : bool, default=False
        Whether `fit` goes on where the last one ended, optimiser and all (but for L-BFGS, which
        forgets), or begins anew. What changes the network (cell, layers, directions, readout) must
        not change in between; another optimiser begins with an empty memory.
    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the order of sequences, the dropout and the validation split.
        An int makes fits repeatable, bit for bit, with the same `n_jobs`.
    verbose : bool, default=False
        Whether to print what is fitted, and a line about the last epoch: which start and, from
        scikit-learn 1.9 on, which fit of a search; loss, validation score, the most time that is
        left at this speed, median norm of the gradient before clipping. It changes on a terminal; a
        file gets a new one when the number of epochs has doubled, each minute, and at the end, and
        so does a terminal from several processes or threads. Each `partial_fit` prints its own.
    n_jobs : int or None, default=None
        Threads, at most, among which `fit` and `partial_fit` divide the sequences of a batch; None
        means 1, and -1 one for each core that the process may use. A step of a thread has at least
        2**18 multiplications, such as those of 20 sequences in a GRU of 64 units, as smaller parts
        cost more than they bring (``benchmarks/speed.py jobs``). The same number gives the same
        bits, another one other rounding: set one, not -1, if other machines must repeat a fit. In a
        search, give the search the cores.
    engine : {"numpy", "numba"}, default="numpy"
        What takes the time steps. "numba" compiles them, which needs ``pip install 'skrnn[fast]'``:
        up to some 100 units, fits then take 0.6 to 0.8 of the time. Results differ by
        rounding alone. The first fit with a kind of cell takes some seconds more, once on a
        machine. A fitted estimator may change it at any time.
    """

    hidden_layer_sizes: int | Sequence[int] = field(
        default=(64,), kw_only=False, metadata=obeying(_COUNT, _SIZES)
    )
    cell: str | Cell = choice("gru", CELLS, Cell)
    bidirectional: bool = setting(False, BOOLEAN)
    categorical_features: Sequence[int | str | bool] | Literal["from_dtype"] | None = setting(
        None, among(["from_dtype"]), _SELECTION, NOTHING
    )
    embedding_size: int | Literal["auto"] = setting("auto", _AUTO, _COUNT)
    dropout: float = setting(0.0, real(0, 1))
    truncation_length: int | None = setting(None, _COUNT, NOTHING)
    truncation_stride: int | None = setting(None, _COUNT, NOTHING)
    checkpoint: bool | int = setting(False, BOOLEAN, _COUNT)
    clip_threshold: float | None = setting(1.0, real(0, ends="()"), NOTHING)
    clip_by: str = setting("norm", among(CLIP_BY))
    optimizer: str | Optimizer = choice("adam", OPTIMIZERS, Optimizer)
    learning_rate: float | Literal["auto"] = setting("auto", _AUTO, real(0, ends="()"))
    schedule: str | Schedule = choice("auto", SCHEDULES, Schedule)
    alpha: float = setting(1e-4, real(0))
    batch_size: int | Literal["auto"] = setting("auto", _AUTO, _COUNT)
    max_iter: int | Literal["auto"] = setting("auto", _AUTO, _COUNT)
    shuffle: bool = setting(True, BOOLEAN)
    tol: float = setting(1e-4, real(0))
    n_iter_no_change: int | Literal["auto"] = setting("auto", _AUTO, _COUNT)
    n_init: int = setting(1, _COUNT)
    early_stopping: bool | Literal["auto"] = setting("auto", BOOLEAN, _AUTO)
    validation_fraction: float = setting(0.1, real(0, 1, ends="()"))
    scoring: str | Callable[..., float] | None = setting(None, *_SCORERS, NOTHING)
    warm_start: bool = setting(False, BOOLEAN)
    random_state: int | np.random.RandomState | None = setting(None, *SEED)
    verbose: bool = setting(False, BOOLEAN)
    n_jobs: int | None = setting(None, _COUNT, _EACH_CORE, NOTHING)
    engine: str = setting("numpy", among(ENGINES))

    def set_params(self, **params: Any) -> Self:
        """
        Change hyperparameters; ``optimizer__beta_1`` and ``cell__update_bias`` reach into objects.

        Parameters
        ----------
        **params
            New values by name.

        Returns
        -------
        self
            The estimator.
        """
        choices = choices_of(self)
        for name in params:
            outer, _, inner = name.partition("__")
            value, kinds = params.get(outer, getattr(self, outer, None)), choices.get(outer, {})
            if inner and isinstance(value, str) and value in {"auto", *kinds}:
                kind = kinds.get(value, Cycles)  # which "auto" stands for
                raise InvalidParameterError(
                    f"{name!r} needs an object to change, but {outer} is {value!r}. Give "
                    f"{outer}={kind.__name__}() first."
                )
        super().set_params(**params)
        return self


Estimator = TypeVar("Estimator", bound=type[Hyperparameters])


def documented(estimator: Estimator) -> Estimator:
    """Add to an estimator's docstring what its base class tells of parameters and attributes."""
    if estimator.__doc__ is None:  # python -OO
        return estimator
    prose, own = _sections(estimator)
    base = next(base for base in estimator.__mro__[1:] if issubclass(base, Hyperparameters))
    merged: dict[str, str] = {}
    for name in ("Parameters", "Attributes"):
        bodies = (_sections(base)[1].get(name), own.pop(name, None))
        merged[name] = "\n".join(filter(None, bodies))
    full = {name: body for name, body in (merged | own).items() if body}
    parts = [f"{name}\n{'-' * len(name)}\n{body}" for name, body in full.items()]
    estimator.__doc__ = "\n" + "\n\n".join([prose, *parts]) + "\n"
    return estimator


def _sections(documented: type) -> tuple[str, dict[str, str]]:
    """Return what a docstring begins with, and its sections by name."""
    doc = cleandoc(documented.__doc__ or "")
    prose, *rest = (part.rstrip() for part in re.split(r"^(\w+)\n-+\n", doc, flags=re.MULTILINE))
    return prose, dict(zip(rest[::2], rest[1::2], strict=True))
