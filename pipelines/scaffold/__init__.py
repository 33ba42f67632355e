"""``pipelines new`` creates a use case from a file of rows, with its test and its golden definition."""
