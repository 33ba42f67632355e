"""Emulated: the scikit-learn 1.9-0 image, whose Python runs processing scripts.

Versions from aws/deep-learning-containers, as published.
"""

from local_sagemaker.images import Image

IMAGE = Image(
    repository="sagemaker-scikit-learn",
    packages={"scikit-learn": "1.9.0", "pandas": "2.2.3", "numpy": "2.5.1", "pyarrow": "25.0.0"},
)
