"""Operations of CloudWatch, which store the metrics that jobs send, list them and compute their statistics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ServiceError
from local_sagemaker.operations._takes import takes

SERVICE = "cloudwatch"
METRIC_RECORD = "metric"
MAX_DATA = 1000  # of one request
PAGE = 500
Document = dict[str, Any]


@takes(
    Table(
        "MetricData.MetricName MetricData.Dimensions MetricData.Dimensions.Name MetricData.Dimensions.Value "
        "MetricData.Timestamp MetricData.Value MetricData.Values MetricData.Counts MetricData.Unit "
        "MetricData.StatisticValues MetricData.StatisticValues.SampleCount MetricData.StatisticValues.Sum "
        "MetricData.StatisticValues.Minimum MetricData.StatisticValues.Maximum",
        recorded={"MetricData.StorageResolution": "data are kept as they are sent"},
        refused=each("EntityMetricData StrictEntityValidation", "data of entities are not kept here"),
    )
)
def put_metric_data(account: Account, *, Namespace: str, MetricData: list[Document]) -> Document:
    """Store metric data (PutMetricData). Reject AWS's own namespaces, and a datum that has both a value and statistics,
    or neither.
    """
    if Namespace.startswith("AWS/"):
        raise _invalid("The value AWS/ for parameter Namespace is invalid.")
    if len(MetricData) > MAX_DATA:
        raise _invalid(f"The collection MetricData must not have a size greater than {MAX_DATA}.")
    for datum in MetricData:
        if sum(member in datum for member in ("Value", "Values", "StatisticValues")) != 1:
            raise _invalid(f"{datum['MetricName']}: exactly one of Value, Values and StatisticValues must be given.")
    with account.store.transaction() as records:
        for datum in MetricData:
            time = datum.get("Timestamp") or account.clock()
            record = {"Namespace": Namespace, "Dimensions": []} | datum | {"Timestamp": _text(time)}
            records.insert(METRIC_RECORD, account.new_id(20), record)
    return {}


@takes(
    Table(
        "Dimensions.Name Dimensions.Value",
        refused={
            "RecentlyActive": "metrics of all times are listed; leave it out",
            **each("IncludeLinkedAccounts OwningAccount", "only this account's metrics are known here"),
        },
    )
)
def list_metrics(
    account: Account,
    *,
    Namespace: str | None = None,
    MetricName: str | None = None,
    Dimensions: list[Document] | None = None,
    NextToken: str | None = None,
) -> Document:
    """List each metric once (ListMetrics). A dimension without a value matches any value."""
    data = _select(account.store.list(METRIC_RECORD), Namespace, MetricName)
    metrics = {_identity(datum): datum for datum in data if _has_dimensions(datum, Dimensions or [])}
    listed = [{key: datum[key] for key in ("Namespace", "MetricName", "Dimensions")} for datum in metrics.values()]
    start = int(NextToken or 0)
    end = start + PAGE
    return {"Metrics": listed[start:end]} | ({"NextToken": str(end)} if end < len(listed) else {})


@takes(
    Table(
        "Dimensions.Name Dimensions.Value",
        refused={"ExtendedStatistics": "percentiles are not computed; use Statistics"},
    )
)
def get_metric_statistics(
    account: Account,
    *,
    Namespace: str,
    MetricName: str,
    StartTime: datetime,
    EndTime: datetime,
    Period: int,
    Statistics: list[str],
    Dimensions: list[Document] | None = None,
    Unit: str | None = None,
) -> Document:
    """Return one datapoint for each period of ``Period`` seconds that has data (GetMetricStatistics)."""
    start, periods = _utc(StartTime), {}  # type: datetime, dict[int, list[Document]]
    metric = {"Namespace": Namespace, "MetricName": MetricName, "Dimensions": Dimensions or []}
    for datum in _select(account.store.list(METRIC_RECORD), Namespace, MetricName):
        time = datetime.fromisoformat(datum["Timestamp"])
        if (
            _identity(datum) == _identity(metric)
            and start <= time < _utc(EndTime)
            and Unit in (None, datum.get("Unit"))
        ):
            periods.setdefault(int((time - start).total_seconds() // Period), []).append(datum)
    points = [
        {"Timestamp": _text(start + timedelta(seconds=number * Period)), **_summary(data, Statistics)}
        for number, data in sorted(periods.items())
    ]
    return {"Label": MetricName, "Datapoints": points}


def _select(data: Iterable[Document], namespace: str | None, name: str | None) -> Iterator[Document]:
    return (datum for datum in data if namespace in (None, datum["Namespace"]) and name in (None, datum["MetricName"]))


def _has_dimensions(datum: Document, dimensions: list[Document]) -> bool:
    values = {dimension["Name"]: dimension["Value"] for dimension in datum["Dimensions"]}
    return all(
        filter_["Name"] in values and filter_.get("Value", values[filter_["Name"]]) == values[filter_["Name"]]
        for filter_ in dimensions
    )


def _identity(datum: Document) -> tuple[Any, ...]:
    """Return what identifies a metric: namespace, name, and dimensions in any order."""
    dimensions = sorted((dimension["Name"], dimension["Value"]) for dimension in datum["Dimensions"])
    return datum["Namespace"], datum["MetricName"], tuple(dimensions)


def _summary(data: list[Document], statistics: list[str]) -> dict[str, float]:
    parts = [_statistics(datum) for datum in data]
    count, total = (sum(part[key] for part in parts) for key in ("SampleCount", "Sum"))
    summary = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(part["Minimum"] for part in parts),
        "Maximum": max(part["Maximum"] for part in parts),
    }
    return {name: summary[name] for name in statistics}


def _statistics(datum: Document) -> Mapping[str, float]:
    if statistics := datum.get("StatisticValues"):
        return dict(statistics)
    values = datum["Values"] if "Values" in datum else [datum["Value"]]
    counts = datum.get("Counts") or [1] * len(values)
    total = sum(value * count for value, count in zip(values, counts, strict=True))
    return {"SampleCount": sum(counts), "Sum": total, "Minimum": min(values), "Maximum": max(values)}


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return _utc(time).isoformat(timespec="milliseconds")


def _invalid(message: str) -> ServiceError:
    return ServiceError(message, "InvalidParameterValue")
