"""Emulated: the analyses of SageMaker Clarify, under its container's contract.

Our own analysis writes the files that AWS's writes. Its processing jobs ask a model: the container makes an endpoint of
it, here it is served for the job.
https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

import sys

from local_sagemaker.images import Image

#: Variables of the job: the model's name, the URLs at which it answers, files to compare with.
MODEL, URLS, CONSTRAINTS, SHAP_BASELINE = "model_name", "model_urls", "baseline_constraints", "shap_baseline"

IMAGE = Image(
    repository="sagemaker-clarify-processing",
    process=(sys.executable, "-m", "local_sagemaker.images.clarify"),
    asks_model=True,
)
