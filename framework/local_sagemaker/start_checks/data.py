"""Checks that the data which a start refers to exist on this machine: objects, models, versions, groups."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any

from local_sagemaker.arns import own_name
from local_sagemaker.definition.expressions import evaluate, references, with_parameters
from local_sagemaker.definition.step import Step
from local_sagemaker.errors import LocalSageMakerError, ServiceError, ValidationError
from local_sagemaker.jobs.inputs import NoObjectError, find_inputs
from local_sagemaker.objects import split_uri
from local_sagemaker.start_checks.start import Start
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

_PARAMETER_HINT = "give a path of this machine (--parameters NAME=PATH), or put it there first (the command put)"
_LITERAL_HINT = (
    "put it into this account's S3 first (the command put FILE URI); a run of its MODULE does so with its own code"
)


def missing_inputs(start: Start) -> Iterator[str]:
    """Yield each input whose objects do not exist; a manifest's are those that it lists."""
    outputs = set(_output_uris(start))
    for step in start.steps:
        for label, uri, data_type in _inputs(step):
            is_known = all(path.startswith("Parameters.") for path in references([uri, data_type]))
            if is_known and not _is_written(with_parameters(uri, start.values), outputs):
                yield from _missing_input(start, step, label, uri, data_type)


def _output_uris(start: Start) -> Iterator[str]:
    """Yield the URIs, known before the start, below which a step writes."""
    for step in start.steps:
        arguments = start.arguments(step)
        outputs = (arguments.get("ProcessingOutputConfig") or {}).get("Outputs") or ()
        uris = [
            *((output.get("S3Output") or {}).get("S3Uri") for output in outputs),
            (arguments.get("TransformOutput") or {}).get("S3OutputPath"),
            (arguments.get("OutputDataConfig") or {}).get("S3OutputPath"),
        ]
        yield from (uri.rstrip("/") for uri in uris if isinstance(uri, str))


def _is_written(uri: Any, outputs: Collection[str]) -> bool:
    """Return whether a step may write the objects of an input: below it, or above it in the tree of keys."""
    return any(f"{uri}/".startswith(f"{output}/") or output.startswith(str(uri)) for output in outputs)


def _missing_input(start: Start, step: Step, label: str, uri: Any, data_type: Any) -> Iterator[str]:
    read_text = start.account.objects.read_text
    evaluated_uri, evaluated_type = evaluate([uri, data_type], {"Parameters": start.values}, read_text)
    try:
        if not _is_uploaded(start, evaluated_uri):
            find_inputs(start.account, evaluated_type, evaluated_uri)
    except LocalSageMakerError as error:
        reason = "does not exist here" if isinstance(error, NoObjectError) else str(error).removeprefix("ClientError: ")
        source = "".join(f" (parameter {path.partition('.')[2]})" for path in references(uri))
        hint = _PARAMETER_HINT if source else _LITERAL_HINT
        yield f"step {step.name!r}: {label} {evaluated_uri!r}{source} {reason}; {hint}"


def _is_uploaded(start: Start, uri: str) -> bool:
    bucket, prefix = split_uri(uri)
    return any(bucket == its_bucket and key.startswith(prefix) for its_bucket, key in start.uploads)


def _inputs(step: Step) -> Iterator[tuple[str, Any, Any]]:
    """Yield each input of a job, by its name in messages, with its URI and its S3DataType."""
    arguments = step.arguments
    for entry in arguments.get("ProcessingInputs") or ():
        yield from _source(f"input {entry.get('InputName')!r}", entry.get("S3Input"))
    for request in (arguments, arguments.get("TrainingJobDefinition") or {}):
        for entry in request.get("InputDataConfig") or ():
            yield from _source(f"channel {entry.get('ChannelName')!r}", entry.get("DataSource", {}).get("S3DataSource"))
    yield from _source("the input", arguments.get("TransformInput", {}).get("DataSource", {}).get("S3DataSource"))


def _source(label: str, source: dict[str, Any] | None) -> Iterator[tuple[str, Any, Any]]:
    if source and source.get("S3Uri"):
        yield label, source["S3Uri"], source.get("S3DataType", "S3Prefix")


def missing_models(start: Start) -> Iterator[str]:
    """Yield each model or version that a step names and that does not exist."""
    for step in start.steps:
        arguments, settings = start.arguments(step), with_parameters(step.settings, start.values)
        names = [arguments.get("ModelName") if step.type == "Transform" else None, settings.get("ModelName")]
        for name in names:
            if isinstance(name, str) and start.account.store.get("model", name) is None:
                yield f"step {step.name!r}: the model {name!r} does not exist here; create it, or refer to a Model step"
        for container in [arguments.get("PrimaryContainer"), *(arguments.get("Containers") or ())]:
            arn = (container or {}).get("ModelPackageName")
            if isinstance(arn, str) and start.account.store.get("model-package", arn) is None:
                yield f"step {step.name!r}: the model package {arn} does not exist here; register it first"


def foreign_groups(start: Start) -> Iterator[str]:
    """Yield each model package group that is one of another account."""
    for step in start.steps:
        for request in (start.arguments(step), with_parameters(step.settings, start.values)):
            name = request.get("ModelPackageGroupName")
            try:
                if isinstance(name, str):
                    own_name(start.account, name, "model-package-group")
            except ValidationError as error:
                yield f"step {step.name!r}: {error}"


def invalid_analyses(start: Start) -> Iterator[str]:
    """Yield each invalid analysis configuration of a Clarify check."""
    for step in start.graph.steps.values():
        for entry in start.arguments(step).get("ProcessingInputs") or ():
            uri = entry.get("S3Input", {}).get("S3Uri")
            if step.type == "ClarifyCheck" and entry.get("InputName") == "analysis_config" and isinstance(uri, str):
                yield from _invalid_analysis(start, step, uri)


def _invalid_analysis(start: Start, step: Step, uri: str) -> Iterator[str]:
    try:
        AnalysisConfig.of(json.loads(start.account.objects.read_text(uri)))
    except ServiceError:
        return  # the object does not exist, or not yet: missing_inputs reports it
    except (MonitorError, ValueError, RecursionError) as error:
        yield f"step {step.name!r}: {uri}: {error}"
