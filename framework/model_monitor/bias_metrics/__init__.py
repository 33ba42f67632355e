"""Measures the bias of labels and predictions towards a part of the rows, as SageMaker Clarify does."""
