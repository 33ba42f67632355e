"""CloudWatch operations must list and aggregate the stored metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

NAMESPACE, TIME = "own/metrics", datetime(2026, 1, 1, 12, tzinfo=UTC)
SHELLS = [{"Name": "Endpoint", "Value": "shells"}, {"Name": "MonitoringSchedule", "Value": "nightly"}]


@pytest.fixture
def cloudwatch(session):
    client = session.client("cloudwatch")
    values = [{"Value": 2.0}, {"Values": [4.0, 6.0], "Counts": [3.0, 1.0]}]
    summary = {"StatisticValues": {"SampleCount": 5.0, "Sum": 10.0, "Minimum": -1.0, "Maximum": 9.0}}
    client.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {"MetricName": "rows", "Dimensions": SHELLS, "Timestamp": TIME + timedelta(minutes=30 * n)} | datum
            for n, datum in enumerate([*values, summary])
        ],
    )
    client.put_metric_data(Namespace=NAMESPACE, MetricData=[{"MetricName": "without", "Value": 1.0}])
    return client


def test_a_metric_is_listed_once(cloudwatch):
    metrics = cloudwatch.list_metrics(Namespace=NAMESPACE)["Metrics"]

    assert [(metric["MetricName"], metric["Dimensions"]) for metric in metrics] == [("rows", SHELLS), ("without", [])]


@pytest.mark.parametrize(
    ("dimension", "count"),
    [({"Name": "Endpoint"}, 1), ({"Name": "Endpoint", "Value": "shells"}, 1), ({"Name": "Endpoint", "Value": "x"}, 0)],
)
def test_dimensions_filter_metrics(cloudwatch, dimension, count):
    assert len(cloudwatch.list_metrics(Dimensions=[dimension])["Metrics"]) == count


def test_statistics_are_computed_per_period(cloudwatch):
    names = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
    points = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE, MetricName="rows", Dimensions=SHELLS[::-1], Statistics=names,
        StartTime=TIME, EndTime=TIME + timedelta(hours=2), Period=3600,
    )["Datapoints"]  # fmt: skip

    assert [point["Timestamp"] for point in points] == [TIME, TIME + timedelta(hours=1)]
    assert [[point[name] for name in names] for point in points] == [
        [5.0, 20.0, 4.0, 2.0, 6.0],
        [5.0, 10.0, 2.0, -1.0, 9.0],
    ]


def test_other_dimensions_are_another_metric(cloudwatch):
    statistics = cloudwatch.get_metric_statistics(
        Namespace=NAMESPACE, MetricName="rows", Dimensions=SHELLS[:1], Statistics=["Sum"],
        StartTime=TIME, EndTime=TIME + timedelta(hours=2), Period=3600,
    )  # fmt: skip

    assert statistics["Datapoints"] == []


BOTH = {"MetricName": "a", "Value": 1.0, "Values": [1.0]}


@pytest.mark.parametrize(
    ("namespace", "data", "message"),
    [
        ("AWS/SageMaker", [{"MetricName": "a", "Value": 1.0}], "The value AWS/ for parameter Namespace is invalid"),
        ("own", [{"MetricName": "a"}], "a: exactly one of Value"),
        ("own", [{"MetricName": "b", "Value": 1.0}, BOTH], "a: exactly one of Value"),
        ("own", [{"MetricName": "a", "Value": 1.0}] * 1001, "greater than 1000"),
    ],
)
def test_a_request_with_an_invalid_datum_stores_nothing(session, namespace, data, message):
    client = session.client("cloudwatch")

    with pytest.raises(ClientError, match=message):
        client.put_metric_data(Namespace=namespace, MetricData=data)
    assert client.list_metrics()["Metrics"] == []
