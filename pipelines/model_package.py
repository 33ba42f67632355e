"""The contract of a registered model: which facts a model package carries, and where they stand.

What batch inference, promotion, endpoints and retraining need of a model is in the package, or at a URI that it holds.
Whoever writes or reads those facts uses these names. Standard library only, so that anything can carry this module.

CustomerMetadataProperties hold text of at most 256 characters without commas, quotes or braces.
https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Property -> what it holds.
PROPERTIES = {
    "FeaturizerUri": "S3 URI of featurizer.json, which turns raw columns into the model's features",
    "BaselineDataUri": "S3 URI of the raw, named training rows without the label",
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
