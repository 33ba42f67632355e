"""Emulates the images in which the SDK runs functions (``@step``, ``@remote``): a Python without packages of its own.

https://docs.aws.amazon.com/sagemaker/latest/dg/train-remote-decorator-container.html
"""

from local_sagemaker.images import Image

IMAGES = tuple(Image(repository=f"sagemaker-base-python-{version}") for version in ("38", "39", "310", "311", "312"))
