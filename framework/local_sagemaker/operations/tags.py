"""Operations that add, list and delete the tags of a resource, which its ARN names.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AddTags.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from local_sagemaker.account import Account
from local_sagemaker.definition.members.table import Table
from local_sagemaker.errors import NotFoundError, ValidationError
from local_sagemaker.operations._takes import takes
from local_sagemaker.operations.job_kinds import PROCESSING, TRAINING, TRANSFORM, TUNING
from local_sagemaker.operations.listing import page

SERVICE = "sagemaker"
Tag = dict[str, str]
#: Type of a resource in its ARN -> kind of its record.
_RECORD_KINDS = {
    "pipeline": "pipeline",
    "model": "model",
    "endpoint-config": "endpoint-config",
    "model-package-group": "model-package-group",
    "model-package": "model-package",
    **{kind.resource: kind.record_kind for kind in (PROCESSING, TRAINING, TRANSFORM, TUNING)},
}


@takes(Table("Tags.Key Tags.Value"))
def add_tags(account: Account, *, ResourceArn: str, Tags: list[Tag]) -> dict[str, Any]:
    """Add tags to a resource; a tag of the same key is replaced (AddTags)."""
    return {"Tags": _update(account, ResourceArn, Tags)}


def delete_tags(account: Account, *, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:
    """Remove tags from a resource (DeleteTags)."""
    _update(account, ResourceArn, (), TagKeys)
    return {}


@takes(Table("MaxResults NextToken"))
def list_tags(account: Account, *, ResourceArn: str, **query: Any) -> dict[str, Any]:
    """List a resource's tags (ListTags)."""
    return page("Tags", _update(account, ResourceArn, ()), {"SortOrder": "Ascending", **query})


def _update(account: Account, arn: str, added: Sequence[Tag], removed: Sequence[str] = ()) -> list[Tag]:
    """Change the tags of the resource's record, if they are other than before; return them.

    Raises:
        ValidationError: it is not the ARN of a resource of this account that has tags.
        NotFoundError: there is no such resource.
    """
    kind, name = _record(account, arn)
    with account.store.transaction() as records:
        document = records.get(kind, name)
        if document is None:
            raise NotFoundError(f"{arn} does not exist")
        before = document.get("Tags") or []
        tags = {tag["Key"]: tag for tag in [*before, *added] if tag["Key"] not in removed}
        after = list(tags.values())
        if after != before:
            records.update(kind, name, {"Tags": after})
    return after


def _record(account: Account, arn: str) -> tuple[str, str]:
    """Return the kind and the name of the record of the resource with this ARN."""
    own = account.arn("")
    resource, _, name = arn.removeprefix(own).partition("/")
    if not arn.startswith(own) or resource not in _RECORD_KINDS:
        types = ", ".join(_RECORD_KINDS)
        raise ValidationError(f"{arn} is not a resource of this account ({own}...) that has tags ({types})")
    return _RECORD_KINDS[resource], arn if resource == "model-package" else name
