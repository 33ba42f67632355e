"""Find settings that one job has and another lacks, and list where each operation has them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import Mistake
from local_sagemaker.definition.step_specs import STEP_SPECS

#: Operation -> the paths in its request that hold a setting; any one of them is enough.
Places = Mapping[str, tuple[str, ...]]
_TRAINING_DEFINITION = "TrainingJobDefinition."

ISOLATION: Places = {
    "CreateHyperParameterTuningJob": (f"{_TRAINING_DEFINITION}EnableNetworkIsolation",),
    "CreateModel": ("EnableNetworkIsolation",),
    "CreateProcessingJob": ("NetworkConfig.EnableNetworkIsolation",),
    "CreateTrainingJob": ("EnableNetworkIsolation",),
}
OUTPUTS: Places = {
    "CreateAutoMLJob": ("OutputDataConfig.KmsKeyId",),
    "CreateHyperParameterTuningJob": (f"{_TRAINING_DEFINITION}OutputDataConfig.KmsKeyId",),
    "CreateProcessingJob": ("ProcessingOutputConfig.KmsKeyId",),
    "CreateTrainingJob": ("OutputDataConfig.KmsKeyId",),
    "CreateTransformJob": ("TransformOutput.KmsKeyId",),
}
#: Model packages are left out: a version has the tags of its group, and cannot have its own.
TAGS: Places = dict.fromkeys(
    (
        "CreateAutoMLJob", "CreateEndpoint", "CreateEndpointConfig", "CreateHyperParameterTuningJob", "CreateModel",
        "CreateProcessingJob", "CreateTrainingJob", "CreateTransformJob",
    ),
    ("Tags",),
)  # fmt: skip
TRAFFIC: Places = {
    "CreateAutoMLJob": ("AutoMLJobConfig.SecurityConfig.EnableInterContainerTrafficEncryption",),
    "CreateHyperParameterTuningJob": (f"{_TRAINING_DEFINITION}EnableInterContainerTrafficEncryption",),
    "CreateProcessingJob": ("NetworkConfig.EnableInterContainerTrafficEncryption",),
    "CreateTrainingJob": ("EnableInterContainerTrafficEncryption",),
}
VOLUMES: Places = {
    "CreateEndpointConfig": ("KmsKeyId",),
    "CreateHyperParameterTuningJob": (
        f"{_TRAINING_DEFINITION}ResourceConfig.VolumeKmsKeyId",
        f"{_TRAINING_DEFINITION}HyperParameterTuningResourceConfig.VolumeKmsKeyId",
    ),
    "CreateProcessingJob": ("ProcessingResources.ClusterConfig.VolumeKmsKeyId",),
    "CreateTrainingJob": ("ResourceConfig.VolumeKmsKeyId",),
    "CreateTransformJob": ("TransformResources.VolumeKmsKeyId",),
}
VPC: Places = {
    "CreateAutoMLJob": ("AutoMLJobConfig.SecurityConfig.VpcConfig",),
    "CreateHyperParameterTuningJob": (f"{_TRAINING_DEFINITION}VpcConfig",),
    "CreateModel": ("VpcConfig",),
    "CreateProcessingJob": ("NetworkConfig.VpcConfig",),
    "CreateTrainingJob": ("VpcConfig",),
}


def jobs_without(
    definition: Definition, places: Places, setting: str, is_exempt: Callable[[WrittenStep], bool] = lambda step: False
) -> Iterator[Mistake]:
    """Yield a mistake for each step that lacks a setting that another step has, unless it is exempt."""
    steps = [step for step in definition.steps if _operation(step) in places]
    with_setting = [step for step in steps if any(value_at(step, place) for place in places[str(_operation(step))])]
    if with_setting:
        for step in steps:
            if step not in with_setting and not is_exempt(step):
                place = places[str(_operation(step))][0]
                yield Mistake(
                    f"{step.path}.Arguments",
                    f"has no {place}, but {with_setting[0].name!r} has {setting}",
                    f"set {place}",
                )


def value_at(step: WrittenStep, place: str) -> Any:
    """Return the value in a step's Arguments at a path of plain names, or None if there is none.

    If a tuning job has several training definitions, return the first one's value if all have a value, else None.
    """
    definitions = step.arguments.get("TrainingJobDefinitions")
    if place.startswith(_TRAINING_DEFINITION) and isinstance(definitions, list) and definitions:
        values = [_follow(definition, place.removeprefix(_TRAINING_DEFINITION)) for definition in definitions]
        return values[0] if all(values) else None
    return _follow(step.arguments, place)


def _follow(value: Any, place: str) -> Any:
    for name in place.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def takes_no_key(step: WrittenStep) -> bool:
    """Return whether a step's instances have local storage, which the hardware encrypts, so that AWS rejects a key.

    The result is also True if the instance type is known at run time only.
    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ResourceConfig.html#sagemaker-Type-ResourceConfig-VolumeKmsKeyId
    """
    text = json.dumps(step.arguments)
    types = re.findall(r'"InstanceType": ("[^"]*"|\{)', text)
    return any(name == "{" or _LOCAL_STORAGE.match(name.strip('"')) for name in types)


_LOCAL_STORAGE = re.compile(r"ml\.(g4dn|g5|gr?6\w*|p3dn|p4\w*|p5\w*|p6\w*|trn\d\w*|i\d\w*|[cmrx]\d[a-z]*d[a-z]*)\.")


def calls_model(step: WrittenStep) -> bool:
    """Return whether a step is a Clarify check that calls a model's endpoint, so that it cannot be isolated."""
    return step.type == "ClarifyCheck" and step.raw.get("CheckType") != "DATA_BIAS"


def _operation(step: WrittenStep) -> str | None:
    return STEP_SPECS[step.type].operation if step.type in STEP_SPECS else None
