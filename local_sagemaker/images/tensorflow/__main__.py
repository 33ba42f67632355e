"""What the images do: ``train`` by the user's script, ``serve`` a SavedModel."""

from __future__ import annotations

import sys

from local_sagemaker import script_mode
from local_sagemaker.serving import server


def fit() -> int:
    """Train by the user's script; the image has no algorithm of its own."""
    if script_mode.is_given(server.base()):
        return script_mode.run(server.base())
    print(f"ERROR a TensorFlow model is trained by a script: name it in {script_mode.PROGRAM}", file=sys.stderr)
    return 1


def predict() -> int:
    """Answer requests until the process is ended."""
    from local_sagemaker.images.tensorflow import serve  # TensorFlow takes seconds, which training need not wait for

    return server.serve(serve.load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
