"""The image's ``train`` and ``serve``."""

from __future__ import annotations

import sys

from local_sagemaker import script_mode
from local_sagemaker.images.xgboost.hyperparameters import UserError
from local_sagemaker.serving import script, server
from model_monitor.quick_imports import import_xgboost


def fit() -> int:
    """Train below /opt/ml, by the user's script where there is one; 1 when the caller asked for what cannot be, which
    is written to /opt/ml/output/failure.
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
    """Answer requests until the process is ended."""
    if not script.has_script():  # a script may use what is left out of a quick import
        import_xgboost()
    from local_sagemaker.images.xgboost import serve

    return server.serve(serve.load)


COMMANDS = {"train": fit, "serve": predict}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]]())
