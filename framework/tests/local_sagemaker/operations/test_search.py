"""Search finds resources by their members, tags and times, as AWS's does."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

PROPERTIES = [{"rmse": "2.5"}, {"rmse": "1.5"}, {}]


@pytest.fixture
def versions(client):
    client.create_model_package_group(ModelPackageGroupName="Shells", Tags=[{"Key": "team", "Value": "sea"}])
    return [
        client.create_model_package(
            ModelPackageGroupName="Shells",
            ModelApprovalStatus="Approved" if number else "Rejected",
            ModelPackageDescription=f"number {number}",
            **({"CustomerMetadataProperties": facts} if facts else {}),
        )["ModelPackageArn"]
        for number, facts in enumerate(PROPERTIES)
    ]


def numbers(client, *filters, **query):
    expression = {"Filters": [dict(zip(("Name", "Operator", "Value"), item, strict=False)) for item in filters]}
    expression |= {name: query.pop(name) for name in ("Operator", "SubExpressions") if name in query}
    results = client.search(Resource="ModelPackage", SearchExpression=expression, **query)["Results"]
    return [result["ModelPackage"]["ModelPackageVersion"] for result in results]


STATUS, RMSE, VERSION = "ModelApprovalStatus", "CustomerMetadataProperties.rmse", "ModelPackageVersion"


@pytest.mark.parametrize(
    ("filters", "query", "expected"),
    [
        ([(STATUS, "Equals", "Approved")], {}, [2, 3]),
        ([(STATUS, "NotEquals", "Approved")], {}, [1]),
        ([(RMSE, "Exists")], {}, [1, 2]),
        ([(RMSE, "NotExists")], {}, [3]),
        ([(VERSION, "GreaterThan", "1"), (VERSION, "LessThanOrEqualTo", "2")], {}, [2]),
        ([(VERSION, "Equals", "1"), (VERSION, "Equals", "3")], {"Operator": "Or"}, [1, 3]),
        ([("ModelPackageDescription", "Contains", "ber 2")], {}, [3]),
        ([(VERSION, "In", "1,3")], {}, [1, 3]),
        ([("CreationTime", "LessThan", "2020-01-01T00:00:00+00:00")], {}, []),
        ([("CreationTime", "GreaterThanOrEqualTo", "2020-01-01T00:00:00+00:00")], {}, [1, 2, 3]),
        (
            [(STATUS, "Equals", "Approved")],
            {"SubExpressions": [{"Filters": [{"Name": VERSION, "Operator": "Equals", "Value": "3"}]}]},
            [3],
        ),
    ],
)
@pytest.mark.usefixtures("versions")
def test_filters_select(client, filters, query, expected):
    assert sorted(numbers(client, *filters, **query)) == expected


@pytest.mark.usefixtures("versions")
def test_results_are_sorted_and_come_in_pages(client):
    exists = (VERSION, "Exists")
    assert numbers(client, exists, SortBy=VERSION, SortOrder="Ascending") == [1, 2, 3]
    assert numbers(client, exists, SortBy=VERSION) == [3, 2, 1]
    pages = client.get_paginator("search").paginate(Resource="ModelPackage", PaginationConfig={"PageSize": 2})
    assert [len(page["Results"]) for page in pages] == [2, 1]


@pytest.mark.usefixtures("versions")
def test_tags_are_found(client):
    expression = {"Filters": [{"Name": "Tags.team", "Operator": "Equals", "Value": "sea"}]}

    (result,) = client.search(Resource="ModelPackageGroup", SearchExpression=expression)["Results"]

    assert result["ModelPackageGroup"]["ModelPackageGroupName"] == "Shells"


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ([(VERSION, "GreaterThan", "many")], "are not two numbers or two times"),
        ([(VERSION, "Above", "1")], "it must be one of Equals, NotEquals"),
    ],
)
@pytest.mark.usefixtures("versions")
def test_an_invalid_filter_is_refused(client, filters, message):
    with pytest.raises(ClientError, match=message):
        numbers(client, *filters)


def test_another_resource_is_refused(client):
    with pytest.raises(ClientError, match="does not support Resource here: this machine supports only Model or"):
        client.search(Resource="FeatureGroup")
