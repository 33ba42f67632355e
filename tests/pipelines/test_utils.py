"""The helpers of AWS's own template."""

from __future__ import annotations

from local_sagemaker.tools.command_errors import UsageError
from pipelines import _utils

import pytest

MODULE = "pipelines.abalone.pipeline"


@pytest.mark.parametrize("text", ['{"a": true, "b": null}', "{'a': True, 'b': None}"])
def test_structures_are_read_as_json_or_as_python_literals(text):
    assert _utils.convert_struct(text) == {"a": True, "b": None}


def test_nothing_is_an_empty_structure():
    assert _utils.convert_struct() == {}
    assert _utils.convert_struct("") == {}


def test_a_structure_is_never_evaluated(tmp_path):
    with pytest.raises(UsageError):
        _utils.convert_struct(f"__import__('pathlib').Path({str(tmp_path / 'x')!r}).touch()")

    assert not (tmp_path / "x").exists()


class Projects:
    """As much of boto3's client as custom tags ask for."""

    def __init__(self, tags):
        self.tags, self.asked = tags, []

    def list_tags(self, ResourceArn):  # noqa: N803  boto3's own name
        self.asked.append(ResourceArn)
        return {"Tags": self.tags}


def test_a_projects_tags_are_added_and_a_tag_that_is_given_wins():
    client = Projects([{"Key": "a", "Value": "project"}, {"Key": "b", "Value": "project"}])
    given = [{"Key": "a", "Value": "given"}]

    found = _utils.get_pipeline_custom_tags(MODULE, {"sagemaker_project_arn": "arn:project"}, given, client)

    assert found == [{"Key": "a", "Value": "given"}, {"Key": "b", "Value": "project"}]
    assert client.asked == ["arn:project"]
    assert given == [{"Key": "a", "Value": "given"}]


def test_without_a_project_nobody_is_asked():
    client = Projects([])

    assert _utils.get_pipeline_custom_tags(MODULE, "{}", [], client) == []
    assert client.asked == []
