"""Made-up sequences, from the literature and our own, as many and as long as wanted."""

from skrnn.datasets.memory import (
    make_adding_problem,
    make_copy_memory,
    make_parity,
    make_temporal_order,
)

__all__ = ["make_adding_problem", "make_copy_memory", "make_parity", "make_temporal_order"]
