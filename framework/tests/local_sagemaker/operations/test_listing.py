"""The List operations filter, sort and page as AWS's do; the newest is the one that was created last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from local_sagemaker.session import session_for

import pytest
from botocore.exceptions import ClientError

NAMES = ("b", "a", "c")


@pytest.fixture
def groups(account):
    """Return a client of an account with three groups, whose clock has gone back before each of them."""
    times = iter([datetime(2026, 1, day, tzinfo=UTC) for day in (3, 2, 1)])
    client = session_for(replace(account, clock=lambda: next(times))).client("sagemaker")
    for name in NAMES:
        client.create_model_package_group(ModelPackageGroupName=name)
    return client


def names(client, **query):
    listed = client.list_model_package_groups(**query)["ModelPackageGroupSummaryList"]
    return [group["ModelPackageGroupName"] for group in listed]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["c", "a", "b"]),
        ({"SortOrder": "Ascending"}, ["b", "a", "c"]),
        ({"SortBy": "Name"}, ["c", "b", "a"]),
        ({"NameContains": "b"}, ["b"]),
        ({"CreationTimeAfter": datetime(2026, 1, 1, tzinfo=UTC)}, ["a", "b"]),
        ({"CreationTimeBefore": "2026-01-02T00:00:00+00:00"}, ["c"]),
        ({"CreationTimeBefore": datetime(2026, 1, 2, tzinfo=UTC) + timedelta(seconds=1)}, ["c", "a"]),
    ],
)
def test_a_query_selects_and_orders(groups, query, expected):
    assert names(groups, **query) == expected


def test_pages_follow_each_other(groups):
    pages = groups.get_paginator("list_model_package_groups").paginate(PaginationConfig={"PageSize": 2})

    assert [len(page["ModelPackageGroupSummaryList"]) for page in pages] == [2, 1]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"SortBy": "Nme"}, "SortBy is \"Nme\"; it must be one of Name, CreationTime; did you mean 'Name'"),
        ({"MaxResults": 101}, "MaxResults is 101; it must be at most 100"),
        ({"NextToken": "?"}, "was not issued by this machine"),
        ({"CrossAccountFilterOption": "CrossAccount"}, "only the groups of this account are known"),
    ],
)
def test_an_invalid_query_is_refused(groups, query, message):
    with pytest.raises(ClientError, match=message):
        names(groups, **query)
