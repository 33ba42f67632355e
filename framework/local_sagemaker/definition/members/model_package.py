"""Declares the members of CreateModelPackage.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from __future__ import annotations

from local_sagemaker.definition.members.shared import TAGS, UNENCRYPTED
from local_sagemaker.definition.members.table import Table

FACT = "a fact about the version, for its readers"
_ONE_MODEL = "a container has one model here"
_IMAGE = "images are not pulled; local.toml says what runs for one"
_HUB = "models of a hub are not part of this machine"
_ETAG = "the version of an object is not checked"
_MODEL_SOURCE = "ModelDataSource.S3DataSource"

_CONTAINERS = Table(
    f"Image ModelDataUrl ModelDataSource {_MODEL_SOURCE} {_MODEL_SOURCE}.S3Uri {_MODEL_SOURCE}.S3DataType "
    f"{_MODEL_SOURCE}.CompressionType Environment",
    recorded={
        "ContainerHostname": "containers are called in their order",
        "ImageDigest": _IMAGE,
        "ModelInput": FACT,
        "Framework": FACT,
        "FrameworkVersion": FACT,
        "NearestModelName": FACT,
        "IsCheckpoint": FACT,
        "BaseModel": FACT,
    },
    refused={
        "ProductId": "products of AWS Marketplace are not part of this machine",
        "AdditionalModelDataSources": _ONE_MODEL,
        "AdditionalS3DataSource": _ONE_MODEL,
        "ModelDataETag": _ETAG,
        f"{_MODEL_SOURCE}.ModelAccessConfig": _HUB,
        f"{_MODEL_SOURCE}.HubAccessConfig": _HUB,
        f"{_MODEL_SOURCE}.ManifestS3Uri": "manifests of models are not supported; use S3Uri",
        f"{_MODEL_SOURCE}.ETag": _ETAG,
        f"{_MODEL_SOURCE}.ManifestEtag": _ETAG,
    },
)
#: The members that an update may replace.
INFERENCE_SPECIFICATION = _CONTAINERS.below("InferenceSpecification.Containers") | Table(
    "InferenceSpecification",
    recorded={
        "InferenceSpecification.SupportedTransformInstanceTypes": FACT,
        "InferenceSpecification.SupportedRealtimeInferenceInstanceTypes": FACT,
        "InferenceSpecification.SupportedContentTypes": FACT,
        "InferenceSpecification.SupportedResponseMIMETypes": FACT,
    },
)

CREATE_MODEL_PACKAGE = INFERENCE_SPECIFICATION | Table(
    "ModelPackageGroupName ModelApprovalStatus ClientToken",
    recorded={
        "ModelPackageDescription": FACT,
        "ModelPackageRegistrationType": FACT,
        "Tags": TAGS,
        "MetadataProperties": FACT,
        "ModelMetrics": FACT,
        "Domain": FACT,
        "Task": FACT,
        "SamplePayloadUrl": FACT,
        "CustomerMetadataProperties": FACT,
        "DriftCheckBaselines": FACT,
        "AdditionalInferenceSpecifications": "a model of the version uses its InferenceSpecification",
        "SkipModelValidation": "versions are not validated here",
        "SourceUri": FACT,
        "ModelCard": FACT,
        "ModelLifeCycle": FACT,
    },
    without_effect={"SecurityConfig": UNENCRYPTED, "ManagedStorageType": "a version's model stays where it is"},
    refused={
        "ModelPackageName": "a model package is a version of a group here; give ModelPackageGroupName",
        "ValidationSpecification": "versions are not validated here",
        "SourceAlgorithmSpecification": "algorithm resources are not part of this machine; use InferenceSpecification",
        "CertifyForMarketplace": "products of AWS Marketplace are not part of this machine",
    },
)
