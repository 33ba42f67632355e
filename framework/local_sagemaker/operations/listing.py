"""Filters, sorts and pages, which the List operations share. "Newest" is by the order of creation, not by the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from operator import gt, lt
from typing import Any

from local_sagemaker.errors import ValidationError

PAGE_SIZE = 100
#: The members that every List operation of SageMaker takes.
PAGES = "MaxResults NextToken SortBy SortOrder"
CREATION_TIMES = "CreationTimeAfter CreationTimeBefore"
MODIFICATION_TIMES = "LastModifiedTimeAfter LastModifiedTimeBefore"

Document = dict[str, Any]
_Filter = Callable[[Document, Any], bool]


def read_time(value: Any) -> datetime:
    """Return a time of a request, which botocore takes as a datetime, an ISO text, or seconds since 1970."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    time = datetime.fromisoformat(value) if isinstance(value, str) else value
    return time if time.tzinfo else time.astimezone()  # a time without a zone is local, as botocore reads it


def _compare_times(member: str, compare: Callable[[Any, Any], bool]) -> _Filter:
    """Return a filter by a time, which the time itself does not pass."""
    return lambda document, time: compare(datetime.fromisoformat(document[member]), read_time(time))


#: Member of a request -> whether a document passes it.
_TIME_FILTERS: Mapping[str, _Filter] = {
    "CreatedAfter": _compare_times("CreationTime", gt),
    "CreatedBefore": _compare_times("CreationTime", lt),
    "CreationTimeAfter": _compare_times("CreationTime", gt),
    "CreationTimeBefore": _compare_times("CreationTime", lt),
    "LastModifiedTimeAfter": _compare_times("LastModifiedTime", gt),
    "LastModifiedTimeBefore": _compare_times("LastModifiedTime", lt),
}


def listing(
    member: str, documents: Iterable[Document], query: Mapping[str, Any], *, name: str = "", status: str = ""
) -> Document:
    """Return one page of the documents that pass the query's filters, as ``{member: [...], "NextToken": ...}``.

    Args:
        member: the response's member.
        documents: the oldest first.
        query: the request; newest first by default.
        name: the documents' member that NameContains and the sort by Name concern.
        status: the one that StatusEquals and the sort by Status concern.
    """
    filters: Mapping[str, _Filter] = {
        **_TIME_FILTERS,
        "NameContains": lambda document, text: text in document[name],
        "StatusEquals": lambda document, value: document[status] == value,
    }
    conditions = [(filters[key], value) for key, value in query.items() if key in filters and value not in (None, "")]
    passing = [document for document in documents if all(passes(document, value) for passes, value in conditions)]
    sort = query.get("SortBy") or "CreationTime"
    by_member = {"Name": name, "Status": status, "CreationTime": ""}.get(sort, sort)
    return page(member, sorted(passing, key=lambda d: d[by_member]) if by_member else passing, query)


def page(member: str, documents: Iterable[Document], query: Mapping[str, Any]) -> Document:
    """Return one page of documents that are in ascending order; Descending unless the query says otherwise."""
    ordered = list(documents)
    if query.get("SortOrder") != "Ascending":
        ordered.reverse()
    start = _offset(query.get("NextToken"))
    end = start + (query.get("MaxResults") or PAGE_SIZE)
    return {member: ordered[start:end]} | ({"NextToken": str(end)} if end < len(ordered) else {})


def ascending(limit: int | None, token: str | None) -> dict[str, Any]:
    """Return the query of an operation without SortOrder, whose answers are in ascending order."""
    return {"SortOrder": "Ascending", "MaxResults": limit, "NextToken": token}


def _offset(token: str | None) -> int:
    if token and not token.isdecimal():
        raise ValidationError(
            f"NextToken {token!r} was not issued by this machine; use the NextToken of the previous page"
        )
    return int(token or 0)
