"""Settings that must be in place before SciPy is imported."""

import os

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # or scikit-learn skips its array API check
