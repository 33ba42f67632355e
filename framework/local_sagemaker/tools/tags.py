"""Collects a pipeline's tags: those of the command line, and those of the SageMaker project that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError
from local_sagemaker.tools.modules import convert_struct, literal

from botocore.exceptions import ClientError

Tags = list[dict[str, str]]


def convert_tags(text: str | None = None) -> Tags:
    """Parse tags written as ``[{"Key": "...", "Value": "..."}]``; empty for no string.

    Raises:
        UsageError: the string is not such a list.
    """
    tags = literal(text) if text else []
    if not is_tags(tags):
        raise UsageError(f"""expected tags as '[{{"Key": "...", "Value": "..."}}]'; got {text!r}""")
    return tags


def is_tags(value: Any) -> bool:
    """Return whether the value is a list of ``{"Key": string, "Value": string}``."""
    return isinstance(value, list) and all(
        isinstance(tag, dict) and tag.keys() == {"Key", "Value"} and all(isinstance(v, str) for v in tag.values())
        for tag in value
    )


def get_pipeline_custom_tags(module_name: str, args: str | Mapping[str, Any] | None, tags: Tags, client: Any) -> Tags:
    """Return ``tags`` and the tags of the pipeline's SageMaker project; on the same key, ``tags`` take precedence.

    Args:
        module_name: module of the pipeline, for error messages.
        args: get_pipeline's keyword arguments; ``sagemaker_project_arn`` or ``sagemaker_project_name`` names the
            project, without them there is none.
        tags: the caller's own tags; not modified.
        client: boto3's SageMaker client.

    Raises:
        UsageError: there is no project with that name.
    """
    arguments = convert_struct(args) if isinstance(args, str) else dict(args or {})
    arn = arguments.get("sagemaker_project_arn") or _project_arn(client, arguments.get("sagemaker_project_name"))
    project = client.list_tags(ResourceArn=arn)["Tags"] if arn else []
    return list({tag["Key"]: tag for tag in [*project, *tags]}.values())


def _project_arn(client: Any, name: str | None) -> str | None:
    if not name:
        return None
    try:
        return str(client.describe_project(ProjectName=name)["ProjectArn"])
    except ClientError as error:
        if not is_missing(error):
            raise
        raise UsageError(
            f"there is no SageMaker project {name!r} in this account and region; omit sagemaker_project_name, "
            f'or set only the tag: --tags \'[{{"Key": "sagemaker:project-name", "Value": "{name}"}}]\''
        ) from None
