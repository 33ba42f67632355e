"""Send metrics to CloudWatch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.scripts.container import InputError

#: The limit of one request. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
MAX_DATA_PER_REQUEST = 1000
#: In a VPC without an endpoint for CloudWatch, requests time out; the report must not wait long for that.
_SHORT_TIMEOUTS: dict[str, Any] = {
    "connect_timeout": 5,
    "read_timeout": 20,
    "retries": {"mode": "standard", "max_attempts": 3},
}


def put_metrics(namespace: str, data: Sequence[dict[str, Any]], client: Any = None) -> int:
    """Send metric data, in requests as large as CloudWatch accepts, and return how many data were sent.

    Args:
        namespace: the CloudWatch namespace of the metrics.
        data: the members of MetricData.
        client: a boto3 client of CloudWatch; by default one is created.

    Raises:
        InputError: CloudWatch rejects the data, or cannot be reached.
    """
    # Imported here, not above: a monitor that sends nothing needs no boto3.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        cloudwatch = client or boto3.client("cloudwatch", config=Config(**_SHORT_TIMEOUTS))
        for start in range(0, len(data), MAX_DATA_PER_REQUEST):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + MAX_DATA_PER_REQUEST])
    except (BotoCoreError, ClientError) as error:
        raise InputError(
            f"cannot put metrics into {namespace}: {error}; the job's role needs cloudwatch:PutMetricData for this "
            "namespace, and the job needs network access to CloudWatch"
        ) from None
    return len(data)
