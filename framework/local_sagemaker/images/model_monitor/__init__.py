"""Emulated: the analyzer of SageMaker Model Monitor, under its container's contract.

Our own analysis writes the files that AWS's writes; the container itself is Spark, and no image of ours.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-pre-built-container.html
"""

import sys

from local_sagemaker.images import Image

IMAGE = Image(
    repository="sagemaker-model-monitor-analyzer",
    process=(sys.executable, "-m", "local_sagemaker.images.model_monitor"),
)
