"""Predict the number of rings of a shell with the best of several models."""
