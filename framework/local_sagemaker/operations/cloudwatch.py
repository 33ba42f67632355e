"""CloudWatch: metrics that jobs send are kept, and can be listed and read.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.errors import ServiceError

SERVICE = "cloudwatch"
KIND = "metric"
MAX_DATA = 1000  # of one request
PAGE = 500
Document = dict[str, Any]


def put_metric_data(account: Account, *, Namespace: str, MetricData: list[Document]) -> Document:
    """PutMetricData. A namespace of AWS's own is refused, and a datum with both a value and statistics, or neither."""
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
            kept = {"Namespace": Namespace, "Dimensions": []} | datum | {"Timestamp": _text(time)}
            records.insert(KIND, account.new_id(20), kept)
    return {}


def list_metrics(
    account: Account,
    *,
    Namespace: str | None = None,
    MetricName: str | None = None,
    Dimensions: list[Document] | None = None,
    NextToken: str | None = None,
) -> Document:
    """ListMetrics: each one once; a dimension without a value stands for any value."""
    kept = _of(account.store.list(KIND), Namespace, MetricName)
    found = {_identity(one): one for one in kept if _has(one, Dimensions or [])}
    listed = [{key: one[key] for key in ("Namespace", "MetricName", "Dimensions")} for one in found.values()]
    start = int(NextToken or 0)
    end = start + PAGE
    return {"Metrics": listed[start:end]} | ({"NextToken": str(end)} if end < len(listed) else {})


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
    """GetMetricStatistics: one datapoint for each period of so many seconds in which something was sent."""
    start, periods = _utc(StartTime), {}  # type: datetime, dict[int, list[Document]]
    wanted = {"Namespace": Namespace, "MetricName": MetricName, "Dimensions": Dimensions or []}
    for one in _of(account.store.list(KIND), Namespace, MetricName):
        time = datetime.fromisoformat(one["Timestamp"])
        if _identity(one) == _identity(wanted) and start <= time < _utc(EndTime) and Unit in (None, one.get("Unit")):
            periods.setdefault(int((time - start).total_seconds() // Period), []).append(one)
    points = [
        {"Timestamp": _text(start + timedelta(seconds=number * Period)), **_summary(data, Statistics)}
        for number, data in sorted(periods.items())
    ]
    return {"Label": MetricName, "Datapoints": points}


def _of(kept: Iterable[Document], namespace: str | None, name: str | None) -> Iterator[Document]:
    return (one for one in kept if namespace in (None, one["Namespace"]) and name in (None, one["MetricName"]))


def _has(one: Document, dimensions: list[Document]) -> bool:
    values = {dimension["Name"]: dimension["Value"] for dimension in one["Dimensions"]}
    return all(
        wanted["Name"] in values and wanted.get("Value", values[wanted["Name"]]) == values[wanted["Name"]]
        for wanted in dimensions
    )


def _identity(one: Document) -> tuple[Any, ...]:
    """A metric is its namespace, name and dimensions, in whichever order."""
    dimensions = sorted((dimension["Name"], dimension["Value"]) for dimension in one["Dimensions"])
    return one["Namespace"], one["MetricName"], tuple(dimensions)


def _summary(data: list[Document], statistics: list[str]) -> dict[str, float]:
    parts = [_statistics(one) for one in data]
    count, total = (sum(part[key] for part in parts) for key in ("SampleCount", "Sum"))
    found = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count,
        "Minimum": min(part["Minimum"] for part in parts),
        "Maximum": max(part["Maximum"] for part in parts),
    }
    return {name: found[name] for name in statistics}


def _statistics(one: Document) -> Mapping[str, float]:
    if found := one.get("StatisticValues"):
        return dict(found)
    values = one["Values"] if "Values" in one else [one["Value"]]
    counts = one.get("Counts") or [1] * len(values)
    total = sum(value * count for value, count in zip(values, counts, strict=True))
    return {"SampleCount": sum(counts), "Sum": total, "Minimum": min(values), "Maximum": max(values)}


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _text(time: datetime) -> str:
    return _utc(time).isoformat(timespec="milliseconds")


def _invalid(words: str) -> ServiceError:
    return ServiceError(words, "InvalidParameterValue")
