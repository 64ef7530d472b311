"""What y is: a kind of target is one file, and the estimators know nothing more of it."""
