"""Cells by the name that an estimator's ``cell`` parameter may give."""

from skrnn.network.cells.cell import Cell
from skrnn.network.cells.elman import Elman

CELLS: dict[str, type[Cell]] = {
    "elman": Elman,
}

__all__ = ["CELLS", "Cell", "Elman"]
