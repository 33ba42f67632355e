"""The contract of a registered model: which facts a model package carries, and where they stand.

What batch inference, promotion, endpoints and retraining need of a model is in the package, or at a URI that it holds.
Whoever writes or reads those facts uses these names. Standard library only, so that anything can carry this module.

CustomerMetadataProperties hold text of at most 256 characters without commas, quotes or braces.
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
    "EvaluationUri": "S3 URI of evaluation.json: metrics on the test set beside the naive baseline's",
    "ProblemType": "Regression, BinaryClassification or MulticlassClassification",
    "Metric": "path inside evaluation.json of the metric that the gate compared",
    "Threshold": "the value that the gate compared it with",
    "RandomSeed": "what the split and the training were seeded with",
    "CodeHash": "SHA-256 of the container code and the configuration of the steps that made it",
    "InputDataUrl": "the data that the model was made from",
    "PipelineExecutionArn": "the execution that made it",
}

#: What scoring needs of them.
SCORING = ("FeaturizerUri", "ProblemType")
#: Those that hold the URI of a file which belongs to the model: where the model goes, it goes. The data that the model
#: was made from are a fact about it, and stay where they are.
FILES = ("FeaturizerUri", "BaselineDataUri", "TestDataUri", "EvaluationUri")
#: Members of DescribeModelPackage that a copy is created with.
COPIED = (
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
#: Of a copy: the ARN of the version that it is a copy of.
ORIGIN = "ReleasedFrom"
#: What is computed anew of the copy: another key encrypts it.
_OF_THE_ORIGINAL = {"ModelDataETag", "ETag", "ManifestEtag"}


def properties(**facts: Any) -> dict[str, Any]:
    """CustomerMetadataProperties of these facts: every one of PROPERTIES, and no other.

    Raises:
        ValueError: a fact is missing, or one is not in the contract.
    """
    missing, unknown = PROPERTIES.keys() - facts.keys(), facts.keys() - PROPERTIES.keys()
    if missing or unknown:
        raise ValueError(f"model package properties: missing {sorted(missing)}, unknown {sorted(unknown)}")
    return {name: facts[name] for name in PROPERTIES}


def facts(package: Mapping[str, Any]) -> dict[str, str]:
    """The facts that a package (the response of DescribeModelPackage) carries.

    Raises:
        ValueError: it lacks some, so it was not registered by this project, or by an older version of it.
    """
    carried = package.get("CustomerMetadataProperties", {})
    missing = sorted(PROPERTIES.keys() - carried.keys())
    if missing:
        arn = package.get("ModelPackageArn", "the model package")
        raise ValueError(f"{arn} does not carry {', '.join(missing)}; register the model with this project's pipelines")
    return {name: carried[name] for name in PROPERTIES}


def files(package: Mapping[str, Any]) -> list[str]:
    """S3 URIs of everything that belongs to a version, sorted: model data, environment, metrics, baselines, featurizer.

    Each is an object, or a prefix with objects below it.
    """
    return sorted(set(_uris(_own(package))))


def copy_of(package: Mapping[str, Any], moved: Mapping[str, str], images: Mapping[str, str]) -> dict[str, Any]:
    """The request of CreateModelPackage for a copy in another account, but for the group and the approval.

    Args:
        package: DescribeModelPackage of the original.
        moved: each of ``files(package)`` -> the URI of its copy.
        images: each of ``container_images(package)`` -> the image in the copy's account.

    Raises:
        KeyError: a file or an image has no copy.
    """
    request = _replaced(_own(package), moved)
    for container in _containers(request):
        container["Image"] = images[container["Image"]]
    facts = {**(package.get("CustomerMetadataProperties") or {}), **request["CustomerMetadataProperties"]}
    return request | {"CustomerMetadataProperties": facts | {ORIGIN: package["ModelPackageArn"]}}


def container_images(package: Mapping[str, Any]) -> list[str]:
    """The images of a version's containers."""
    return sorted({container["Image"] for container in _containers(package)})


def _containers(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    specifications = [
        package.get("InferenceSpecification") or {},
        *(package.get("AdditionalInferenceSpecifications") or ()),
    ]
    return [container for one in specifications for container in one.get("Containers") or ()]


def _own(package: Mapping[str, Any]) -> dict[str, Any]:
    """What is copied; of the properties only those that are files."""
    carried = package.get("CustomerMetadataProperties") or {}
    properties = {"CustomerMetadataProperties": {name: carried[name] for name in FILES if name in carried}}
    return {name: package[name] for name in COPIED if package.get(name)} | properties


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


def _replaced(document: Any, moved: Mapping[str, str]) -> Any:
    """A copy of a document, with other URIs in it."""
    match document:
        case str() if document.startswith("s3://"):
            return moved[document]
        case dict():
            kept = {name: value for name, value in document.items() if name not in _OF_THE_ORIGINAL}
            return {name: _replaced(value, moved) for name, value in kept.items()}
        case list():
            return [_replaced(value, moved) for value in document]
    return document
