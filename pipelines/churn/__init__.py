"""Predict whether a customer of a telephone company will leave it."""
