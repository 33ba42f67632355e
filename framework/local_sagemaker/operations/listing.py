"""What the List operations share: order, filters, pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local_sagemaker.errors import ValidationError

PAGE = 100


def page(
    key: str,
    found: Iterable[dict[str, Any]],
    *,
    sort: Callable[[dict[str, Any]], Any],
    SortOrder: str | None = "Descending",
    MaxResults: int | None = None,
    NextToken: str | None = None,
    **filters: Any,
) -> dict[str, Any]:
    """One page of a listing as ``{key: [...], "NextToken": ...}``.

    ``filters``: CreationTimeAfter and CreationTimeBefore (datetimes, both exclusive), NameContains-like tests are the
    caller's own.
    """
    ordered = sorted(found, key=sort, reverse=SortOrder != "Ascending")
    if after := filters.pop("CreatedAfter", None):
        ordered = [d for d in ordered if d["CreationTime"] > after.isoformat()]
    if before := filters.pop("CreatedBefore", None):
        ordered = [d for d in ordered if d["CreationTime"] < before.isoformat()]
    start = _offset(NextToken)
    end = start + (MaxResults or PAGE)
    return {key: ordered[start:end]} | ({"NextToken": str(end)} if end < len(ordered) else {})


def _offset(token: str | None) -> int:
    if token and not token.isdecimal():
        raise ValidationError(f"NextToken {token!r} is not one that was given out here")
    return int(token or 0)
