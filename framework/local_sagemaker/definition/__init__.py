"""Read a pipeline definition as data: parse and lint it, build its graph, and evaluate its expressions.

This package imports the standard library and ``near_names`` only: reading the JSON needs neither the SDK nor boto3.
"""
