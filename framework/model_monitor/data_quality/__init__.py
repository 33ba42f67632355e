"""Data quality: statistics and constraints of a dataset, and where another one violates them."""
