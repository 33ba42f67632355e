"""Emulates the analyzer of SageMaker Model Monitor under its container's contract.

Our own analysis writes the same files as AWS's; AWS's container runs Spark, which we do not use.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-built-container.html
"""

import sys

from local_sagemaker.images import Image

IMAGE = Image(
    repository="sagemaker-model-monitor-analyzer",
    process=(sys.executable, "-m", "local_sagemaker.images.model_monitor"),
    requires="pyarrow",
    extra="monitor",
)
