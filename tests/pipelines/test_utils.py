"""Check the helpers of AWS's own template."""

from __future__ import annotations

from local_sagemaker.tools.command_errors import UsageError
from pipelines import _utils

import pytest

MODULE = "pipelines.abalone.pipeline"


@pytest.mark.parametrize("text", ['{"a": true, "b": null}', "{'a': True, 'b': None}"])
def test_json_and_python_literals_are_parsed(text):
    assert _utils.convert_struct(text) == {"a": True, "b": None}


def test_a_missing_or_empty_string_gives_an_empty_dictionary():
    assert _utils.convert_struct() == {}
    assert _utils.convert_struct("") == {}


def test_code_is_never_evaluated(tmp_path):
    with pytest.raises(UsageError):
        _utils.convert_struct(f"__import__('pathlib').Path({str(tmp_path / 'x')!r}).touch()")

    assert not (tmp_path / "x").exists()


class Projects:
    """A client with the only method of boto3's that custom tags need."""

    def __init__(self, tags):
        self.tags, self.requested_arns = tags, []

    def list_tags(self, ResourceArn):  # noqa: N803  boto3's own name
        self.requested_arns.append(ResourceArn)
        return {"Tags": self.tags}


def test_a_projects_tags_are_added_but_do_not_override_the_callers():
    client = Projects([{"Key": "a", "Value": "project"}, {"Key": "b", "Value": "project"}])
    own_tags = [{"Key": "a", "Value": "own"}]

    tags = _utils.get_pipeline_custom_tags(MODULE, {"sagemaker_project_arn": "arn:project"}, own_tags, client)

    assert tags == [{"Key": "a", "Value": "own"}, {"Key": "b", "Value": "project"}]
    assert client.requested_arns == ["arn:project"]
    assert own_tags == [{"Key": "a", "Value": "own"}]


def test_without_a_project_no_tags_are_requested():
    client = Projects([])

    assert _utils.get_pipeline_custom_tags(MODULE, "{}", [], client) == []
    assert client.requested_arns == []
