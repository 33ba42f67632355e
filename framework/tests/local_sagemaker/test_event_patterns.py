"""The pattern language of EventBridge: as AWS's guide has it, and as moto reads it."""

from __future__ import annotations

import json

from local_sagemaker.errors import ServiceError
from local_sagemaker.event_patterns import matches, read

import pytest

EVENT = {
    "source": "aws.sagemaker",
    "resources": ["arn:one", "arn:two"],
    "detail": {"name": "Shells-7", "count": 3, "share": 0.5, "done": True, "none": None, "ip": "10.0.0.7", "empty": []},
}
#: Pattern of a member of the detail, and whether the event above fits.
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
#: What moto does not know, or asks of texts alone.
NOT_MOTO = [{"cidr"}, {"wildcard"}]


@pytest.mark.parametrize(("name", "wanted", "fits"), CASES)
def test_a_filter_lets_through_what_the_guide_says(name, wanted, fits):
    assert matches(read(json.dumps({"detail": {name: wanted}})), EVENT) is fits


KNOWN = [case for case in CASES if not isinstance(case[1][0], dict) or case[1][0].keys() not in NOT_MOTO]


@pytest.mark.parametrize(("name", "wanted", "fits"), KNOWN)
def test_moto_says_the_same(name, wanted, fits):
    models = pytest.importorskip("moto.events.models", reason="moto comes with the extra 'test'")

    assert models.EventPattern.load(json.dumps({"detail": {name: wanted}})).matches_event(EVENT) is fits


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
def test_members_all_have_to_fit_and_of_or_one(pattern, fits):
    assert matches(read(json.dumps(pattern)), EVENT) is fits


def test_an_object_in_a_list_fits_where_one_does():
    event = {"detail": {"rows": [{"a": 1}, {"a": 2}]}}

    assert matches(read('{"detail": {"rows": {"a": [2]}}}'), event)
    assert not matches(read('{"detail": {"rows": {"a": [3]}}}'), event)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no json", "it is no JSON"),
        ("[]", "it is no object with members"),
        ("{}", "it is no object with members"),
        ('{"source": "aws.s3"}', 'source is "aws.s3", and has to be an object or a list'),
        ('{"detail": {"a": []}}', r"detail.a is \[\], and has to be"),
        (
            '{"detail": {"a": [{"prefics": "x"}]}}',
            'detail.a: {"prefics": "x"} is no value and no filter; filters: prefix',
        ),
        ('{"detail": {"a": [{"prefix": 3}]}}', "detail.a: .* is no value and no filter"),
        ('{"detail": {"a": [{"numeric": [">"]}]}}', "detail.a: .* is no value and no filter"),
        ('{"detail": {"a": [{"exists": "yes"}]}}', "detail.a: .* is no value and no filter"),
        ('{"detail": {"a": [["x"]]}}', "detail.a: .* is no value and no filter"),
        ('{"$or": [{"source": ["x"]}]}', "or is .* and has to be a list of patterns, two at least"),
        ('{"$or": [{"source": ["x"]}, {"source": "x"}]}', r"\$or\[1\].source is"),
    ],
)
def test_what_is_no_pattern_is_refused_with_its_place(text, words):
    with pytest.raises(ServiceError, match=words) as refused:
        read(text)

    assert refused.value.code == "InvalidEventPatternException"
