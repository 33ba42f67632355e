"""What the checks analyse: a table of their types. Each imports what it alone needs, as a job has one check."""

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
from model_monitor.result import VIOLATIONS, Result
from model_monitor.tables.dataset import Dataset

DATASET_FORMAT = "dataset_format"


def _data_quality(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.data_quality.analysis import analyse
    from model_monitor.data_quality.baseline import Baseline as Demanded

    dataset, _ = _configured(job)
    demanded = Demanded.load(Path(str(previous.constraints)), Path(str(previous.statistics))) if previous else None
    return _written(analyse(dataset, demanded), folder)


def _model_quality(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.model_quality.analysis import analyse
    from model_monitor.model_quality.attributes import Attributes

    dataset, settings = _configured(job)
    try:
        attributes = Attributes(**settings)
    except TypeError:
        raise MonitorError(f"a check of model quality is not configured by {', '.join(sorted(settings))}") from None
    return _written(analyse(dataset, attributes, Path(str(previous.constraints)) if previous else None), folder)


def _clarify(job: CheckJob, previous: Baseline | None, folder: Path) -> CheckResult:
    from model_monitor.clarify.analysis import Model, analyse
    from model_monitor.clarify.config import AnalysisConfig
    from model_monitor.explanations.trees import booster

    model = Model(booster=booster(job.model)) if job.model else Model()
    constraints = Path(str(previous.constraints)) if previous else None
    found = analyse(job.data, AnalysisConfig.load(job.config), folder, model, constraints)
    report = found.files.get(VIOLATIONS)
    replace(found, violations=None).write(folder)
    return CheckResult(found.violations, json.dumps(report, indent=4) if report else None, found.notes)


#: Check type -> what it does.
ANALYSES: dict[str, Analyse] = {
    "DATA_QUALITY": _data_quality,
    "MODEL_QUALITY": _model_quality,
    **dict.fromkeys(("DATA_BIAS", "MODEL_BIAS", "MODEL_EXPLAINABILITY"), _clarify),
}


def _configured(job: CheckJob) -> tuple[Dataset, Mapping[str, Any]]:
    """The dataset, and the settings beside its format."""
    settings: Any = json_files.load(job.config, "configuration of a check")
    if not isinstance(settings, dict) or not isinstance(settings.get(DATASET_FORMAT), dict):
        raise MonitorError(f"{job.config.name} must be an object with {DATASET_FORMAT}; it is {settings!r:.200}")
    others = {name: value for name, value in settings.items() if name != DATASET_FORMAT}
    return Dataset(job.data, settings[DATASET_FORMAT]), others


def _written(result: Result, folder: Path) -> CheckResult:
    """Write the documents but the report, which lies beside the folder."""
    kept = {name: document for name, document in result.documents.items() if name != VIOLATIONS}
    replace(result, documents=kept).write(folder)
    report = result.documents.get(VIOLATIONS)
    return CheckResult(result.violations, documents.text(report) if report else None, result.notes)
