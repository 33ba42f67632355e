"""Runs the images' commands: ``train`` starts the user's script, ``serve`` serves a SavedModel."""

from __future__ import annotations

import sys

from local_sagemaker import script_mode
from local_sagemaker.serving import server


def fit() -> int:
    """Train with the user's script."""
    return script_mode.run_required_script(server.base(), "a TensorFlow model")


def predict() -> int:
    """Answer requests until the process ends."""
    from local_sagemaker.images.tensorflow import serve  # importing TensorFlow takes seconds; training need not wait

    return server.serve(serve.load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
