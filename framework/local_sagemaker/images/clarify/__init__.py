"""Emulates the analyses of SageMaker Clarify under its container's contract.

Our own analysis writes the same files as AWS's. Its processing jobs invoke a model: AWS's container deploys it to an
endpoint; here it is served for the job.
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

import sys

from local_sagemaker.images import Image

#: Environment variables of the job: the model's name, the URLs at which it answers, files to compare with.
MODEL, URLS, CONSTRAINTS, SHAP_BASELINE = "model_name", "model_urls", "baseline_constraints", "shap_baseline"

IMAGE = Image(
    repository="sagemaker-clarify-processing",
    process=(sys.executable, "-m", "local_sagemaker.images.clarify"),
    requires="pyarrow",
    extra="monitor",
    asks_model=True,
)
