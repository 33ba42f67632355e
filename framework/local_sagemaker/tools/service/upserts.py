"""Creates or updates a pipeline with boto3 alone, but never one that belongs to another project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError

from botocore.exceptions import ClientError

Tags = Sequence[Mapping[str, str]]
#: The tag that SageMaker Projects put on their resources.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-resources.html
OWNER = "sagemaker:project-name"


def upsert(client: Any, request: Mapping[str, Any], tags: Tags) -> None:
    """Create the pipeline; if it exists, update it and add the tags.

    Args:
        client: boto3's SageMaker client.
        request: the request of CreatePipeline, without the tags.
        tags: tags, added to those of the pipeline.

    Raises:
        UsageError: the pipeline belongs to another project.
    """
    pipeline = existing_pipeline(client, request["PipelineName"])
    if pipeline is None:
        try:
            client.create_pipeline(**request, Tags=tags)
            return
        except ClientError as error:  # another client has just created it
            if (pipeline := existing_pipeline(client, request["PipelineName"])) is None:
                raise error
    check_owner(client, pipeline, tags)
    client.update_pipeline(**request)
    if tags:
        client.add_tags(ResourceArn=pipeline["PipelineArn"], Tags=tags)


def existing_pipeline(client: Any, pipeline: str) -> dict[str, Any] | None:
    """Return DescribePipeline's response, or None if there is no pipeline with this name."""
    try:
        return dict(client.describe_pipeline(PipelineName=pipeline))
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def check_owner(client: Any, pipeline: Mapping[str, Any], tags: Tags) -> None:
    """Raise UsageError if a pipeline belongs to another project than the one that these tags name."""
    owner = _owner(client.list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"])
    if owner not in (None, _owner(tags)):
        raise UsageError(
            f"pipeline {pipeline['PipelineName']!r} belongs to the project {owner!r} (its tag {OWNER}); "
            'if that is your project, pass --kwargs \'{"sagemaker_project_name": "' + owner + "\"}'; "
            'otherwise choose another name: --kwargs \'{"pipeline_name": "..."}\''
        )


def _owner(tags: Tags) -> str | None:
    return next((tag["Value"] for tag in tags if tag["Key"] == OWNER), None)
