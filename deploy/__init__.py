"""Deploys approved models to other accounts, with a folder for each target. It is imported from a clone."""
