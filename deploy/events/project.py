"""Compiles the project's three pipelines by the settings, and checks what the settings say about them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from deploy.events.settings import OUTPUTS, Settings, placeholders
from local_sagemaker.definition.definition import Definition
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.near_names import did_you_mean
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import get_pipeline_driver
from local_sagemaker.tools.placeholders import PLACEHOLDER_ACCOUNT

INFERENCE = "pipelines.batch_inference.pipeline"
#: Setting with the parameters of a start -> the setting that names the pipeline, and further parameters of the start.
START_PARAMETERS = {
    "training_parameters": ("pipeline_train", ("InputDataUrl",)),
    "retraining_parameters": ("pipeline_trainwhpo", ("InputDataUrl",)),
    "inference_parameters": ("pipeline_inf", ("InputDataUrl", "GroundTruthUrl")),
}


def compile_pipelines(settings: Settings, session: Any) -> dict[str, Any]:
    """Return setting -> its pipeline, without calling AWS or uploading anything.

    Raises:
        UsageError: a module cannot be used, or its get_pipeline rejects its arguments.
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
        name: get_pipeline_driver(
            module, settings_arguments | lookup_arguments | _arguments(settings, name, folder, session)
        )
        for name, (module, folder, lookup_arguments, settings_arguments) in parts.items()
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
    """Check the steps and parameters that the settings name.

    Args:
        settings: the configuration.
        definitions: setting -> the definition of the pipeline that it names.

    Raises:
        UsageError: no pipeline has the step, or a pipeline does not have the parameter or does not accept its value.
    """
    steps = {step.name for definition in definitions.values() for step in definition.steps}
    for number, notification in enumerate(settings.custom_notification_config):
        if notification.step_name not in steps:
            hint = did_you_mean(notification.step_name, steps)
            where = f"custom_notification_config.{number}.step_name is {notification.step_name!r}"
            raise UsageError(f"{where}, which no pipeline has{hint}; they have: {', '.join(sorted(steps))}")
    values = placeholders(settings, PLACEHOLDER_ACCOUNT)
    for name, (pipeline, further) in START_PARAMETERS.items():
        parameters = json.loads(values["".join(word.capitalize() for word in name.split("_"))])
        try:
            resolve(declared_parameters(definitions[pipeline]), parameters | dict.fromkeys(further, "s3://bucket/key"))
        except DefinitionError as error:
            raise UsageError(f"{name} ({getattr(settings, pipeline)}): {error}") from None
