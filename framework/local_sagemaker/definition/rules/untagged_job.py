"""A job lacks a tag that other jobs have, so that costs and permissions by tag do not include it."""

from __future__ import annotations

from collections.abc import Iterator

from local_sagemaker.definition.definition import Definition, WrittenStep
from local_sagemaker.definition.rules import WARNING, Mistake, _examples, _security
from local_sagemaker.definition.slots import objects
from local_sagemaker.definition.step_specs import STEP_SPECS

LEVEL = WARNING
PAGE = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Tag.html"
_TAGS = {"Tags": [{"Key": "team", "Value": "shells"}]}
GOOD = _examples.definition(
    _examples.training("First", arguments=_TAGS), _examples.processing("Second", arguments=_TAGS)
)
BAD = _examples.with_value(GOOD, "Steps[1].Arguments.Tags[0].Key", "taem")


def check(definition: Definition) -> Iterator[Mistake]:
    """Check the tags of every job against those that at least half of the jobs have."""
    jobs = {
        step: _keys(step)
        for step in definition.steps
        if step.type in STEP_SPECS and STEP_SPECS[step.type].operation in _security.TAGS
    }
    owners = {key: step for step, keys in reversed(jobs.items()) for key in keys}
    usual = {key for key in owners if sum(key in keys for keys in jobs.values()) * 2 >= len(jobs)}
    for step, keys in jobs.items():
        if missing := sorted(usual - keys):
            owner = owners[missing[0]].name
            yield Mistake(
                f"{step.path}.Arguments", f"lacks the tag {', '.join(missing)}, which {owner!r} has", "add it"
            )


def _keys(step: WrittenStep) -> set[str]:
    return {tag["Key"] for _, tag in objects(step.arguments.get("Tags")) if isinstance(tag.get("Key"), str)}
