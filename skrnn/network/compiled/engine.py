"""What a recurrence asks of the compiled engine: whether it can, and to run over a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from skrnn.network.cells import Cell
from skrnn.network.compiled.rule import Rule
from skrnn.network.states import StepHook
from skrnn.network.trace import Backward, Trace
from skrnn.types import FloatArray

if TYPE_CHECKING:
    from skrnn.network.compiled.loops import Loops


ENGINES = ("numpy", "numba")


def rule_of(cell: Cell) -> Rule:
    """Return the rule of a cell, unless a subclass has changed what it does."""
    depth = {
        method: next(i for i, kind in enumerate(type(cell).__mro__) if method in vars(kind))
        for method in ("rule", "forward", "backward")
    }
    rule = cell.rule() if depth["rule"] <= min(depth.values()) else None
    if rule is None:
        name = type(cell).__name__
        raise TypeError(
            f"engine='numba' needs the rule of {name} for single numbers, which it has not: let "
            f"{name}.rule return a skrnn.network.compiled.rule.Rule, or set engine='numpy'."
        )
    return rule


def load_loops() -> ModuleType:
    """Return the module that compiles, which imports Numba."""
    try:
        from skrnn.network.compiled import loops  # noqa: PLC0415 - the rest of skrnn does without
    except ImportError as error:
        raise ImportError(
            "engine='numba' needs Numba, which is not installed: pip install 'skrnn[fast]'."
        ) from error
    return loops


def check_engine(engine: str, cell: Cell) -> None:
    """Raise an error if an engine cannot run a cell."""
    if engine == "numba":
        rule_of(cell)
        load_loops()


def compiler_of(cell: Cell) -> Callable[[np.dtype[np.floating]], Loops]:
    """Return what returns the compiled time loops of a cell in some precision."""
    return partial(load_loops().loops_of, rule_of(cell), len(cell.states), len(cell.tape))


def prepare(engine: str, cell: Cell, dtype: np.dtype[np.floating]) -> str | None:
    """Compile what will be needed, and return what there is to tell of it."""
    if engine == "numpy":
        return None
    n_known = load_loops().loops_of.cache_info().misses
    loops = compiler_of(cell)(dtype)
    return loops.remark if load_loops().loops_of.cache_info().misses > n_known else None


def forward(loops: Loops, matrices: Sequence[FloatArray], trace: Trace) -> None:
    """Take all steps of a trace; `matrices` are A and, if there is one, A'."""
    A, A_2 = (
        A if A.flags.writeable else A.copy() for A in (*matrices, matrices[0][:0])[:2]
    )  # those of a model that joblib maps into memory cannot be written
    loops.forward(A, A_2, *_of(trace), trace.recurrent)


def backward(
    loops: Loops,
    W: FloatArray,
    trace: Trace,
    d: Backward,
    d_hidden: FloatArray,
    d_matrices: Sequence[FloatArray],
    d_x: FloatArray | None,
    at_step: StepHook | None,
) -> list[FloatArray]:
    """
    Go back through all steps, from the gradients `d.previous` of the last states.

    Return those of the states before the first. What is to be done at each step is done in Python,
    between one step and the next.
    """
    first, inputs, gates, others, tape = _of(trace)
    n_steps, d_previous, d_new = len(d_hidden), tuple(d.previous), tuple(d.new)
    W_T = d.transposed_u[:0] if d_x is None else np.ascontiguousarray(W.T)  # read at each step
    steps = [slice(0, n_steps)]
    if at_step is not None:
        steps = [slice(t, t + 1) for t in reversed(range(n_steps))]
        nothing = np.zeros_like(d.through_u)[None]
    for part in steps:
        signal, states = d_hidden[part], slice(part.start, part.stop + 1)
        if at_step is not None:
            d_previous[0][...] += signal[0]
            at_step(d_previous[0])
            signal = nothing
        loops.backward(
            d.transposed_u,
            W_T,
            first,
            inputs[states],
            gates[part],
            tuple(state[states] for state in others),
            tuple(kept[part] for kept in tape),
            np.ascontiguousarray(signal),
            d_previous,
            d_new,
            d.outs[0],
            d.outs[-1],
            d.through_u,
            (*d.products, d.products[0][:0])[:2],
            (*d_matrices, d_matrices[0][:0])[:2],
            signal[:0] if d_x is None else d_x[part],
        )
        if (part.stop - part.start) % 2:
            d_previous, d_new = d_new, d_previous
    return list(d_previous)


def _of(trace: Trace) -> tuple[Any, ...]:
    """Return where hidden states begin among the inputs, and what the loops read of a trace."""
    hidden, *others = trace.states.values()
    first = trace.inputs.shape[1] - hidden.shape[1]
    return first, trace.inputs, trace.gates, tuple(others), trace.tape
