"""Settings that must be in place before SciPy and Matplotlib are imported."""

import os

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # or scikit-learn skips its array API check
os.environ.setdefault("MPLBACKEND", "agg")  # no window
