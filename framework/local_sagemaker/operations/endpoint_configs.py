"""Operations on endpoint configurations, which are recorded: no endpoint runs on this machine."""

from __future__ import annotations

from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.shared import TAGS
from local_sagemaker.definition.members.table import Table, each
from local_sagemaker.errors import ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.listing import CREATION_TIMES, PAGES, listing
from local_sagemaker.store import Exists

SERVICE = "sagemaker"
_RECORD = "endpoint-config"
_NO_ENDPOINT = "no endpoint runs on this machine; the configuration is kept"


@takes(
    Table(
        recorded={
            "Tags": TAGS,
            **each(
                "ProductionVariants DataCaptureConfig KmsKeyId AsyncInferenceConfig ExplainerConfig "
                "ShadowProductionVariants ExecutionRoleArn VpcConfig EnableNetworkIsolation MetricsConfig",
                _NO_ENDPOINT,
            ),
        }
    )
)
def create_endpoint_config(account: Account, *, EndpointConfigName: str, **optional: Any) -> dict[str, Any]:
    """Record an endpoint configuration (CreateEndpointConfig)."""
    arn = account.arn(f"endpoint-config/{EndpointConfigName}")
    members = {"EndpointConfigName": EndpointConfigName, "EndpointConfigArn": arn, "CreationTime": account.now()}
    try:
        account.store.insert(_RECORD, EndpointConfigName, members | optional)
    except Exists:
        raise ValidationError(f"Cannot create already existing endpoint configuration {arn!r}.") from None
    return {"EndpointConfigArn": arn}


def describe_endpoint_config(account: Account, *, EndpointConfigName: str) -> dict[str, Any]:
    """Return an endpoint configuration (DescribeEndpointConfig)."""
    document = account.store.get(_RECORD, EndpointConfigName)
    if document is None:
        raise ValidationError(f"Could not find endpoint configuration {EndpointConfigName!r}.")
    return document


@takes(Table(f"NameContains {CREATION_TIMES} {PAGES}"))
def list_endpoint_configs(account: Account, **query: Any) -> dict[str, Any]:
    """List the endpoint configurations (ListEndpointConfigs)."""
    return listing("EndpointConfigs", account.store.list(_RECORD), query, name="EndpointConfigName")


def delete_endpoint_config(account: Account, *, EndpointConfigName: str) -> dict[str, Any]:
    """Delete an endpoint configuration (DeleteEndpointConfig)."""
    describe_endpoint_config(account, EndpointConfigName=EndpointConfigName)
    with account.store.transaction() as records:
        records.delete(_RECORD, EndpointConfigName)
    return {}
