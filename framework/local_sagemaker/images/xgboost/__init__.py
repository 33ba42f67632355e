"""Emulates the XGBoost 3.2-0 image. Its Python runs processing scripts; its built-in algorithm, or the user's script,
trains and predicts.

Algorithm mode works as AWS documents it: channels ``train`` and ``validation`` of CSV (the label first, no header),
libsvm or Parquet; the hyperparameters that the container takes; ``xgboost-model`` as the result.
https://docs.aws.amazon.com/sagemaker/latest/dg/xgboost.html
"""

import sys
from pathlib import Path

from local_sagemaker.images import Image

IMAGE = Image(
    repository="sagemaker-xgboost",
    train=(sys.executable, "-m", "local_sagemaker.images.xgboost", "train"),
    serve=(sys.executable, "-m", "local_sagemaker.images.xgboost", "serve"),
    packages={"xgboost": "3.2.0", "scikit-learn": "1.8.0", "pandas": "2.2.3", "numpy": "2.1.0", "pyarrow": "22.0.0"},
    requires="xgboost",
    # "[12]#011train-rmse:1.93#011validation-rmse:2.14": the container's tab, as CloudWatch shows it.
    site=str(Path(__file__).with_name("site")),
    metrics=r"(?P<name>(?:train|validation)-[\w@.:-]+?):(?P<value>-?\d[\d.eE+-]*|-?inf|nan)",
)
