"""Prepares a pipeline for a run: everything that can be wrong is checked before anything is uploaded or created."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from local_sagemaker.definition.definition import Definition, read
from local_sagemaker.definition.parameters import declared_parameters
from local_sagemaker.definition.step_code import no_code
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.compiling.compiled import Compiled
from local_sagemaker.tools.compiling.process import compile_for_aws, compile_here
from local_sagemaker.tools.lint import linting
from local_sagemaker.tools.modules import convert_struct
from local_sagemaker.tools.placeholders import refuse_placeholder
from local_sagemaker.tools.runs import bundles
from local_sagemaker.tools.service import baselines
from local_sagemaker.tools.service.uploads import UploadPlan, plan
from local_sagemaker.tools.service.upserts import upsert
from local_sagemaker.tools.tags import convert_tags, get_pipeline_custom_tags
from local_sagemaker.tools.targets import Target
from local_sagemaker.tools.terminal import command_line

#: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


class PreparedPipeline(NamedTuple):
    """A pipeline that is ready to be created or updated.

    ``code`` has the objects that compiling its module would upload; ``inputs`` those that parameters name.
    ``first_run`` holds the parameters that were set because a check has no baseline yet.
    """

    code: Compiled
    definition: Definition
    tags: list[dict[str, str]]
    role: str | None
    inputs: UploadPlan
    first_run: dict[str, str]

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.code.name

    def send(self, target: Target, description: str | None) -> None:
        """Upload what is missing, and create or update the pipeline."""
        if self.role is None:
            raise UsageError("a pipeline on AWS needs a role; give its ARN: --role-arn ARN")
        s3 = target.session.client("s3")
        self.code.upload(s3)
        request = {"PipelineName": self.name, "RoleArn": self.role, "PipelineDefinition": self.definition.text}
        upsert(target.client, request | ({"PipelineDescription": description} if description else {}), self.tags)
        self.inputs.send(s3)


def prepare(arguments: argparse.Namespace, target: Target) -> PreparedPipeline:
    """Compile or read the pipeline, and check everything that can be wrong; nothing is uploaded, created or started.

    Args:
        arguments: of the command, see ``commands.run.add_arguments``.
        target: where it is to run.

    Raises:
        UsageError, ModuleError, LintError, DefinitionError: something is wrong.
    """
    parameters = command_line.parameters(arguments.parameters)
    kwargs, tags = convert_struct(arguments.kwargs), convert_tags(arguments.tags)
    defaults = target.defaults(kwargs, arguments.role_arn)
    code = _code(arguments, target, kwargs, defaults)
    definition = read(code.definition)
    # On this machine there are no SageMaker Projects whose tags could be looked up.
    project = {} if target.root else kwargs
    tags = get_pipeline_custom_tags(arguments.module_name or "", project, [*code.tags, *tags], target.client)
    if target.root is None:
        refuse_placeholder(definition.text, target.session)
    linting.lint_or_raise(definition)  # what follows may rely on what lint requires
    inputs = plan(defaults["default_bucket"], code.name, definition, parameters, is_started=not arguments.no_start)
    values = baselines.parameters(target.client, definition, inputs.values)
    first_run = {parameter: value for parameter, value in values.items() if parameter not in inputs.values}
    inputs = inputs._replace(values=values)
    _lint(arguments, target, code, definition, values)
    if not arguments.no_start:
        uploads = code.missing_uploads(target.session.client("s3")) if target.root else []
        target.check_start(definition, values, [*uploads, *inputs.files], notes=arguments.dry_run)
    return PreparedPipeline(code, definition, tags, defaults["role"], inputs, first_run)


def _code(
    arguments: argparse.Namespace, target: Target, kwargs: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Compiled:
    """Return the pipeline of the module, file or folder that the command line names."""
    if arguments.definition:
        path = Path(arguments.definition)
        code = bundles.read(path) if path.is_dir() else Compiled(path.stem, _read_file(arguments.definition))
        return Compiled(**vars(code) | {"name": _pipeline_name(arguments, code.name)})
    account = {name: value for name, value in defaults.items() if value is not None}
    region = target.session.region_name
    if target.root:
        return compile_here(arguments.module_name, kwargs, account, region, target.root)
    return compile_for_aws(arguments.module_name, kwargs, account, region)


def _lint(
    arguments: argparse.Namespace, target: Target, code: Compiled, definition: Definition, values: Mapping[str, str]
) -> None:
    """Lint the definition with the values of a start, and print warnings."""
    declared = declared_parameters(definition)
    # A start on this machine reads the code itself, once it is uploaded.
    read_code = no_code if target.root and not arguments.dry_run else code.read_code
    given_values = {name: declared[name].read(value) for name, value in values.items()}
    linting.warn(linting.lint_or_raise(definition, given_values, read_code))


def _pipeline_name(arguments: argparse.Namespace, default: str) -> str:
    """Return the name that a definition's pipeline gets."""
    name = arguments.pipeline_name or default
    if not _NAME.fullmatch(name):
        source = "--pipeline-name" if arguments.pipeline_name else f"the name of the file {arguments.definition!r}"
        valid_name = re.sub("[^a-zA-Z0-9]+", "-", name).strip("-")[:256] or "my-pipeline"
        raise UsageError(
            f"{source} makes no pipeline name, which has 1 to 256 of A-Z, a-z, 0-9 and inner '-'; use "
            f"--pipeline-name {valid_name}"
        )
    return name


def _read_file(path: str) -> str:
    text = command_line.read_text(path)
    if not text.strip():
        raise UsageError(f"{path!r} is empty")
    return text
