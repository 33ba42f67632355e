"""Predict the number of rings of a shell by a network that scales its own inputs."""
