"""The container script of the quality step: scores and truth in, how good the model still is out."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from model_monitor import json_files
from model_monitor.model_quality.analysis import analyse
from model_monitor.model_quality.attributes import BINARY, MULTICLASS, REGRESSION, Attributes
from model_monitor.monitor_error import MonitorError
from model_monitor.result import STATISTICS
from model_monitor.tables.dataset import Dataset
from pipelines.batch_inference.ground_truth import PREDICTION, TRUTH, join, reader
from pipelines.batch_inference.tolerance import relax_constraints
from pipelines.scripts.container import InputError, files_in, ml, not_negative, only_file, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

VIOLATIONS_FILE = "model_quality.json"
#: Problem type -> what a score of the built-in XGBoost is to the analysis: the prediction, or a probability of it.
SCORES: dict[str, Callable[[float], Attributes]] = {
    REGRESSION: lambda _: Attributes(REGRESSION, TRUTH, inference=PREDICTION),
    BINARY: lambda threshold: Attributes(BINARY, TRUTH, probability=PREDICTION, threshold=threshold),
    MULTICLASS: lambda _: Attributes(MULTICLASS, TRUTH, inference=PREDICTION),
}


def main() -> None:
    """Read the arguments and compare; violations are reported, not an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("scores", "truth", "constraints", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help="its folder")
    parser.add_argument("--output", type=Path, default=ml("processing", "model_quality"))
    parser.add_argument("--problem-type", choices=SCORES, required=True)
    parser.add_argument(
        "--tolerance", type=not_negative, default=0.0, help="how much worse a metric may be, as a share"
    )
    parser.add_argument("--id-column", default="id")
    arguments = parser.parse_args()
    try:
        print(json.dumps(measure(arguments)))
    except MonitorError as error:
        raise InputError(str(error)) from None


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Join, compare with the registered constraints, and write statistics, constraints, violations and the report.

    Raises:
        InputError, MonitorError: what was given is not what it should be.
    """
    schema = Featurizer.load(arguments.featurizer / FEATURIZER).schema
    attributes = SCORES[arguments.problem_type](schema.probability_threshold)
    with TemporaryDirectory() as folder:
        joined, constraints = Path(folder, "scores-with-truth.csv"), Path(folder, "constraints.json")
        counts = join(
            files_in(arguments.scores),
            files_in(arguments.truth),
            joined,
            arguments.id_column,
            schema.label,
            reader(schema),
        )
        registered = json_files.load(only_file(arguments.constraints, "with constraints"), "constraints file")
        constraints.write_text(json.dumps(relax_constraints(registered, arguments.tolerance)), encoding="utf-8")
        result = analyse(Dataset(joined, {"csv": {"header": True}}), attributes, constraints)
    result.write(arguments.output)
    violations = result.violations or []
    report = {
        "violations": len(violations),
        "violated": ", ".join(one["metric_name"] for one in violations) or "none",
        "tolerance": arguments.tolerance,
        "rows": vars(counts),
        "metrics": _values(result.documents[STATISTICS]),
    }
    arguments.output.joinpath(VIOLATIONS_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _values(statistics: dict[str, Any]) -> dict[str, float]:
    """Metric -> value, of those that are one number."""
    metrics = next(found for name, found in statistics.items() if name.endswith("_metrics"))
    return {
        name: found["value"]
        for name, found in metrics.items()
        if isinstance(found, dict) and isinstance(found.get("value"), float) and math.isfinite(found["value"])
    }


if __name__ == "__main__":
    run(main)
