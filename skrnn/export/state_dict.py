"""Weights in the names and the order of gates of ``torch.nn``."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from skrnn.inspection.task import target_of
from skrnn.network.cells import GRU, LSTM, Cell, Elman
from skrnn.sequences.arrays import as_floats
from skrnn.types import FloatArray

ORDER: dict[type[Cell], list[int]] = {Elman: [0], GRU: [1, 0, 2], LSTM: [0, 2, 3, 1]}
"""Where each of PyTorch's gates stands among a cell's."""

KINDS = {
    "input_weights": "weight_ih",
    "recurrent_weights": "weight_hh",
    "bias": "bias_ih",
    "recurrent_bias": "bias_hh",
}
"""What a direction of a layer has; a recurrent bias, the GRU's alone."""


def to_torch(estimator: Any) -> dict[str, FloatArray]:
    """
    Return the weights of a fitted estimator as a PyTorch module would have them.

    The module has a ``torch.nn.RNN``, ``GRU`` or ``LSTM`` called ``recurrence`` and, called
    ``readout``, a ``torch.nn.Linear`` from the state of each direction to the scores. Scores become
    probabilities by softmax, and predictions by ``target_mean_`` and ``target_scale_``, after what
    `Poisson` or `Quantile` makes of them. Where
    features are categories, each has a ``torch.nn.Embedding``, "0" for feature 0 and so on, in a
    ``torch.nn.ModuleDict`` called ``embedding``; their outputs come after the other features.

    Parameters
    ----------
    estimator : classifier, regressor or tagger of skrnn
        Fitted, with layers of one size.

    Returns
    -------
    dict of str to array
        For ``load_state_dict``, once each array is a tensor, as ``torch.from_numpy`` makes them.
        They are copies, in the precision of the estimator.

    Raises
    ------
    ValueError
        If PyTorch has no such cell, or layers differ in size.

    See Also
    --------
    from_torch : The way back.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> from skrnn.export import to_torch
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> {name: weights.shape for name, weights in to_torch(model).items()}
    {'recurrence.weight_ih_l0': (12, 2), 'recurrence.weight_hh_l0': (12, 4), \
'recurrence.bias_ih_l0': (12,), 'recurrence.bias_hh_l0': (12,), 'readout.weight': (2, 4), \
'readout.bias': (2,)}
    """
    target_of(estimator)  # raises an error if it is none of skrnn's, or not fitted
    network, parameters = estimator.network_, estimator.parameters_
    order = ORDER.get(type(network.cell))
    if order is None:
        raise ValueError(f"torch.nn has no module for the cell {network.cell!r}.")
    if len(set(network.layer_sizes)) > 1:
        raise ValueError(
            f"Layers of a module of torch.nn are of one size; these are {network.layer_sizes}."
        )
    state = {
        f"embedding.{feature}.weight": parameters[f"embedding_{feature}.weights"].copy()
        for feature, _, _ in network.embeddings
    }
    for i, layer in enumerate(network.layers):
        for direction, end in zip(layer.directions, ("", "_reverse"), strict=False):
            for ours, theirs in KINDS.items():
                zero = np.zeros_like(parameters[f"{direction.name}.bias"])
                gates = np.split(parameters.get(f"{direction.name}.{ours}", zero), len(order))
                state[f"recurrence.{theirs}_l{i}{end}"] = np.concatenate(
                    [gates[place] for place in order]
                )
    readout = {"readout.weight": "readout.weights", "readout.bias": "readout.bias"}
    return state | {theirs: parameters[ours].copy() for theirs, ours in readout.items()}


def from_torch(module: Any) -> dict[str, FloatArray]:
    """
    Return the weights of a PyTorch module by the names that `parameters_` has.

    It has one ``torch.nn.RNN``, ``GRU`` or ``LSTM`` and, perhaps, a ``torch.nn.Linear``, whatever
    their names, and may have embeddings as `to_torch` names them; of other modules, the weights
    mean something else. An estimator that was fitted
    with a network of this shape, for one epoch, say, predicts with them after
    ``model.parameters_[name][...] = weights`` for each.

    Parameters
    ----------
    module : torch.nn.Module or dict
        The module, or its ``state_dict()`` with tensors or arrays.

    Returns
    -------
    dict of str to array
        Copies, such as "layer_0.input_weights". Of two biases of which only the sum matters, it is
        the sum, and 0 where the module has none.

    Raises
    ------
    ValueError
        If a weight is of no such module, or has a shape that does not go with the others.

    See Also
    --------
    to_torch : The way there.

    Examples
    --------
    >>> from skrnn.export import from_torch, to_torch
    >>> import numpy as np
    >>> from skrnn import RNNSequenceClassifier
    >>> X, y = np.random.default_rng(0).normal(size=(20, 5, 2)), [0, 1] * 10
    >>> model = RNNSequenceClassifier(4, tol=0.01, random_state=0).fit(X, y)
    >>> for name, weights in from_torch(to_torch(model)).items():
    ...     assert (model.parameters_[name] == weights).all()
    """
    state = module.state_dict() if hasattr(module, "state_dict") else module
    found: dict[str, dict[str, FloatArray]] = {}
    readout: dict[str, FloatArray] = {}
    weights = {}
    for name, values in state.items():
        if (embedded := re.fullmatch(r"embedding\.(\d+)\.weight", name)) is not None:
            weights[f"embedding_{embedded[1]}.weights"] = as_floats(values, name).copy()
            continue
        *_, last = name.split(".")
        known = re.fullmatch(r"((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?", last)
        direction = found.setdefault(f"layer_{known[2]}{known[3] or ''}", {}) if known else {}
        if known is not None and known[1] not in direction:
            direction[known[1]] = as_floats(values, name)
        elif last in {"weight", "bias"} and last not in readout:
            readout[last] = as_floats(values, name)
        else:
            raise ValueError(
                f"{name!r} is no weight of the first torch.nn.RNN, GRU or LSTM, nor of the first "
                f"torch.nn.Linear."
            )
    if not found:
        raise ValueError("There is no weight of a torch.nn.RNN, GRU or LSTM.")
    for name, direction in found.items():
        for ours, array in _of_direction(name, direction).items():
            weights[f"{name}.{ours}"] = array
    if readout:
        V = readout["weight"]
        bias = readout.get("bias", np.zeros(len(V), V.dtype))
        weights |= {"readout.weights": V.copy(), "readout.bias": bias.copy()}
    return weights


def _of_direction(name: str, theirs: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Return what one direction of a layer has, given what PyTorch calls it."""
    for kind in ("weight_ih", "weight_hh"):
        if kind not in theirs:
            raise ValueError(f"There is no {kind} of {name}.")
    U = theirs["weight_hh"]
    n_gates, rest = divmod(len(U), U.shape[1])
    cell = {len(order): cell for cell, order in ORDER.items()}.get(n_gates)
    if rest or cell is None:
        raise ValueError(f"weight_hh of {name} has shape {U.shape}, as no cell of torch.nn.")
    order, zero = ORDER[cell], np.zeros(len(U), U.dtype)
    ours = {}
    for kind, their_kind in KINDS.items():
        gates = np.split(theirs.get(their_kind, zero), n_gates)
        ours[kind] = np.concatenate([gates[order.index(i)] for i in range(n_gates)])
    if not cell.separate_recurrent:
        ours["bias"] += ours.pop("recurrent_bias")
    return ours
