"""Analyses that write the documents of SageMaker Model Monitor: tables in, documents out.

They know no pipeline and no AWS, and run on what AWS's scikit-learn and XGBoost images have: numpy, pandas, pyarrow,
scipy.
"""
