"""Settings that one job has and another lacks: where each operation has them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import Mistake
from local_sagemaker.definition.step_specs import STEP_SPECS

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


def jobs_without(
    definition: Definition, places: Places, what: str, spared: Callable[[WrittenStep], bool] = lambda step: False
) -> Iterator[Mistake]:
    """Steps that could have a setting and do not, where others do; but for those that are ``spared``."""
    able = [step for step in definition.steps if _operation(step) in places]
    having = [step for step in able if any(at(step, place) for place in places[str(_operation(step))])]
    if having:
        for step in able:
            if step not in having and not spared(step):
                place = places[str(_operation(step))][0]
                yield Mistake(
                    f"{step.path}.Arguments", f"has no {place}, and {having[0].name!r} has {what}", f"set {place}"
                )


def at(step: WrittenStep, place: str) -> Any:
    """What a step's Arguments have at a path of plain names; None where there is nothing.

    Of several definitions of a tuning job all have to have it: what the first has.
    """
    several = step.arguments.get("TrainingJobDefinitions")
    if place.startswith(_TUNED) and isinstance(several, list) and several:
        found = [_along(one, place.removeprefix(_TUNED)) for one in several]
        return found[0] if all(found) else None
    return _along(step.arguments, place)


def _along(value: Any, place: str) -> Any:
    for name in place.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def takes_no_key(step: WrittenStep) -> bool:
    """Whether its instances have local storage, whose encryption is the hardware's own: a key is refused for them.

    True, too, where the instance type is known at run time only.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html#sagemaker-Type-ResourceConfig-VolumeKmsKeyId
    """
    text = json.dumps(step.arguments)
    kinds = re.findall(r'"InstanceType": ("[^"]*"|\{)', text)
    return any(kind == "{" or _LOCAL_STORAGE.match(kind.strip('"')) for kind in kinds)


_LOCAL_STORAGE = re.compile(r"ml\.(g4dn|g5|gr?6\w*|p3dn|p4\w*|p5\w*|p6\w*|trn\d\w*|i\d\w*|[cmrx]\d[a-z]*d[a-z]*)\.")


def calls_a_model(step: WrittenStep) -> bool:
    """Clarify makes an endpoint for the model that it asks, and has to reach it: such a job is not isolated."""
    return step.type == "ClarifyCheck" and step.raw.get("CheckType") != "DATA_BIAS"


def _operation(step: WrittenStep) -> str | None:
    return STEP_SPECS[step.type].operation if step.type in STEP_SPECS else None
