"""Runs Clarify's analyses under the container's contract: inputs and output in their folders, the result in the exit
message.

https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-parameters.html
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local_sagemaker.images.clarify import CONSTRAINTS, SHAP_BASELINE, URLS
from local_sagemaker.images.model_monitor.exit_message import log, with_exit_message
from model_monitor.clarify.analysis import Model, analyse
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError
from model_monitor.predictions.http import open_endpoint
from model_monitor.result import exit_message


def main(environment: Mapping[str, str]) -> int:
    """Run the analysis that the job requests; return the exit code."""
    base = Path(environment.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    return with_exit_message(base, lambda: run(base / "processing", environment))


def run(folder: Path, environment: Mapping[str, str]) -> str:
    """Run the analysis; return the job's exit message.

    Raises:
        MonitorError: the configuration, the dataset or the model's answers cannot be used.
    """
    _check_single_instance(folder.parent / "config" / "resourceconfig.json")
    config = AnalysisConfig.load(folder / "input" / "config" / "analysis_config.json")
    urls = environment.get(URLS)
    result = analyse(
        folder / "input" / "data",
        config,
        folder / "output",
        Model(open_endpoint(urls)) if urls else Model(),
        _path(environment, CONSTRAINTS),
        _path(environment, SHAP_BASELINE),
        on_progress=Progress(),
    )
    log(result.notes, result.violations)
    result.write(folder / "output")
    return exit_message(result.violations)


def _check_single_instance(resources: Path) -> None:
    """Raise MonitorError if the job has several instances: each would analyse its own part, and none all rows."""
    if len(hosts := json.loads(resources.read_text(encoding="utf-8"))["hosts"]) > 1:
        raise MonitorError(f"the job has {len(hosts)} instances; use one: here an analysis runs on one, with all cores")


class Progress:
    """Logs each tenth of the progress, unless there are fewer than ten steps."""

    def __init__(self) -> None:
        self._last_tenth = 0

    def __call__(self, done: int, total: int) -> None:
        """Print the progress; see ``model_monitor.result.Progress``."""
        tenth = done * 10 // total
        if total >= 10 and tenth > self._last_tenth:
            self._last_tenth = tenth
            print(f"{done} of {total}", flush=True)


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    return Path(environment[name]) if environment.get(name) else None


if __name__ == "__main__":
    sys.exit(main(os.environ))
