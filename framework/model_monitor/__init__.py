"""Analyses that read tables and write the documents of SageMaker Model Monitor.

They depend neither on pipelines nor on AWS, and need only what AWS's scikit-learn and XGBoost images contain: numpy,
pandas, pyarrow, scipy.
"""
