"""Models saved in format 1, where parameters lay in another order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from skrnn.network.network import Network
from skrnn.network.parameters import Parameters
from skrnn.types import FloatArray


def upgrade(state: Mapping[str, Any]) -> None:
    """
    Bring what an estimator was saved as up to date, in place.

    In format 1 all weights came before all biases, each contiguous, and a network was saved with
    what follows from its fields.
    """
    network = state.get("network_")
    if network is None:
        return
    own = {field.name for field in fields(Network)}
    for name in set(vars(network)) - own:
        del vars(network)[name]

    progress = state["_progress"]
    places = progress.parameters.layout._places  # noqa: SLF001 - of a class that is no more
    either = (progress.parameters, state["parameters_"])  # often the same
    for parameters in {id(one): one for one in either}.values():
        parameters.flat = _moved(parameters.flat, places, network)
        parameters.layout = network.layout
    stepper, monitor = progress.stepper, progress.monitor
    stepper.running = tuple(_moved(flat, places, network) for flat in stepper.running)
    if monitor.best_parameters is not None:
        monitor.best_parameters = state["parameters_"].flat


def _moved(flat: FloatArray, places: Mapping[str, Any], network: Network) -> FloatArray:
    """Return a flat vector of format 1, with parameters at places (start, stop, shape), as now."""
    moved = Parameters.zeros(network.layout, flat.dtype)
    for name, (start, stop, shape) in places.items():
        moved[name][...] = np.reshape(flat[start:stop], shape)
    return moved.flat
