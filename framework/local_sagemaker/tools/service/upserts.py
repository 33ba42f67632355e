"""Create or update a pipeline with boto3 alone; never one that belongs to another project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from local_sagemaker.tools.aws_errors import is_missing
from local_sagemaker.tools.command_errors import UsageError

from botocore.exceptions import ClientError

Tags = Sequence[Mapping[str, str]]
#: The tag that SageMaker Projects put on what is theirs.
#: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-projects-resources.html
OWNER = "sagemaker:project-name"


def upsert(client: Any, request: Mapping[str, Any], tags: Tags) -> None:
    """CreatePipeline, or UpdatePipeline and AddTags where there is one of this name.

    Args:
        client: boto3's SageMaker client.
        request: of CreatePipeline, but for the tags.
        tags: added to those that the pipeline has.

    Raises:
        UsageError: that pipeline is another project's.
    """
    found = existing_pipeline(client, request["PipelineName"])
    if found is None:
        try:
            client.create_pipeline(**request, Tags=tags)
            return
        except ClientError as error:  # somebody else was quicker
            if (found := existing_pipeline(client, request["PipelineName"])) is None:
                raise error
    check_owner(client, found, tags)
    client.update_pipeline(**request)
    if tags:
        client.add_tags(ResourceArn=found["PipelineArn"], Tags=tags)


def existing_pipeline(client: Any, pipeline: str) -> dict[str, Any] | None:
    """DescribePipeline, or None where there is none of this name."""
    try:
        return dict(client.describe_pipeline(PipelineName=pipeline))
    except ClientError as error:
        if is_missing(error):
            return None
        raise


def check_owner(client: Any, pipeline: Mapping[str, Any], tags: Tags) -> None:
    """Raise UsageError when a pipeline belongs to another project than the one that these tags name."""
    theirs = _owner(client.list_tags(ResourceArn=pipeline["PipelineArn"])["Tags"])
    if theirs not in (None, _owner(tags)):
        raise UsageError(
            f"pipeline {pipeline['PipelineName']!r} belongs to the project {theirs!r} (its tag {OWNER}); "
            'if that is yours, say so: --kwargs \'{"sagemaker_project_name": "' + theirs + "\"}'; "
            'else take another name: --kwargs \'{"pipeline_name": "..."}\''
        )


def _owner(tags: Tags) -> str | None:
    return next((tag["Value"] for tag in tags if tag["Key"] == OWNER), None)
