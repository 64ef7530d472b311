"""
The slow oracle: each cell written for one sequence and one step, in plain loops, to be read.

`ORACLES` maps the name of a cell in `skrnn.network.cells.CELLS` to a module with two functions:

``step(cell, p, x, state) -> (state, cache)``
    One time step of `cell`. `p` holds this layer's parameters by their short names, x has shape
    (D,), `state` is a tuple of arrays of shape (H,).
``step_back(cell, p, cache, d_state) -> (d_p, d_x, d_previous)``
    Its reverse: gradients of the parameters, of x and of the state before the step.
"""

from tests.reference import elman

ORACLES = {"elman": elman}
