"""What users touch; with `metrics` and `datasets`, all that imports scikit-learn."""
