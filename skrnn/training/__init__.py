"""How parameters move: optimisers, clipping, the stop rule and the training loop."""
