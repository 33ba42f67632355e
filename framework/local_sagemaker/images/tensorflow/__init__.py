"""Emulates the TensorFlow 2.19 images. One trains with the user's script, the other serves a SavedModel.

https://github.com/aws/deep-learning-containers and https://github.com/aws/sagemaker-tensorflow-serving-container
"""

import sys

from local_sagemaker.images import Image

_PACKAGES = {"tensorflow": "2.19.0"}
TRAINING = Image(
    repository="tensorflow-training",
    train=(sys.executable, "-m", "local_sagemaker.images.tensorflow", "train"),
    packages=_PACKAGES,
    requires="tensorflow",
)
INFERENCE = Image(
    repository="tensorflow-inference",
    serve=(sys.executable, "-m", "local_sagemaker.images.tensorflow", "serve"),
    packages=_PACKAGES,
    requires="tensorflow",
)
IMAGES = (TRAINING, INFERENCE)
