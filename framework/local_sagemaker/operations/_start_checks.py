"""Checks before an execution starts: every input, image and function that is known by then must exist here.

An input whose URI depends on a step is known only after that step has run; its job checks it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from local_sagemaker import images, invocations
from local_sagemaker.account import Account
from local_sagemaker.batch_transform.rules import request_errors as transform_request_errors
from local_sagemaker.definition.branches import excluded_branches
from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.expressions import evaluate, references, with_parameters
from local_sagemaker.definition.graph import Graph, graph_of
from local_sagemaker.definition.members import definition_reports
from local_sagemaker.definition.members.table import REFUSED, distinct
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.definition.step import Step
from local_sagemaker.errors import ConfigError
from local_sagemaker.sandbox.reach import shared_home
from local_sagemaker.service_model import sagemaker
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

_PARAMETER_HINT = "give a path of this machine (--parameters NAME=PATH), or put the object into this account's S3 first"
_LITERAL_HINT = "put the object into this account's S3 first; run-pipeline -n MODULE does so with a module's own code"


def resolve_values(account: Account, text: str, overrides: Mapping[str, str]) -> dict[str, Any]:
    """Return every parameter's value for a start of this definition, after all checks have passed.

    Raises:
        DefinitionError: a check failed.
    """
    definition = read(text)
    values = resolve(declared_parameters(definition), overrides)
    graph = graph_of(definition.bind(sagemaker(), values))
    check_members(definition, values)
    check_programs(account)
    check_images(account, graph, values)
    check_functions(account, graph, values)
    check_transforms(graph, values)
    check_inputs(account, graph, values)
    check_analyses(account, graph, values)
    return values


def check_members(definition: Definition, values: Mapping[str, Any]) -> None:
    """Raise DefinitionError if a member is refused here; print those without effect on stderr, each reason once."""
    steps = [replace(step, raw=with_parameters(step.raw, values)) for step in definition.steps]
    all_reports = list(definition_reports(definition.raw, steps))
    if refused := [report for report in all_reports if report.treatment == REFUSED]:
        raise DefinitionError("; ".join(f"{path} is not supported here: {reason}" for path, _, reason in refused))
    for report in distinct(all_reports):
        print(f"note: {report.path} has no effect here: {report.reason}", file=sys.stderr)


def check_inputs(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first input URI that matches no object; steps of excluded branches are skipped."""
    excluded_names = set(_steps_of_excluded_branches(graph, values))
    for step in (step for name, step in graph.steps.items() if name not in excluded_names):
        for input_label, uri in _input_uris(step):
            if any(not path.startswith("Parameters.") for path in references(uri)):
                continue
            evaluated_uri = evaluate(uri, {"Parameters": values}, account.objects.read_text)
            if not evaluated_uri or not account.objects.find_matching(evaluated_uri):
                source = "".join(f" (parameter {p.partition('.')[2]})" for p in references(uri))
                hint = _PARAMETER_HINT if source else _LITERAL_HINT
                raise DefinitionError(
                    f"step {step.name!r}: {input_label} {evaluated_uri!r}{source} does not exist here; {hint}"
                )


def _steps_of_excluded_branches(graph: Graph, values: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the steps in branches that these parameters rule out."""
    for step in graph.steps.values():
        if step.type == "Condition":
            for branch in excluded_branches(step.arguments["Conditions"], values):
                yield from step.branches[branch]


def check_programs(account: Account) -> None:
    """Raise DefinitionError if a setting of local.toml that concerns all programs is invalid."""
    try:
        shared_home(account.config)
    except ConfigError as error:
        raise DefinitionError(str(error)) from None


def check_images(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first job image that has no local implementation."""
    for step in graph.steps.values():
        for uri in _image_uris(with_parameters(step.arguments, values)):
            try:
                images.find_image(account.config, uri)
            except ConfigError as error:
                raise DefinitionError(f"step {step.name!r}: {error}") from None


def check_transforms(graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first Transform step whose settings contradict each other."""
    for step in graph.steps.values():
        if step.type == "Transform":
            for problem in transform_request_errors(with_parameters(step.arguments, values)):
                raise DefinitionError(f"step {step.name!r}: {problem}")


def check_functions(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first Lambda step whose function does not exist on this machine."""
    for step in graph.steps.values():
        arn = with_parameters(step.settings.get("FunctionArn"), values)
        if isinstance(arn, str):
            try:
                invocations.find_function(account, arn)
            except ConfigError as error:
                raise DefinitionError(f"step {step.name!r}: {error}") from None


def check_analyses(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first Clarify check whose analysis configuration is invalid."""
    for step in graph.steps.values():
        for entry in with_parameters(step.arguments, values).get("ProcessingInputs") or ():
            uri = entry.get("S3Input", {}).get("S3Uri")
            if step.type != "ClarifyCheck" or entry.get("InputName") != "analysis_config" or not isinstance(uri, str):
                continue
            try:
                AnalysisConfig.of(json.loads(account.objects.read_text(uri)))
            except (MonitorError, ValueError, RecursionError) as error:
                raise DefinitionError(f"step {step.name!r}: {uri}: {error}") from None


def _image_uris(arguments: dict[str, Any]) -> Iterator[str]:
    """Yield the image URIs of a job, or of a model's containers."""
    containers = [arguments.get("PrimaryContainer"), *(arguments.get("Containers") or ())]
    uris = [
        arguments.get("AppSpecification", {}).get("ImageUri"),
        arguments.get("AlgorithmSpecification", {}).get("TrainingImage"),
        *(container.get("Image") for container in containers if container),
    ]
    yield from (uri for uri in uris if isinstance(uri, str))


def _input_uris(step: Step) -> Iterator[tuple[str, Any]]:
    for entry in step.arguments.get("ProcessingInputs") or ():
        if uri := entry.get("S3Input", {}).get("S3Uri"):
            yield f"input {entry.get('InputName')!r}", uri
    for entry in step.arguments.get("InputDataConfig") or ():
        if uri := entry.get("DataSource", {}).get("S3DataSource", {}).get("S3Uri"):
            yield f"channel {entry.get('ChannelName')!r}", uri
    if uri := step.arguments.get("TransformInput", {}).get("DataSource", {}).get("S3DataSource", {}).get("S3Uri"):
        yield "the input", uri
