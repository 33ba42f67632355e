"""Lists the analysis for each check type. Each imports its own dependencies when it runs, as a job runs one check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from model_monitor import documents, json_files
from model_monitor.job.check import Analyse, CheckJob, CheckResult
from model_monitor.lifecycle import Baseline
from model_monitor.monitor_error import MonitorError
from model_monitor.result import VIOLATIONS_FILE, Result
from model_monitor.tables.dataset import Dataset

DATASET_FORMAT = "dataset_format"


def _data_quality(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.data_quality.analysis import analyse
    from model_monitor.data_quality.baseline import Baseline as DataQualityBaseline

    dataset, _ = _load_config(job)
    baseline = None
    if previous:
        baseline = DataQualityBaseline.load(Path(str(previous.constraints)), Path(str(previous.statistics)))
    return _write_documents(analyse(dataset, baseline), folder)


def _model_quality(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.model_quality.analysis import analyse
    from model_monitor.model_quality.attributes import Attributes

    dataset, settings = _load_config(job)
    try:
        attributes = Attributes(**settings)
    except TypeError:
        names = ", ".join(sorted(settings))
        raise MonitorError(f"a model quality check cannot be configured by {names}") from None
    return _write_documents(analyse(dataset, attributes, Path(str(previous.constraints)) if previous else None), folder)


def _clarify(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.clarify.analysis import Model, analyse
    from model_monitor.clarify.config import AnalysisConfig
    from model_monitor.explanations.trees import booster

    model = Model(booster=booster(job.model)) if job.model else Model()
    constraints = Path(str(previous.constraints)) if previous else None
    analysis = analyse(job.data, AnalysisConfig.load(job.config), folder, model, constraints)
    report = analysis.files.get(VIOLATIONS_FILE)
    replace(analysis, violations=None).write(folder)
    return CheckResult(analysis.violations, json.dumps(report, indent=4) if report else None, analysis.notes)


#: Check type -> its analysis.
ANALYSES: dict[str, Analyse] = {
    "DATA_QUALITY": _data_quality,
    "MODEL_QUALITY": _model_quality,
    **dict.fromkeys(("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"), _clarify),
}


def _load_config(job: CheckJob) -> tuple[Dataset, Mapping[str, Any]]:
    """Return the dataset, and the settings besides its format."""
    settings: Any = json_files.load(job.config, "configuration of a check")
    if not isinstance(settings, dict) or not isinstance(settings.get(DATASET_FORMAT), dict):
        raise MonitorError(f"{job.config.name} must be an object with {DATASET_FORMAT}; it is {settings!r:.200}")
    more_settings = {name: value for name, value in settings.items() if name != DATASET_FORMAT}
    return Dataset(job.data, settings[DATASET_FORMAT]), more_settings


def _write_documents(result: Result, folder: Path) -> CheckResult:
    """Write the documents except the report of violations, which belongs next to the folder."""
    files = {name: document for name, document in result.documents.items() if name != VIOLATIONS_FILE}
    replace(result, documents=files).write(folder)
    report = result.documents.get(VIOLATIONS_FILE)
    return CheckResult(result.violations, documents.text(report) if report else None, result.notes)
