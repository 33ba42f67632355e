"""The image's ``serve``: a model that the user's script loads."""

from __future__ import annotations

import sys
from pathlib import Path

from local_sagemaker.serving import script
from local_sagemaker.serving.server import ModelError, Predictor, serve


def load(model_dir: Path) -> Predictor:
    """The script's predictor; raise ModelError where there is no script: the image has no model server of its own."""
    if not script.is_given():
        raise ModelError(
            "a scikit-learn model is loaded by a script: pack it as code/inference.py into model.tar.gz, name it in "
            "the container's Environment, SAGEMAKER_PROGRAM=inference.py"
        )
    return script.load(model_dir)


if __name__ == "__main__":
    sys.exit(serve(load))
