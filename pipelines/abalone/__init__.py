"""Predict the number of rings of a shell, which tells its age, from what can be measured without cutting it."""
