"""Predict the number of rings of a shell by the best of several models."""
