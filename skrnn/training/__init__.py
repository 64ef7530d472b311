"""How parameters move: optimisers, schedules, clipping, the stop rule and the training loop."""
