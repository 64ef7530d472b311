"""Made-up sequences, from the literature and our own, as many and as long as wanted."""

from skrnn.datasets.memory import (
    make_adding_problem,
    make_copy_memory,
    make_parity,
    make_temporal_order,
)
from skrnn.datasets.series import (
    make_cylinder_bell_funnel,
    make_motifs,
    make_synthetic_control,
    make_two_patterns,
)
from skrnn.datasets.spectra import make_spectra

__all__ = [
    "make_adding_problem",
    "make_copy_memory",
    "make_cylinder_bell_funnel",
    "make_motifs",
    "make_parity",
    "make_spectra",
    "make_synthetic_control",
    "make_temporal_order",
    "make_two_patterns",
]
