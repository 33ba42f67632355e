"""Batch inference: raw rows in, scores out, by the approved model and its own featurizer."""
