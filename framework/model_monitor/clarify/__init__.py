"""Runs an analysis as SageMaker Clarify does: reads analysis_config.json and writes analysis.json."""
