"""Emulates the scikit-learn 1.9-0 image. Its Python runs processing scripts; the user's scripts train and serve a
model.

Versions from aws/deep-learning-containers, as published.
"""

import sys

from local_sagemaker.images import Image

IMAGE = Image(
    repository="sagemaker-scikit-learn",
    train=(sys.executable, "-m", "local_sagemaker.images.scikit_learn", "train"),
    serve=(sys.executable, "-m", "local_sagemaker.images.scikit_learn", "serve"),
    packages={"scikit-learn": "1.9.0", "pandas": "2.2.3", "numpy": "2.5.1", "pyarrow": "25.0.0"},
    requires="sklearn",
    extra="scikit-learn",
)
