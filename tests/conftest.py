"""Settings that must be in place before SciPy and Matplotlib are imported, and Hypothesis's."""

import os

from hypothesis import settings

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # or scikit-learn skips its array API check
os.environ.setdefault("MPLBACKEND", "agg")  # no window
settings.register_profile("untimed", deadline=None)  # a test may wait for its turn on the processor
settings.load_profile("untimed")
