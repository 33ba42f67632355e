"""Run the quality step in its container: compare scores with their ground truth, and report how good the model still
is.
"""

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
from model_monitor.result import STATISTICS_FILE
from model_monitor.tables.dataset import Dataset
from pipelines.batch_inference.ground_truth import PREDICTION_COLUMN, TRUTH_COLUMN, ground_truth_parser, join
from pipelines.batch_inference.tolerance import relax_constraints
from pipelines.scripts.container import InputError, files_in, ml, not_negative, only_file, run
from pipelines.scripts.features import Featurizer
from pipelines.scripts.preprocess import FEATURIZER

QUALITY_FILE = "model_quality.json"
#: Problem type -> how the analysis reads a score of the built-in XGBoost: as the prediction, or as a probability.
ATTRIBUTES_BY_PROBLEM: dict[str, Callable[[float], Attributes]] = {
    REGRESSION: lambda _: Attributes(REGRESSION, TRUTH_COLUMN, inference=PREDICTION_COLUMN),
    BINARY: lambda threshold: Attributes(BINARY, TRUTH_COLUMN, probability=PREDICTION_COLUMN, threshold=threshold),
    MULTICLASS: lambda _: Attributes(MULTICLASS, TRUTH_COLUMN, inference=PREDICTION_COLUMN),
}


def main() -> None:
    """Read the arguments and compare; violations are reported, but are not an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("scores", "truth", "constraints", "featurizer"):
        parser.add_argument(f"--{name}", type=Path, default=ml("processing", name), help=f"folder of the {name} files")
    parser.add_argument("--output", type=Path, default=ml("processing", "model_quality"))
    parser.add_argument("--problem-type", choices=ATTRIBUTES_BY_PROBLEM, required=True)
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
        InputError, MonitorError: an input is invalid.
    """
    schema = Featurizer.load(arguments.featurizer / FEATURIZER).schema
    attributes = ATTRIBUTES_BY_PROBLEM[arguments.problem_type](schema.probability_threshold)
    with TemporaryDirectory() as folder:
        joined, constraints = Path(folder, "joined.csv"), Path(folder, "constraints.json")
        counts = join(
            files_in(arguments.scores),
            files_in(arguments.truth),
            joined,
            arguments.id_column,
            schema.label,
            ground_truth_parser(schema),
        )
        registered = json_files.load(only_file(arguments.constraints, "with constraints"), "constraints file")
        constraints.write_text(json.dumps(relax_constraints(registered, arguments.tolerance)), encoding="utf-8")
        result = analyse(Dataset(joined, {"csv": {"header": True}}), attributes, constraints)
    result.write(arguments.output)
    violations = result.violations or []
    report = {
        "violations": len(violations),
        "violated": ", ".join(violation["metric_name"] for violation in violations) or "none",
        "tolerance": arguments.tolerance,
        "rows": vars(counts),
        "metrics": _metric_values(result.documents[STATISTICS_FILE]),
    }
    arguments.output.joinpath(QUALITY_FILE).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def _metric_values(statistics: dict[str, Any]) -> dict[str, float]:
    """Return metric -> value, of the metrics that are a single number."""
    metrics = next(member for name, member in statistics.items() if name.endswith("_metrics"))
    return {
        name: metric["value"]
        for name, metric in metrics.items()
        if isinstance(metric, dict) and isinstance(metric.get("value"), float) and math.isfinite(metric["value"])
    }


if __name__ == "__main__":
    run(main)
