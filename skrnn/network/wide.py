"""Wide inputs, whose products are taken for several steps at once."""

from __future__ import annotations

import numpy as np

from skrnn.network.workspace import Workspace
from skrnn.types import FloatArray

WIDE = 1000
"""Features beyond which no cache holds W: it takes longer to read than to multiply."""

COLUMNS = 128
"""Columns of the product for a block of steps, if there are no more sequences than that."""


def is_wide(n_inputs: int) -> bool:
    """Return whether products of inputs are taken apart from the others."""
    return n_inputs > WIDE


def block_length(n_inputs: int, n_sequences: int) -> int:
    """Return for how many steps these products are taken at once; 1 if inputs are not wide."""
    return max(1, COLUMNS // n_sequences) if is_wide(n_inputs) else 1


class WideInputs:
    """
    Inputs x (T, D, B) and their products with W (G*H, D), for a block of steps at once.

    Blocks are counted from the first step. So no bit of a sum over time depends on how time is cut
    into parts, as long as each begins with a block.
    """

    def __init__(self, x: FloatArray, n_rows: int, workspace: Workspace) -> None:
        n_steps, D, n_sequences = x.shape
        self._x = x
        self._length = min(n_steps, block_length(D, n_sequences))
        self._inputs = workspace.empty("wide.inputs", (self._length, n_sequences, D))
        self._gates = workspace.empty("wide.gates", (self._length, n_sequences, n_rows))
        self._product = workspace.empty("wide.product", (n_rows, D))

    def forward(self, t: int, W: FloatArray, gates: FloatArray) -> None:
        """Add W x_t to gates (G*H, B); steps come from the first to the last."""
        if t % self._length == 0:
            x, of_block = self._block(t)
            np.matmul(x, W.T, out=of_block)  # (n*B, D) (D, G*H)
        gates += self._gates[t % self._length].T

    def backward(
        self,
        t: int,
        W: FloatArray,
        d_gates: FloatArray,
        d_W: FloatArray,
        d_x: FloatArray | None,
    ) -> None:
        """Add to `d_W` and write `d_x` (T, D, B), given `d_gates`; steps come from the last on."""
        self._gates[t % self._length] = d_gates.T
        if t % self._length == 0:
            x, d_of_block = self._block(t)
            d_W += np.matmul(d_of_block.T, x, out=self._product)  # (G*H, n*B) (n*B, D)
            if d_x is not None:
                d_block = self._inputs[: len(x) // self._inputs.shape[1]]
                np.matmul(d_of_block, W, out=d_block.reshape(x.shape))
                d_x[t : t + len(d_block)] = d_block.transpose(0, 2, 1)

    def _block(self, begin: int) -> tuple[FloatArray, FloatArray]:
        """Return x of a block, (n*B, D), and memory for its gates, (n*B, G*H)."""
        x = self._x[begin : begin + self._length].transpose(0, 2, 1)
        if not x.flags.c_contiguous:
            inputs = self._inputs[: len(x)]
            inputs[...] = x
            x = inputs
        gates = self._gates[: len(x)]
        return x.reshape(-1, x.shape[2]), gates.reshape(-1, gates.shape[2])
