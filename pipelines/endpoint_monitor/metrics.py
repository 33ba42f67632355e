"""Send metrics to CloudWatch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.scripts.container import InputError

#: Of one request. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
MAX_DATA = 1000
#: In a VPC without an endpoint for CloudWatch nothing answers; the report must not wait long for that.
_SHORT: dict[str, Any] = {"connect_timeout": 5, "read_timeout": 20, "retries": {"mode": "standard", "max_attempts": 3}}


def put(namespace: str, data: Sequence[dict[str, Any]], client: Any = None) -> int:
    """Send metric data, as many in a request as CloudWatch accepts, and return their number.

    Args:
        namespace: of all of them.
        data: MetricData's members.
        client: boto3's, of CloudWatch.

    Raises:
        InputError: CloudWatch refuses them, or cannot be reached.
    """
    # Here and not above: a monitor that sends nothing needs no boto3.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        cloudwatch = client or boto3.client("cloudwatch", config=Config(**_SHORT))
        for start in range(0, len(data), MAX_DATA):
            cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[start : start + MAX_DATA])
    except (BotoCoreError, ClientError) as error:
        raise InputError(
            f"cannot put metrics into {namespace}: {error}; the job's role needs cloudwatch:PutMetricData for this "
            "namespace, and the job a way to CloudWatch"
        ) from None
    return len(data)
