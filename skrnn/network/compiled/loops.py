"""Both time loops, compiled with a cell's rule in them. The only module that imports Numba."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numba import njit, typeof, types
from numba.extending import overload, register_jitable

from skrnn.network.compiled import functions
from skrnn.network.compiled.rule import Rule

try:
    import fcntl
except ImportError:  # Windows, where two processes may both compile
    fcntl = None  # type: ignore[assignment]

LOGGER = logging.getLogger("skrnn")

OPTIONS = {"error_model": "numpy"}
"""A division by zero is no error, as in NumPy; and no branch."""


class Loops(NamedTuple):
    """The time loops of one cell in one precision; `remark` says what it took to compile them."""

    forward: Callable[..., None]
    backward: Callable[..., None]
    remark: str | None


@cache
def loops_of(rule: Rule, n_states: int, n_tapes: int, dtype: np.dtype[Any]) -> Loops:
    """Compile the loops, or find what another process has compiled."""
    forward, backward = _loops(rule)
    matrix, steps = np.empty((0, 0), dtype), np.empty((0, 0, 0), dtype)
    others, tape, states = (steps,) * (n_states - 1), (steps,) * n_tapes, (matrix,) * n_states
    of_trace = matrix, matrix, 0, steps, steps
    of_backward = (steps, states, states, *(matrix,) * 3, (matrix,) * 2, (matrix,) * 2, steps)
    begin, n_found = perf_counter(), 0
    with _alone(forward):
        for loop, arguments in (
            (forward, (*of_trace, others, tape, matrix)),
            (backward, (*of_trace, others, tape, *of_backward)),
        ):
            signature = tuple(map(typeof, arguments))
            loop.compile(signature)
            n_found += loop.stats.cache_hits[signature]
    if n_found == 2:
        return Loops(forward, backward, None)
    remark = (
        f"Compiled the time loops of {rule.forward.__module__} for {dtype} in "
        f"{perf_counter() - begin:.1f} s, "
        f"{'once and for all' if forward.stats.cache_path else 'for this process alone'}."
    )
    LOGGER.info(remark)
    return Loops(forward, backward, remark)


@cache
def _loops(rule: Rule) -> tuple[Any, Any]:
    """Return both loops around a rule, yet to be compiled."""
    rule_forward = register_jitable(**OPTIONS)(rule.forward)
    rule_backward = register_jitable(**OPTIONS)(rule.backward)

    def forward(
        A: Any,
        A_2: Any,
        first: int,
        inputs: Any,
        gates: Any,
        others: Any,
        tape: Any,
        recurrent: Any,
    ) -> None:
        """Take all steps; hidden states begin in row `first` of the inputs."""
        for t in range(len(inputs) - 1):
            out = gates[t % len(gates)]  # without a backward pass, there is memory for one step
            u = recurrent if len(A_2) else out
            if len(A_2):
                np.dot(A, inputs[t, :first], out)  # (1)
                np.dot(A_2, inputs[t, first - 1 :], recurrent)
            else:
                np.dot(A, inputs[t], out)
            previous = (vector(inputs[t, first:]), *of_step(others, t))
            new = (vector(inputs[t + 1, first:]), *of_step(others, t + 1))
            rule_forward(vector(out), vector(u), previous, new, of_step(tape, t))  # (2)

    def backward(
        U_T: Any,
        W_T: Any,
        first: int,
        inputs: Any,
        gates: Any,
        others: Any,
        tape: Any,
        d_hidden: Any,
        d_previous: Any,
        d_new: Any,
        d_gates: Any,
        d_recurrent: Any,
        through_u: Any,
        products: Any,
        d_matrices: Any,
        d_x: Any,
    ) -> None:
        """Go back through all steps; with their number odd, `d_new` is what `d_previous` was."""
        for t in range(len(inputs) - 2, -1, -1):
            d_new, d_previous = d_previous, d_new
            add(vector(d_new[0]), vector(d_hidden[t]))
            for d_state in d_previous:
                d_state[:] = 0
            previous = (vector(inputs[t, first:]), *of_step(others, t))
            new = (vector(inputs[t + 1, first:]), *of_step(others, t + 1))
            rule_backward(  # (2)
                vector(gates[t]),
                previous,
                new,
                of_step(tape, t),
                vectors(d_new),
                vectors(d_previous),
                vector(d_gates),
                vector(d_recurrent),
            )
            np.dot(U_T, d_recurrent, through_u)  # (1)
            add(vector(d_previous[0]), vector(through_u))
            if len(d_matrices[1]):  # (1)
                add_product(d_matrices[0], d_gates, inputs[t, :first], products[0])
                add_product(d_matrices[1], d_recurrent, inputs[t, first - 1 :], products[1])
            else:
                add_product(d_matrices[0], d_gates, inputs[t], products[0])
            if len(d_x):
                np.dot(W_T, d_gates, d_x[t])

    return _compiler(rule, forward), _compiler(rule, backward)


def _compiler(rule: Rule, loop: Callable[..., None]) -> Any:
    """Return what compiles a loop, and keeps it by a name that its whole source makes."""
    options: dict[str, Any] = {"nogil": True, **OPTIONS}
    try:
        parts = [sys.modules[part.__module__] for part in (*rule, loop, functions.exp)]
        sources = "".join(map(inspect.getsource, parts))
        mark = sha256(sources.encode()).hexdigest()[:16]
        loop.__qualname__ = f"{rule.forward.__name__}.{loop.__name__}.{mark}"
        return njit(cache="__main__" not in {part.__module__ for part in rule}, **options)(loop)
    except (KeyError, OSError, TypeError, RuntimeError):  # source in no file, no folder to write to
        return njit(**options)(loop)


@contextmanager
def _alone(loop: Any) -> Iterator[None]:
    """Let other processes wait, to find what this one compiles."""
    folder = loop.stats.cache_path
    with ExitStack() as stack:
        if fcntl is not None and folder is not None:
            with suppress(OSError):  # of another user's file: then both compile
                Path(folder).mkdir(parents=True, exist_ok=True)
                lock = stack.enter_context(Path(folder, "skrnn.lock").open("w"))
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def vector(array: Any) -> Any:
    """Return all numbers of an array in one row."""
    return array.reshape(array.size)


def add(total: Any, part: Any) -> None:
    """Add one vector to another."""
    for j in range(len(total)):
        total[j] += part[j]


def add_product(total: Any, left: Any, right: Any, scratch: Any) -> None:
    """Add ``left right'``, as `skrnn.network.products.adder`."""
    np.dot(left, right.T, scratch)
    add(vector(total), vector(scratch))


def vectors(arrays: Any) -> Any:
    """Return the vectors of some arrays."""
    if len(arrays) == 0:
        return ()
    return (vector(arrays[0]), *vectors(arrays[1:]))


def of_step(arrays: Any, t: int) -> Any:
    """Return the vectors of a step; of arrays with one step, of that."""
    if len(arrays) == 0:
        return ()
    return (vector(arrays[0][t % len(arrays[0])]), *of_step(arrays[1:], t))


for helper in (vector, vectors, add, add_product, of_step):
    register_jitable(**OPTIONS)(helper)
for function in functions.ALL:  # to be inlined, or loops have no vector instructions
    register_jitable(forceinline=True, **OPTIONS)(function)

# What Python decides by the type of a number, Numba decides when it compiles.
overload(functions.constants)(
    lambda x: (
        (lambda x: functions.SINGLE)  # noqa: ARG005
        if x == types.float32
        else (lambda x: functions.DOUBLE)  # noqa: ARG005
    )
)
overload(functions.power, strict=False)(  # strict, it would compare the types of arguments too
    lambda bits: functions.power_in_single if bits == types.float32 else functions.power_in_double
)
