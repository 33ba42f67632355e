"""One run of SageMaker Clarify: analysis_config.json in, analysis.json out."""
