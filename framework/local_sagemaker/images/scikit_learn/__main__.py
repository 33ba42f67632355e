"""Runs the image's ``train`` and ``serve`` commands for a model that the user's scripts make and load."""

from __future__ import annotations

import sys
from pathlib import Path

from local_sagemaker import script_mode
from local_sagemaker.serving import script
from local_sagemaker.serving.server import ModelError, Predictor, base, serve


def load(model_dir: Path) -> Predictor:
    """Return the script's predictor; raise ModelError without a script, as the image has no model server of its own."""
    if not script.has_script():
        raise ModelError(
            "a scikit-learn model is loaded by a script: pack it as code/inference.py into model.tar.gz, name it in "
            "the container's Environment, SAGEMAKER_PROGRAM=inference.py"
        )
    return script.load(model_dir)


def fit() -> int:
    """Train with the user's script."""
    return script_mode.run_required_script(base(), "a scikit-learn model")


def predict() -> int:
    """Answer requests until the process ends."""
    return serve(load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
