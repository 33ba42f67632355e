"""Data quality compares the statistics of a dataset with the constraints that a baseline suggests."""
