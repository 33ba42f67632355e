"""Before an execution starts: does every input, image and function that is known by now name something here?

An input whose URI depends on a step is known only when that step has run, and is checked by its job.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local_sagemaker import images, invocations
from local_sagemaker.account import Account
from local_sagemaker.batch_transform.rules import request_errors as transform_problems
from local_sagemaker.definition.branches import excluded_steps
from local_sagemaker.definition.definition import read
from local_sagemaker.definition.definition_errors import DefinitionError
from local_sagemaker.definition.expressions import evaluate, references, with_parameters
from local_sagemaker.definition.graph import Graph, graph_of
from local_sagemaker.definition.parameters import declared_parameters, resolve
from local_sagemaker.definition.step import Step
from local_sagemaker.errors import ConfigError
from local_sagemaker.sandbox.reach import shared_home
from local_sagemaker.service_model import sagemaker
from model_monitor.clarify.config import AnalysisConfig
from model_monitor.monitor_error import MonitorError

_PARAMETER_HINT = "give a path of this machine (--parameters NAME=PATH), or put the object into this account's S3 first"
_LITERAL_HINT = "put the object into this account's S3 first; run-pipeline -n MODULE does so with a module's own code"


def resolve_values(account: Account, text: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Every parameter's value for a start of this definition with those that are given.

    Raises:
        DefinitionError: something speaks against it.
    """
    definition = read(text)
    values = resolve(declared_parameters(definition), given)
    graph = graph_of(definition.against(sagemaker(), values))
    check_programs(account)
    check_images(account, graph, values)
    check_functions(account, graph, values)
    check_transforms(graph, values)
    check_inputs(account, graph, values)
    check_analyses(account, graph, values)
    return values


def check_inputs(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first input URI that names no object, of steps that may run."""
    never = set(_not_taken(graph, values))
    for step in (step for name, step in graph.steps.items() if name not in never):
        for where, uri in _input_uris(step):
            if any(not path.startswith("Parameters.") for path in references(uri)):
                continue
            found = evaluate(uri, {"Parameters": values}, account.objects.read_text)
            if not found or not account.objects.matching(found):
                source = "".join(f" (parameter {p.partition('.')[2]})" for p in references(uri))
                hint = _PARAMETER_HINT if source else _LITERAL_HINT
                raise DefinitionError(f"step {step.name!r}: {where} {found!r}{source} names nothing here; {hint}")


def _not_taken(graph: Graph, values: dict[str, Any]) -> Iterator[str]:
    """Names of the steps that stand in a branch which these parameters rule out."""
    for step in graph.steps.values():
        if step.type == "Condition":
            for branch in excluded_steps(step.arguments["Conditions"], values):
                yield from step.branches[branch]


def check_programs(account: Account) -> None:
    """Raise DefinitionError where local.toml says something of all programs that cannot be."""
    try:
        shared_home(account.config)
    except ConfigError as error:
        raise DefinitionError(str(error)) from None


def check_images(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first image of a job that nothing here stands for."""
    for step in graph.steps.values():
        for uri in _image_uris(with_parameters(step.arguments, values)):
            try:
                images.find(account.config, uri)
            except ConfigError as error:
                raise DefinitionError(f"step {step.name!r}: {error}") from None


def check_transforms(graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first Transform step whose settings do not go together."""
    for step in graph.steps.values():
        if step.type == "Transform":
            for problem in transform_problems(with_parameters(step.arguments, values)):
                raise DefinitionError(f"step {step.name!r}: {problem}")


def check_functions(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first Lambda step whose function this machine does not have."""
    for step in graph.steps.values():
        arn = with_parameters(step.settings.get("FunctionArn"), values)
        if isinstance(arn, str):
            try:
                invocations.function(account, arn)
            except ConfigError as error:
                raise DefinitionError(f"step {step.name!r}: {error}") from None


def check_analyses(account: Account, graph: Graph, values: dict[str, Any]) -> None:
    """Raise DefinitionError at the first check of Clarify whose configuration cannot be one."""
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
    """Those of a job, and of a model's containers."""
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
