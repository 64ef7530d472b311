"""What a cell does in one step, number by number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """
    The `forward` and `backward` of a cell as functions that Numba compiles.

    They take what `Cell.forward` and `Cell.backward` do, without the cell and the scratch, as
    contiguous vectors: a state has H B numbers, gates have G H B, and all numbers of a gate stand
    side by side. Their loops run over numbers; of `skrnn.network.compiled.functions` they take exp,
    tanh, logistic and relu, and what derivatives there are. A literal turns float32 into float64,
    which costs time and no more. A cell with settings makes them within a function of these, once
    for each value (`functools.cache`).
    """

    forward: Callable[..., Any]
    backward: Callable[..., Any]
