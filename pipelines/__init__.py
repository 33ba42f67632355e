"""The pipelines of this project. Importing this package imports nothing else: container scripts travel with it."""
