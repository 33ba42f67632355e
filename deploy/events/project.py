"""The three pipelines of the project, compiled as the settings say; and whether the settings speak of them rightly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from deploy.events.settings import OUTPUTS, Settings, names
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import get_pipeline_driver
from pipelines.compiling.offline import PLACEHOLDER_ACCOUNT

INFERENCE = "pipelines.batch_inference.pipeline"
#: Setting with the parameters of a start -> the setting that names the pipeline, and what else a start is given.
STARTS = {
    "training_parameters": ("pipeline_train", ("InputDataUrl",)),
    "retraining_parameters": ("pipeline_trainwhpo", ("InputDataUrl",)),
    "inference_parameters": ("pipeline_inf", ("InputDataUrl", "GroundTruthUrl")),
}


def compile_pipelines(settings: Settings, session: Any) -> dict[str, Any]:
    """Setting -> its pipeline; nothing is called and nothing uploaded.

    Raises:
        UsageError: a module is none, or its get_pipeline refuses what it is told.
    """
    lookup = {"approved_model_function": settings.approved_model_function_name}
    parts: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
        "pipeline_train": (settings.train_module, "training", {}, settings.training_arguments),
        "pipeline_trainwhpo": (settings.trainwhpo_module, "tuning", lookup, settings.retraining_arguments),
        "pipeline_inf": (
            INFERENCE, "inference", lookup | {"use_case": settings.use_case}, settings.inference_arguments,
        ),
    }  # fmt: skip
    return {
        name: get_pipeline_driver(module, further | own | _arguments(settings, name, folder, session))
        for name, (module, folder, own, further) in parts.items()
    }


def _arguments(settings: Settings, name: str, folder: str, session: Any) -> dict[str, Any]:
    tags = settings.tags | ({"user_id": settings.user_id} if settings.user_id else {})
    return {
        "region": settings.region,
        "role": settings.role_arn,
        "default_bucket": settings.bucket_name,
        "model_package_group_name": settings.model_package_group_name,
        "pipeline_name": getattr(settings, name),
        "base_job_prefix": f"{settings.bucket_prefix}/{OUTPUTS}/{folder}",
        "kms_key": settings.kms_key or None,
        "subnets": [settings.subnet_id] if settings.subnet_id else None,
        "security_group_ids": [settings.sg_id] if settings.sg_id else None,
        "encrypt_inter_container_traffic": True,
        "tags": [{"Key": key, "Value": value} for key, value in tags.items()] or None,
        "session": session,
    }


def check(settings: Settings, definitions: Mapping[str, Definition]) -> None:
    """Look at what the settings say of steps and parameters.

    Args:
        settings: what a person decides.
        definitions: setting -> the definition of the pipeline that it names.

    Raises:
        UsageError: a step that no pipeline has, or a parameter that its pipeline has not, or not with this value.
    """
    steps = {step.name for definition in definitions.values() for step in definition.steps}
    for number, one in enumerate(settings.custom_notification_config):
        if one.step_name not in steps:
            hint = did_you_mean(one.step_name, steps)
            where = f"custom_notification_config.{number}.step_name is {one.step_name!r}"
            raise UsageError(f"{where}, which no pipeline has{hint}; they have: {', '.join(sorted(steps))}")
    told = names(settings, PLACEHOLDER_ACCOUNT)
    for name, (pipeline, further) in STARTS.items():
        given = json.loads(told["".join(word.capitalize() for word in name.split("_"))])
        try:
            resolve(declared_parameters(definitions[pipeline]), given | dict.fromkeys(further, "s3://bucket/key"))
        except DefinitionError as error:
            raise UsageError(f"{name} ({getattr(settings, pipeline)}): {error}") from None
