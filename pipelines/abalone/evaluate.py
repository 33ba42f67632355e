"""The container script of EvaluateAbaloneModel: model and test set in, evaluation.json out."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pipelines.scripts.container import ml, run
from pipelines.scripts.evaluate import evaluate


def main() -> None:
    """Read the arguments, evaluate, and print the report for the log."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("model", "test", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name))
    parser.add_argument("--output", type=Path, default=ml("processing", "evaluation"))
    arguments = parser.parse_args()
    report = evaluate(arguments.model, arguments.test, arguments.featurizer, arguments.output)
    print(json.dumps(report))


if __name__ == "__main__":
    run(main)
