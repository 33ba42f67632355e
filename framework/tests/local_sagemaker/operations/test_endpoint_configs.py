from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

VARIANTS = [{"VariantName": "all", "ModelName": "model", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}]


def test_an_endpoint_configuration_is_recorded_until_it_is_deleted(client):
    arn = client.create_endpoint_config(EndpointConfigName="one", ProductionVariants=VARIANTS)["EndpointConfigArn"]

    described = client.describe_endpoint_config(EndpointConfigName="one")

    assert (described["EndpointConfigArn"], described["ProductionVariants"]) == (arn, VARIANTS)
    assert [item["EndpointConfigName"] for item in client.list_endpoint_configs()["EndpointConfigs"]] == ["one"]
    with pytest.raises(ClientError, match="Cannot create already existing"):
        client.create_endpoint_config(EndpointConfigName="one", ProductionVariants=VARIANTS)
    client.delete_endpoint_config(EndpointConfigName="one")
    with pytest.raises(ClientError, match="Could not find endpoint configuration 'one'"):
        client.describe_endpoint_config(EndpointConfigName="one")


def test_an_endpoint_is_refused_by_name(client):
    with pytest.raises(ClientError, match=r"sagemaker\.create_endpoint does not exist on this machine"):
        client.create_endpoint(EndpointName="e", EndpointConfigName="one")
