"""Declares the members of CreateModel.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import NETWORK, ROLE, TAGS
from local_sagemaker.definition.members.table import Table, only

_HUB = "models of a hub are not part of this machine"
_ETAG = "the version of an object is not checked"
_CONTAINER = Table(
    "Image Mode ModelDataUrl ModelDataSource ModelDataSource.S3DataSource ModelDataSource.S3DataSource.S3Uri "
    "ModelDataSource.S3DataSource.S3DataType ModelDataSource.S3DataSource.CompressionType Environment ModelPackageName",
    recorded={
        "ContainerHostname": "containers are called in their order",
        "ImageConfig": "images are not pulled; local.toml says what runs for one",
    },
    without_effect={"ContainerMetricsConfig": "containers publish no metrics here"},
    refused={
        "ModelDataSource.S3DataSource.ModelAccessConfig": _HUB,
        "ModelDataSource.S3DataSource.HubAccessConfig": _HUB,
        "ModelDataSource.S3DataSource.ManifestS3Uri": "manifests of models are not supported; use S3Uri",
        "ModelDataSource.S3DataSource.ETag": _ETAG,
        "ModelDataSource.S3DataSource.ManifestEtag": _ETAG,
        "AdditionalModelDataSources": "a container has one model here",
        "InferenceSpecificationName": "a package's own inference specification is used",
        "MultiModelConfig": "give each model a container of its own",
    },
    checks={"Mode": only("SingleModel", reason="give each model a container of its own, of Mode")},
)

CREATE_MODEL = (
    _CONTAINER.below("PrimaryContainer")
    | _CONTAINER.below("Containers")
    | Table(
        "ModelName InferenceExecutionConfig InferenceExecutionConfig.Mode EnableNetworkIsolation",
        recorded={"ExecutionRoleArn": ROLE, "Tags": TAGS},
        without_effect={"VpcConfig": NETWORK},
        checks={"InferenceExecutionConfig.Mode": only("Serial", reason="containers run in their order; set it to")},
    )
)
