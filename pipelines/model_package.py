"""Define the contract of a registered model: which facts a model package carries, and under which names.

Batch inference, promotion, endpoints and retraining find everything that they need of a model in its package, or at a
URI in it. All code that writes or reads those facts uses these names. This module imports the standard library only, so
that Lambda functions can carry it.

CustomerMetadataProperties hold strings of at most 256 characters without commas, quotes or braces.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Property -> what it holds.
PROPERTIES = {
    "FeaturizerUri": "S3 URI of featurizer.json, which turns raw columns into the model's features",
    "BaselineDataUri": "S3 URI of the raw, named training rows without the label",
    "TestDataUri": "S3 URI of the test set as the model takes it, label first, no header: what it was evaluated on",
    "EvaluationUri": "S3 URI of evaluation.json: metrics on the test set next to the naive baseline's",
    "ProblemType": "Regression, BinaryClassification or MulticlassClassification",
    "Metric": "path inside evaluation.json of the metric that the gate compared",
    "Threshold": "the value that the gate compared it with",
    "RandomSeed": "the seed of the split and of the training",
    "CodeHash": "SHA-256 of the container code and the configuration of the steps that made the model",
    "InputDataUrl": "the data that the model was made from",
    "PipelineExecutionArn": "the execution that made the model",
}

#: The properties that scoring needs.
SCORING_PROPERTIES = ("FeaturizerUri", "ProblemType")
#: The properties that hold the URI of a file which belongs to the model, so that a copy of the model has a copy of it.
#: The data that the model was made from are only a fact about it, and are not copied.
FILE_PROPERTIES = ("FeaturizerUri", "BaselineDataUri", "TestDataUri", "EvaluationUri")
#: The members of DescribeModelPackage that a copy is created with.
COPIED_MEMBERS = (
    "InferenceSpecification",
    "AdditionalInferenceSpecifications",
    "ModelMetrics",
    "DriftCheckBaselines",
    "CustomerMetadataProperties",
    "ModelPackageDescription",
    "Domain",
    "Task",
    "SamplePayloadUrl",
    "SkipModelValidation",
)
#: The property of a copy that holds the ARN of the original version.
ORIGIN_PROPERTY = "ReleasedFrom"
#: Members that are not copied, as they are computed again from the copy, which another key encrypts.
_NOT_COPIED = {"ModelDataETag", "ETag", "ManifestEtag"}


def properties(**facts: Any) -> dict[str, Any]:
    """Return CustomerMetadataProperties that hold these facts: exactly those of PROPERTIES.

    Raises:
        ValueError: a fact is missing, or is not in the contract.
    """
    missing, unknown = PROPERTIES.keys() - facts.keys(), facts.keys() - PROPERTIES.keys()
    if missing or unknown:
        raise ValueError(f"model package properties: missing {sorted(missing)}, unknown {sorted(unknown)}")
    return {name: facts[name] for name in PROPERTIES}


def facts(package: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts that a package (the response of DescribeModelPackage) carries.

    Raises:
        ValueError: some are missing, so it was not registered by this project, or by an older version of it.
    """
    metadata = package.get("CustomerMetadataProperties", {})
    missing = sorted(PROPERTIES.keys() - metadata.keys())
    if missing:
        arn = package.get("ModelPackageArn", "the model package")
        raise ValueError(f"{arn} does not carry {', '.join(missing)}; register the model with this project's pipelines")
    return {name: metadata[name] for name in PROPERTIES}


def files(package: Mapping[str, Any]) -> list[str]:
    """Return the S3 URIs of everything that belongs to a version, sorted.

    These are model data, environment, metrics, baselines and featurizer. Each is an object, or a prefix with objects
    below it.
    """
    return sorted(set(_uris(_copied_members(package))))


def copy_request(package: Mapping[str, Any], moved: Mapping[str, str], images: Mapping[str, str]) -> dict[str, Any]:
    """Return the request of CreateModelPackage for a copy in another account, without the group and the approval.

    Args:
        package: DescribeModelPackage of the original.
        moved: each of ``files(package)`` -> the URI of its copy.
        images: each of ``container_images(package)`` -> the image in the copy's account.

    Raises:
        KeyError: a file or an image has no copy.
    """
    request = _replace_uris(_copied_members(package), moved)
    for container in _containers(request):
        container["Image"] = images[container["Image"]]
    facts = {**(package.get("CustomerMetadataProperties") or {}), **request["CustomerMetadataProperties"]}
    return request | {"CustomerMetadataProperties": facts | {ORIGIN_PROPERTY: package["ModelPackageArn"]}}


def container_images(package: Mapping[str, Any]) -> list[str]:
    """Return the images of a version's containers."""
    return sorted({container["Image"] for container in _containers(package)})


def _containers(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    specifications = [
        package.get("InferenceSpecification") or {},
        *(package.get("AdditionalInferenceSpecifications") or ()),
    ]
    return [container for specification in specifications for container in specification.get("Containers") or ()]


def _copied_members(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members that are copied; of the properties only those that are files."""
    metadata = package.get("CustomerMetadataProperties") or {}
    properties = {"CustomerMetadataProperties": {name: metadata[name] for name in FILE_PROPERTIES if name in metadata}}
    return {name: package[name] for name in COPIED_MEMBERS if package.get(name)} | properties


def _uris(document: Any) -> Iterator[str]:
    match document:
        case str() if document.startswith("s3://"):
            yield document
        case dict():
            for value in document.values():
                yield from _uris(value)
        case list():
            for value in document:
                yield from _uris(value)


def _replace_uris(document: Any, moved: Mapping[str, str]) -> Any:
    """Return a copy of a document in which each URI is that of the copied file."""
    match document:
        case str() if document.startswith("s3://"):
            return moved[document]
        case dict():
            members = {name: value for name, value in document.items() if name not in _NOT_COPIED}
            return {name: _replace_uris(value, moved) for name, value in members.items()}
        case list():
            return [_replace_uris(value, moved) for value in document]
    return document
