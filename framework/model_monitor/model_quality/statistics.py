"""Write statistics.json of model quality, member for member as the analyzer does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from model_monitor.model_quality.folds import Metrics
from model_monitor.model_quality.problem_types import MetricAccumulator, ProblemType


def statistics(
    problem: ProblemType,
    accumulator: MetricAccumulator,
    metrics: Metrics,
    deviations: Metrics,
    rows: int,
    shape: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the document.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

    Args:
        problem, accumulator: the problem's type, and the accumulator of the rows.
        metrics, deviations: of all rows.
        rows: the number of rows in the accumulator.
        shape: 2023, or 2021: without au_prc and the time.
        now: when, in UTC; for the shape of 2023.
    """
    structures = accumulator.structures()
    dataset: dict[str, Any] = {"item_count": rows}
    if shape != "2021":
        dataset["evaluation_time"] = f"{now.isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
    members = {
        name: structures[name]
        if name in structures
        else {"value": metrics[name], "standard_deviation": deviations[name]}
        for name in problem.statistics
        if not (shape == "2021" and name == "au_prc")
    }
    return {"version": 0.0, "dataset": dataset, f"{problem.name}_metrics": members}
