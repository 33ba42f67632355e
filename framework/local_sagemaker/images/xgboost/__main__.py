"""Runs the image's ``train`` and ``serve`` commands."""

from __future__ import annotations

import sys

from local_sagemaker import script_mode
from local_sagemaker.images.xgboost.hyperparameters import UserError
from local_sagemaker.serving import script, server
from model_monitor.quick_imports import import_xgboost


def fit() -> int:
    """Train below /opt/ml, with the user's script if there is one; return 1 after a user error, which is written to
    /opt/ml/output/failure.
    """
    if script_mode.has_script(server.base()):
        return script_mode.run(server.base())
    import_xgboost()
    from local_sagemaker.images.xgboost import train

    try:
        train.train(server.base())
    except UserError as error:
        print(f"ERROR {error}", file=sys.stderr)
        failure = server.base() / "output" / "failure"
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(str(error), encoding="utf-8")
        return 1
    return 0


def predict() -> int:
    """Answer requests until the process ends."""
    if not script.has_script():  # a script may use modules that the quick import leaves out
        import_xgboost()
    from local_sagemaker.images.xgboost import serve

    return server.serve(serve.load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
