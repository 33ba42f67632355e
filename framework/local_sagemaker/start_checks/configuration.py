"""Checks what a start needs of local.toml, and that the settings of a step do not contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from local_sagemaker import images, invocations
from local_sagemaker.batch_transform.rules import request_errors
from local_sagemaker.definition.expressions import with_parameters
from local_sagemaker.errors import ConfigError, ServiceError
from local_sagemaker.sandbox.reach import shared_home
from local_sagemaker.start_checks.start import Start


def invalid_settings(start: Start) -> Iterator[str]:
    """Yield an invalid setting of local.toml that concerns all programs."""
    try:
        shared_home(start.account.config)
    except ConfigError as error:
        yield str(error)


def missing_images(start: Start) -> Iterator[str]:
    """Yield each image of a job or a model that has no local implementation."""
    for step in start.graph.steps.values():
        for uri in _image_uris(start.arguments(step)):
            try:
                images.find_image(start.account.config, uri)
            except ConfigError as error:
                yield f"step {step.name!r}: {error}"


def missing_functions(start: Start) -> Iterator[str]:
    """Yield each function of a Lambda step that does not exist on this machine."""
    for step in start.graph.steps.values():
        arn = with_parameters(step.settings.get("FunctionArn"), start.values)
        if isinstance(arn, str):
            try:
                invocations.find_function(start.account, arn)
            except (ConfigError, ServiceError) as error:
                yield f"step {step.name!r}: {error}"


def contradicting_settings(start: Start) -> Iterator[str]:
    """Yield the settings of Transform steps that contradict each other."""
    for step in start.graph.steps.values():
        if step.type == "Transform":
            yield from (f"step {step.name!r}: {error}" for error in request_errors(start.arguments(step)))


def _image_uris(arguments: dict[str, Any]) -> Iterator[str]:
    """Yield the image URIs of a job, or of a model's containers. A version may have an image that does not run here."""
    containers = [arguments.get("PrimaryContainer"), *(arguments.get("Containers") or ())]
    requests = [arguments, arguments.get("TrainingJobDefinition") or {}]
    uris = [
        arguments.get("AppSpecification", {}).get("ImageUri"),
        *(request.get("AlgorithmSpecification", {}).get("TrainingImage") for request in requests),
        *(container.get("Image") for container in containers if container),
    ]
    yield from (uri for uri in uris if isinstance(uri, str))
