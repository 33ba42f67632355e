"""The image's ``train``: what goes wrong is written to /opt/ml/output/failure, as the container does."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from local_sagemaker.images.xgboost.hyperparameters import UserError
from local_sagemaker.images.xgboost.train import train


def main() -> int:
    """Train below SAGEMAKER_BASE_DIR; 1 when the caller asked for what cannot be."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    try:
        train(base)
    except UserError as error:
        print(f"ERROR {error}", file=sys.stderr)
        failure = base / "output" / "failure"
        failure.parent.mkdir(parents=True, exist_ok=True)
        failure.write_text(str(error), encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
