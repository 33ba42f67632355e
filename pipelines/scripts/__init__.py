"""Holds the code that runs in containers and is shared by the use cases.

It imports what the images have (numpy, pandas, pyarrow, scikit-learn, xgboost) and nothing of the SDK. A script and the
modules of this project that it imports are uploaded as one file; see ``local_sagemaker.tools.code``.
"""
