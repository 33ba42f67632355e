"""Runs the analyzer under the container's contract: settings in the environment, results in files and the exit message.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from local_sagemaker.images.model_monitor.exit_message import log, with_exit_message
from model_monitor.data_quality import analysis as data_quality
from model_monitor.data_quality.baseline import Baseline
from model_monitor.model_quality import analysis as model_quality
from model_monitor.model_quality.attributes import Attributes
from model_monitor.monitor_error import MonitorError
from model_monitor.result import Result
from model_monitor.tables.dataset import Dataset
from model_monitor.tables.scripts import postprocess


def main(environment: Mapping[str, str]) -> int:
    """Run the analysis that the job requests; return the exit code."""
    base = Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    return with_exit_message(base, lambda: run(environment))


def run(environment: Mapping[str, str]) -> str:
    """Run the analysis; return the job's exit message.

    Raises:
        MonitorError: an environment variable is missing or invalid, or the analysis fails.
    """
    dataset = Dataset(
        Path(_variable(environment, "dataset_source")),
        _json(environment, "dataset_format"),
        _path(environment, "record_preprocessor_script"),
    )
    analysis_type = environment.get("analysis_type") or DATA_QUALITY
    if analysis_type not in ANALYSES:
        raise MonitorError(f"analysis_type is {analysis_type!r}; it must be one of {', '.join(ANALYSES)}")
    result = ANALYSES[analysis_type](dataset, environment)
    log(result.notes, result.violations)
    result.write(Path(_variable(environment, "output_path")))
    if script := _path(environment, "post_analytics_processor_script"):
        postprocess(script)
    return result.message


def _data_quality(dataset: Dataset, environment: Mapping[str, str]) -> Result:
    constraints = _path(environment, "baseline_constraints")
    baseline = Baseline.load(constraints, _path(environment, "baseline_statistics")) if constraints else None
    return data_quality.analyse(dataset, baseline)


def _model_quality(dataset: Dataset, environment: Mapping[str, str]) -> Result:
    threshold = environment.get("probability_threshold_attribute") or "0.5"
    try:
        attributes = Attributes(
            problem_type=environment.get("problem_type", ""),
            ground_truth=environment.get("ground_truth_attribute", ""),
            inference=environment.get("inference_attribute") or None,
            probability=environment.get("probability_attribute") or None,
            threshold=float(threshold),
            positive_label=environment.get("positive_label") or None,
        )
    except ValueError:
        raise MonitorError(f"probability_threshold_attribute is {threshold!r}; it must be a number") from None
    return model_quality.analyse(dataset, attributes, _path(environment, "baseline_constraints"))


#: The environment's analysis_type -> the function that runs it.
ANALYSES: dict[str, Callable[[Dataset, Mapping[str, str]], Result]] = {
    (DATA_QUALITY := "DATA_QUALITY"): _data_quality,
    "MODEL_QUALITY": _model_quality,
}


def _variable(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise MonitorError(f"the environment has no {name}")
    return environment[name]


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


def _json(environment: Mapping[str, str], name: str) -> dict[str, object]:
    try:
        value = json.loads(_variable(environment, name))
    except ValueError as error:
        raise MonitorError(f"{name} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise MonitorError(f"{name} must be an object; it is {value!r}")
    return value


if __name__ == "__main__":
    sys.exit(main(os.environ))
