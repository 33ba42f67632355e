"""Predict the number of rings of a shell with a network that scales its own inputs."""
