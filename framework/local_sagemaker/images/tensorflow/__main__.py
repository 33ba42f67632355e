"""What the images do: ``train`` by the user's script, ``serve`` a SavedModel."""

from __future__ import annotations

import sys

from local_sagemaker import script_mode
from local_sagemaker.serving import server


def fit() -> int:
    """Train by the user's script."""
    return script_mode.only_file(server.base(), "a TensorFlow model")


def predict() -> int:
    """Answer requests until the process is ended."""
    from local_sagemaker.images.tensorflow import serve  # TensorFlow takes seconds, which training need not wait for

    return server.serve(serve.load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
