"""Cells by the name that an estimator's ``cell`` parameter may give."""

from skrnn.network.cells.cell import Cell
from skrnn.network.cells.elman import Elman
from skrnn.network.cells.gru import GRU
from skrnn.network.cells.lstm import LSTM

CELLS: dict[str, type[Cell]] = {
    "elman": Elman,
    "gru": GRU,
    "lstm": LSTM,
}

__all__ = ["CELLS", "GRU", "LSTM", "Cell", "Elman"]
