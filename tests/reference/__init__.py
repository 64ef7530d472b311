"""
The slow oracle: each cell written for one sequence and one step, in plain loops, to be read.

A cell's module has the cell's name in `skrnn.network.cells.CELLS`, and two functions:

``step(cell, p, x, state) -> (state, cache)``
    One time step of `cell`. `p` holds this layer's parameters by their short names, x has shape
    (D,), `state` is a tuple of arrays of shape (H,).
``step_back(cell, p, cache, d_state) -> (d_p, d_x, d_previous)``
    Its reverse: gradients of the parameters, of x and of the state before the step.
"""

from importlib import import_module


def oracle_of(name):
    """Return the oracle of a cell."""
    return import_module(f"tests.reference.{name}")
