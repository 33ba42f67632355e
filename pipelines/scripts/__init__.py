"""Code that runs in containers and is shared by the use cases.

It imports what the images have (numpy, pandas, pyarrow, scikit-learn, xgboost) and nothing of the SDK. A script and
what it imports of this project travel as one file; see ``local_sagemaker.tools.code``.
"""
