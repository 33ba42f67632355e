"""Tests the pattern language of EventBridge against AWS's guide and against moto."""

from __future__ import annotations

import json

from local_sagemaker.errors import ServiceError
from local_sagemaker.event_patterns import matches, parse_pattern

import pytest

EVENT = {
    "source": "aws.sagemaker",
    "resources": ["arn:one", "arn:two"],
    "detail": {"name": "Shells-7", "count": 3, "share": 0.5, "done": True, "none": None, "ip": "10.0.0.7", "empty": []},
}
#: Member of the detail, its pattern, and whether the event above matches.
CASES = [
    ("name", ["Shells-7"], True),
    ("name", ["shells-7"], False),
    ("name", ["other", "Shells-7"], True),
    ("count", [3], True),
    ("count", ["3"], False),
    ("count", [3.0], True),
    ("done", [True], True),
    ("none", [None], True),
    ("missing", [None], False),
    ("name", [{"prefix": "Shells"}], True),
    ("name", [{"prefix": "shells"}], False),
    ("name", [{"prefix": {"equals-ignore-case": "shells"}}], True),
    ("name", [{"suffix": "-7"}], True),
    ("name", [{"suffix": {"equals-ignore-case": "S-7"}}], True),
    ("name", [{"equals-ignore-case": "SHELLS-7"}], True),
    ("name", [{"equals-ignore-case": "SHELLS-8"}], False),
    ("name", [{"wildcard": "S*-*"}], True),
    ("name", [{"wildcard": "*-8"}], False),
    ("name", [{"anything-but": "Shells-8"}], True),
    ("name", [{"anything-but": ["Shells-7", "Shells-8"]}], False),
    ("name", [{"anything-but": {"prefix": "Shells"}}], False),
    ("missing", [{"anything-but": "x"}], False),
    ("count", [{"anything-but": [1, 2]}], True),
    ("count", [{"numeric": [">", 2, "<=", 3]}], True),
    ("count", [{"numeric": ["<", 3]}], False),
    ("name", [{"numeric": ["=", 7]}], False),
    ("share", [{"numeric": ["=", 0.5]}], True),
    ("name", [{"exists": True}], True),
    ("name", [{"exists": False}], False),
    ("missing", [{"exists": False}], True),
    ("ip", [{"cidr": "10.0.0.0/24"}], True),
    ("ip", [{"cidr": "10.0.1.0/24"}], False),
    ("name", [{"cidr": "10.0.0.0/24"}], False),
]
#: Filters that moto does not implement, or implements only for strings.
NOT_MOTO = [{"cidr"}, {"wildcard"}]


@pytest.mark.parametrize(("name", "expected", "fits"), CASES)
def test_a_filter_matches_as_in_the_guide(name, expected, fits):
    assert matches(parse_pattern(json.dumps({"detail": {name: expected}})), EVENT) is fits


MOTO_CASES = [case for case in CASES if not isinstance(case[1][0], dict) or case[1][0].keys() not in NOT_MOTO]


@pytest.mark.parametrize(("name", "expected", "fits"), MOTO_CASES)
def test_moto_matches_the_same_events(name, expected, fits):
    models = pytest.importorskip("moto.events.models", reason="moto comes with the extra 'test'")

    assert models.EventPattern.load(json.dumps({"detail": {name: expected}})).matches_event(EVENT) is fits


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"source": ["aws.sagemaker"], "detail": {"count": [3]}}, True),
        ({"source": ["aws.s3"], "detail": {"count": [3]}}, False),
        ({"resources": ["arn:two"]}, True),
        ({"resources": [{"prefix": "arn:t"}]}, True),
        ({"resources": ["arn:three"]}, False),
        ({"detail": {"empty": [{"exists": False}]}}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"count": [3]}}]}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"detail": {"count": [4]}}]}, False),
        ({"source": ["aws.s3"], "$or": [{"detail": {"count": [3]}}, {"detail": {"count": [4]}}]}, False),
        ({"detail": {"$or": [{"count": [4]}, {"name": [{"exists": True}]}]}}, True),
        ({"source": {"deeper": ["x"]}}, False),
    ],
)
def test_all_members_must_match_and_one_pattern_of_or(pattern, fits):
    assert matches(parse_pattern(json.dumps(pattern)), EVENT) is fits


def test_a_list_matches_if_one_of_its_objects_does():
    event = {"detail": {"rows": [{"a": 1}, {"a": 2}]}}

    assert matches(parse_pattern('{"detail": {"rows": {"a": [2]}}}'), event)
    assert not matches(parse_pattern('{"detail": {"rows": {"a": [3]}}}'), event)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "it is not JSON"),
        ("[]", "it is not an object with members"),
        ("{}", "it is not an object with members"),
        ('{"source": "aws.s3"}', 'source is "aws.s3"; it must be an object or a list'),
        ('{"detail": {"a": []}}', r"detail.a is \[\]; it must be"),
        (
            '{"detail": {"a": [{"prefics": "x"}]}}',
            'detail.a: {"prefics": "x"} is neither a value nor a filter; filters: prefix',
        ),
        ('{"detail": {"a": [{"prefix": 3}]}}', "detail.a: .* is neither a value nor a filter"),
        ('{"detail": {"a": [{"numeric": [">"]}]}}', "detail.a: .* is neither a value nor a filter"),
        ('{"detail": {"a": [{"exists": "yes"}]}}', "detail.a: .* is neither a value nor a filter"),
        ('{"detail": {"a": [["x"]]}}', "detail.a: .* is neither a value nor a filter"),
        ('{"$or": [{"source": ["x"]}]}', "or is .*; it must be a list of at least two patterns"),
        ('{"$or": [{"source": ["x"]}, {"source": "x"}]}', r"\$or\[1\].source is"),
    ],
)
def test_an_invalid_pattern_is_refused_with_its_place(text, message):
    with pytest.raises(ServiceError, match=message) as raised:
        parse_pattern(text)

    assert raised.value.code == "InvalidEventPatternException"
