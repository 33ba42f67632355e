"""Bias of labels and of predictions towards a part of the rows, as SageMaker Clarify measures it."""
