"""Sorting, filters and pages, which the List operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local_sagemaker.errors import ValidationError

PAGE_SIZE = 100


def page(
    member: str,
    documents: Iterable[dict[str, Any]],
    *,
    sort_key: Callable[[dict[str, Any]], Any],
    SortOrder: str | None = "Descending",
    MaxResults: int | None = None,
    NextToken: str | None = None,
    **filters: Any,
) -> dict[str, Any]:
    """Return one page of a listing as ``{member: [...], "NextToken": ...}``.

    ``filters``: CreatedAfter and CreatedBefore (datetimes, both exclusive). The caller applies filters such as
    NameContains itself.
    """
    ordered = sorted(documents, key=sort_key, reverse=SortOrder != "Ascending")
    if after := filters.pop("CreatedAfter", None):
        ordered = [d for d in ordered if d["CreationTime"] > after.isoformat()]
    if before := filters.pop("CreatedBefore", None):
        ordered = [d for d in ordered if d["CreationTime"] < before.isoformat()]
    start = _offset(NextToken)
    end = start + (MaxResults or PAGE_SIZE)
    return {member: ordered[start:end]} | ({"NextToken": str(end)} if end < len(ordered) else {})


def _offset(token: str | None) -> int:
    if token and not token.isdecimal():
        raise ValidationError(
            f"NextToken {token!r} was not issued by this machine; use the NextToken of the previous page"
        )
    return int(token or 0)
