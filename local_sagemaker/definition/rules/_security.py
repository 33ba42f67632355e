"""Settings that one job has and another lacks: where each operation has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker.definition.document import Document, WrittenStep
from local_sagemaker.definition.rules import Problem
from local_sagemaker.definition.step_kinds import KINDS

#: Setting -> operation -> where its request has it; several where any of them will do.
Places = Mapping[str, tuple[str, ...]]
_TUNED = "TrainingJobDefinition."

ISOLATION: Places = {
    "CreateHyperParameterTuningJob": (f"{_TUNED}EnableNetworkIsolation",),
    "CreateModel": ("EnableNetworkIsolation",),
    "CreateProcessingJob": ("NetworkConfig.EnableNetworkIsolation",),
    "CreateTrainingJob": ("EnableNetworkIsolation",),
}
OUTPUTS: Places = {
    "CreateAutoMLJob": ("OutputDataConfig.KmsKeyId",),
    "CreateHyperParameterTuningJob": (f"{_TUNED}OutputDataConfig.KmsKeyId",),
    "CreateProcessingJob": ("ProcessingOutputConfig.KmsKeyId",),
    "CreateTrainingJob": ("OutputDataConfig.KmsKeyId",),
    "CreateTransformJob": ("TransformOutput.KmsKeyId",),
}
#: A version of a model package group has the group's tags, and may have none of its own.
TAGS: Places = dict.fromkeys(
    (
        "CreateAutoMLJob", "CreateEndpoint", "CreateEndpointConfig", "CreateHyperParameterTuningJob", "CreateModel",
        "CreateProcessingJob", "CreateTrainingJob", "CreateTransformJob",
    ),
    ("Tags",),
)  # fmt: skip
TRAFFIC: Places = {
    "CreateAutoMLJob": ("AutoMLJobConfig.SecurityConfig.EnableInterContainerTrafficEncryption",),
    "CreateHyperParameterTuningJob": (f"{_TUNED}EnableInterContainerTrafficEncryption",),
    "CreateProcessingJob": ("NetworkConfig.EnableInterContainerTrafficEncryption",),
    "CreateTrainingJob": ("EnableInterContainerTrafficEncryption",),
}
VOLUMES: Places = {
    "CreateEndpointConfig": ("KmsKeyId",),
    "CreateHyperParameterTuningJob": (
        f"{_TUNED}ResourceConfig.VolumeKmsKeyId",
        f"{_TUNED}HyperParameterTuningResourceConfig.VolumeKmsKeyId",
    ),
    "CreateProcessingJob": ("ProcessingResources.ClusterConfig.VolumeKmsKeyId",),
    "CreateTrainingJob": ("ResourceConfig.VolumeKmsKeyId",),
    "CreateTransformJob": ("TransformResources.VolumeKmsKeyId",),
}
VPC: Places = {
    "CreateAutoMLJob": ("AutoMLJobConfig.SecurityConfig.VpcConfig",),
    "CreateHyperParameterTuningJob": (f"{_TUNED}VpcConfig",),
    "CreateModel": ("VpcConfig",),
    "CreateProcessingJob": ("NetworkConfig.VpcConfig",),
    "CreateTrainingJob": ("VpcConfig",),
}


def lacking(document: Document, places: Places, what: str) -> Iterator[Problem]:
    """Steps that could have a setting and do not, where others do."""
    able = [step for step in document.steps if _operation(step) in places]
    having = [step for step in able if any(at(step, place) for place in places[str(_operation(step))])]
    if having:
        for step in able:
            if step not in having and not asks_a_model(step):
                place = places[str(_operation(step))][0]
                yield Problem(
                    f"{step.path}.Arguments", f"has no {place}, and {having[0].name!r} has {what}", f"set {place}"
                )


def at(step: WrittenStep, place: str) -> Any:
    """What a step's Arguments have at a path of plain names; None where there is nothing."""
    found: Any = step.arguments
    for name in place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def asks_a_model(step: WrittenStep) -> bool:
    """Clarify makes an endpoint for the model that it asks, and has to reach it: such a job is not isolated."""
    return step.type == "ClarifyCheck" and step.raw.get("CheckType") != "DATA_BIAS"


def _operation(step: WrittenStep) -> str | None:
    return KINDS[step.type].operation if step.type in KINDS else None
