"""Ragged in, dense out: sequences of any length, cut into padded batches."""
