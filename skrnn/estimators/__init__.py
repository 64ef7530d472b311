"""What users touch, and the only folder that imports scikit-learn."""
